/** One window: mines until something is worth it, writes it into new sessions. Long-polls; the position does not move here. */
import type { Endpoints, MineLimits, OwnRun, WindowSpec } from '../model/activities.ts';
import type { CommittedTransaction, TableStop } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import { foreignAfterCut } from '../model/foreign-rows.ts';
import { collapsed, type Incarnation, type Inside } from '../model/position.ts';
import type { WindowReceipt } from '../model/receipt.ts';
import { addToScn, compareScn, minScn, type Scn } from '../model/scn.ts';
import type { PlannedTable } from '../model/planned-table.ts';
import type { CapturedTable, TablePlan } from '../model/task-plan.ts';
import { capturePlan } from './capture-plan.ts';
import { keptDescription } from './kept-columns.ts';
import { mustOwn } from './own-run.ts';
import { plannedTables } from './planned-tables.ts';
import type { Attempt, Dependencies, MinedRange, Source } from './ports.ts';
import { RereadValues } from './reread-values.ts';
import { Throttle } from './throttle.ts';
import { WindowWriter } from './window-writer.ts';

export interface MineInput {
  readonly endpoints: Endpoints;
  readonly spec: WindowSpec;
  readonly skip: Readonly<Record<string, number>>;
  readonly limits: MineLimits;
  readonly own: OwnRun;
}

const POLL_MS = 250;
const SESSIONS_MAX = 200;

export const mineWindow = (deps: Dependencies) =>
  async function mineWindow(input: MineInput): Promise<WindowReceipt> {
    const { endpoints, spec, skip, own } = input;
    const attempt = deps.attempt();
    await mustOwn(own, attempt.run);
    const plan = await capturePlan(attempt.run, spec.planHash);
    const source = deps.source(endpoints.source);
    const sink = deps.sink(endpoints.destination);
    const kept = (table: TablePlan) => keptDescription(sink, own.taskWorkflowId, table, plan.rules);
    const tables = await plannedTables(source, tablesOf(spec, plan.tables), plan.rules, kept);
    const values = new RereadValues(source, attempt.signal);
    const writer = new WindowWriter(sink, tables, spec, { skip, signal: attempt.signal, values });
    const limits = { ...input.limits, idleSeconds: Math.min(input.limits.idleSeconds, deps.idleSeconds) };
    const throttle = new Throttle(limits.throttle, attempt);
    const pass: Pass = { source, attempt, spec, tables, writer, limits, throttle, startedAt: Date.now() };
    const end = await mineUntilWorthIt(pass);
    mustMeetWhatWasReadBack(pass, end);
    const { sessions, hash } = await writer.finish();
    mustReproduce(spec, hash, writer.nextRecordId);
    return {
      to: end.to,
      ...(end.inside && { inside: end.inside }),
      nextRecordId: writer.nextRecordId,
      hash,
      sessions,
      open: end.open,
      clockSeconds: clockAfter(pass, end),
      rows: writer.rows,
      transactions: writer.transactions,
      readToMs: end.readToMs,
      ...notesOf(end, values.note),
      ...(end.stops.length > 0 && { stops: end.stops }),
    };
  };

/** Rows of others in a `_log` would make the task leave out rows of its own. */
function mustMeetWhatWasReadBack({ spec, writer, onDisk }: Pass, { to, inside, stops }: End): void {
  // A stop that changes what windows emit is saved with the position before anything above it is written: nothing above it can be there.
  const isSaved = stops.some(({ reason, added }) => reason !== 'columns-added' || added !== undefined);
  const end = isSaved ? to : (spec.lane?.upTo ?? onDisk);
  if (spec.fixed || inside || (stops.length > 0 && !isSaved) || end === undefined) return;
  const foreign = foreignAfterCut(writer.skip, { to, nextRecordId: writer.nextRecordId, end });
  if (foreign !== undefined) throw new Failure('commit-ambiguous', foreign);
}

/** What could not be read as of its commit comes first: there is one such note at most. */
function notesOf({ notes }: End, ofValues: string | undefined): Pick<WindowReceipt, 'notes'> {
  const all = [...(ofValues === undefined ? [] : [ofValues]), ...notes].slice(0, NOTES_MAX);
  return all.length === 0 ? {} : { notes: all };
}

/** A table that catches up is read alone; the others leave out those that are held. */
function tablesOf({ lane, held }: WindowSpec, tables: readonly CapturedTable[]): readonly CapturedTable[] {
  if (lane) return tables.filter(({ table }) => table === lane.table);
  if (held.length === 0) return tables;
  const left = new Set<string>(held);
  return tables.filter(({ table }) => !left.has(table));
}

interface Pass {
  readonly source: Source;
  readonly attempt: Attempt;
  readonly spec: WindowSpec;
  readonly tables: readonly PlannedTable[];
  readonly writer: WindowWriter;
  readonly limits: MineLimits;
  readonly throttle: Throttle;
  readonly startedAt: number;
  firstRowAt?: number;
  /** Redo is on disk up to there, as the source said at that time of its clock. */
  onDisk?: Scn;
  seenSeconds?: number;
}

/** So long after the source's clock said it, nothing is committed any more that has its time: redo is written within three seconds. */
const SETTLED_SECONDS = 30;

/** Where nothing was committed for a while, time goes on all the same: partitions of before are complete. */
function clockAfter({ spec, writer, onDisk, seenSeconds }: Pass, { to, inside }: End): number {
  if (spec.fixed) return spec.fixed.clockSeconds;
  const all = !spec.lane && !inside && onDisk !== undefined && compareScn(to, onDisk) >= 0;
  return all ? Math.max(writer.clockSeconds, (seenSeconds ?? 0) - SETTLED_SECONDS) : writer.clockSeconds;
}

/** How far the window came. */
type End = Pick<WindowReceipt, 'to' | 'open' | 'readToMs'> & {
  readonly inside?: Inside;
  readonly notes: readonly string[];
  readonly stops: readonly TableStop[];
};

async function mineUntilWorthIt(pass: Pass): Promise<End> {
  const { attempt, spec } = pass;
  let end: End = {
    to: spec.from,
    ...(spec.inside && { inside: spec.inside }),
    open: spec.open,
    readToMs: Date.now(),
    notes: [],
    stops: [],
  };
  for (;;) {
    end = await mineOnce(pass, end);
    if (!pass.writer.empty) pass.firstRowAt ??= Date.now();
    if (isAtEnd(pass, end)) return end;
    await attempt.sleep(POLL_MS);
  }
}

function isAtEnd(pass: Pass, end: End): boolean {
  const { spec } = pass;
  const { fixed, lane } = spec;
  if (fixed) {
    if (end.stops.length > 0 && compareScn(end.to, fixed.to) < 0) throw endsEarlier(pass.spec, end);
    return isPlace(end, fixed);
  }
  if (end.inside && end.inside !== spec.inside) return true;
  if (end.stops.length > 0 || (lane && compareScn(end.to, lane.upTo) >= 0)) return true;
  return fullness(pass) >= 1 || isOver(pass);
}

/** As far as the window was fixed; when it is further, its rows are others. */
const isPlace = ({ to, inside }: End, fixed: Required<WindowSpec>['fixed']): boolean =>
  compareScn(to, fixed.to) > 0 || (to === fixed.to && inside?.nextOrdinal === fixed.inside?.nextOrdinal);

const endsEarlier = ({ number }: WindowSpec, { stops: [stop] }: End): Failure =>
  new Failure(
    'window-not-reproduced',
    `window ${number} cannot be read again as it was first read: ${stop?.text ?? ''}`,
  );

/** As far as the redo on disk goes, or as the window was fixed. */
async function mineOnce(pass: Pass, end: End): Promise<End> {
  const { source, spec } = pass;
  const bound = await source.minedUpTo();
  mustBeSame(spec.incarnation, bound.incarnation);
  pass.onDisk = bound.scn;
  pass.seenSeconds = bound.clockSeconds;
  const to = spec.fixed
    ? (spec.fixed.inside?.commitScn ?? spec.fixed.to)
    : spec.lane
      ? minScn(spec.lane.upTo, bound.scn)
      : bound.scn;
  if (compareScn(bound.scn, to) < 0 || compareScn(to, end.to) <= 0) {
    return spec.fixed ? end : { ...end, readToMs: Date.now() };
  }
  const reached = await mineRange(pass, end, to, spec.fixed?.clockSeconds ?? bound.clockSeconds);
  report(pass, reached.to);
  return reached;
}

function report({ attempt, spec, writer }: Pass, reached: Scn): void {
  attempt.report({ from: spec.from, reached, rows: writer.rows, sessions: writer.sessionIds.slice(0, 20) });
}

/** Old enough: `flushSeconds` after its first row, or idle for long. */
function isOver({ limits, startedAt, firstRowAt }: Pass): boolean {
  if (firstRowAt !== undefined && Date.now() - firstRowAt >= limits.flushSeconds * 1000) return true;
  return Date.now() - startedAt >= limits.idleSeconds * 1000;
}

/** 1: worth a window. Time counts where a limit slows the writing down. */
function fullness({ writer, limits, throttle, firstRowAt = Date.now() }: Pass): number {
  if (writer.sessionsOpened >= SESSIONS_MAX) return 1;
  const rows = (writer.rows + writer.skipped) / limits.flushRows;
  const megabytes = writer.bytes / 1_048_576 / limits.flushMegabytes;
  return Math.max(rows, megabytes, throttle.isSet ? (Date.now() - firstRowAt) / 1000 / limits.flushSeconds : 0);
}

/** A transaction is written as a whole into one window, unless it alone makes so much more of it. */
const GIANT = 4;

/** Mines (end.to, to]. A window that is full ends at a commit, after every transaction that committed at the same SCN. */
async function mineRange(pass: Pass, end: End, to: Scn, clock: number): Promise<End> {
  const { source, attempt, spec } = pass;
  const descriptions = pass.tables.map(({ description }) => description);
  const readAt = Date.now();
  const { inside } = end;
  const going = { from: end.to, to, ...(inside && { inside }), open: end.open };
  const request = { incarnation: spec.incarnation, ...going, tables: descriptions };
  const readTo = (seconds = clock): number => readAt - Math.max(0, clock - seconds) * 1000;
  await using range = await source.mine(request, attempt.signal);
  let full: CommittedTransaction | undefined;
  let last: CommittedTransaction | undefined;
  for await (const transaction of range.transactions) {
    const { xid, commitScn, commitSeconds } = transaction;
    if (full && compareScn(commitScn, full.commitScn) > 0) {
      return endAt(range, full.commitScn, readTo(full.commitSeconds), end);
    }
    const nextOrdinal = await addTo(pass, transaction, clock, end);
    if (nextOrdinal !== undefined) {
      const before = endAt(range, addToScn(commitScn, -1), readTo(commitSeconds), end);
      return { ...before, inside: { xid, commitScn, nextOrdinal } };
    }
    last = transaction;
    if (!spec.fixed && fullness(pass) >= 1) full = transaction;
  }
  const early = compareScn(range.end, to) < 0 && range.stops.length === 0;
  return { ...endAt(range, range.end, readTo(early ? last?.commitSeconds : undefined), end), stops: range.stops };
}

/** @returns the ordinal at which the window leaves the transaction, to go on in the next one */
function addTo(
  pass: Pass,
  transaction: CommittedTransaction,
  clock: number,
  { to: reached, inside }: End,
): Promise<number | undefined> {
  const { spec, writer, throttle } = pass;
  const goesOn = isOf(inside, transaction);
  const first = goesOn && inside ? inside.nextOrdinal : 0;
  const fixed = isOf(spec.fixed?.inside, transaction) ? spec.fixed?.inside?.nextOrdinal : undefined;
  const before = goesOn ? 0 : fullness(pass);
  const leaves = (next: number): boolean => {
    pass.firstRowAt ??= Date.now();
    if (spec.fixed) return next === fixed;
    // A table that catches up joins the others at the end of a transaction.
    return !spec.lane && fullness(pass) - before >= (goesOn ? 1 : GIANT);
  };
  const leavesInTime = async (next: number): Promise<boolean> => {
    report(pass, reached);
    await throttle.wait();
    return leaves(next);
  };
  return writer.add(transaction, clock, {
    first,
    leaves: (next) => (throttle.isSet && throttle.count(writer.written) ? leavesInTime(next) : leaves(next)),
  });
}

const isOf = (inside: Inside | undefined, { xid, commitScn }: CommittedTransaction): boolean =>
  inside?.xid === xid && inside.commitScn === commitScn;

const NOTES_MAX = 20;

const endAt = (range: MinedRange, to: Scn, readToMs: number, { notes }: End): End => ({
  stops: [],
  to,
  open: collapsed(range.openAt(to)),
  readToMs,
  notes: [...notes, ...range.notesTo(to).map(({ text }) => text)].slice(0, NOTES_MAX),
});

function mustBeSame(expected: Incarnation, found: Incarnation): void {
  if (expected.dbid === found.dbid && expected.resetlogsScn === found.resetlogsScn) return;
  throw new Failure(
    'source-incarnation-changed',
    `expected DBID ${expected.dbid}, RESETLOGS_CHANGE# ${expected.resetlogsScn}; found ${found.dbid}, ${found.resetlogsScn}`,
  );
}

function mustReproduce({ fixed, number }: WindowSpec, hash: string, nextRecordId: number): void {
  if (!fixed || (fixed.hash === hash && fixed.nextRecordId === nextRecordId)) return;
  throw new Failure(
    'window-not-reproduced',
    `window ${number} up to SCN ${fixed.to} gave other rows than when it was first read`,
  );
}
