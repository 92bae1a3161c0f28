/** One window: mines until something is worth it, writes it into new sessions. Long-polls; the position does not move here. */
import type { Endpoints, MineLimits, OwnRun, WindowSpec } from '../model/activities.ts';
import type { TableStop } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import type { Incarnation } from '../model/position.ts';
import type { WindowReceipt } from '../model/receipt.ts';
import { compareScn, minScn, type Scn } from '../model/scn.ts';
import type { PlannedTable } from '../model/planned-table.ts';
import { TABLES_PER_PAGE, type CapturedTable, type PlanRules, type TablePlan } from '../model/task-plan.ts';
import { keptDescription } from './kept-columns.ts';
import { mustOwn } from './own-run.ts';
import { plannedTables } from './planned-tables.ts';
import type { Attempt, Dependencies, MinedRange, RunFacts, Source } from './ports.ts';
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
    const writer = new WindowWriter(sink, tables, spec, { skip, signal: attempt.signal });
    const limits = { ...input.limits, idleSeconds: Math.min(input.limits.idleSeconds, deps.idleSeconds) };
    const pass: Pass = { source, attempt, spec, tables, writer, limits, startedAt: Date.now() };
    const end = await mineUntilWorthIt(pass);
    const { sessions, hash } = await writer.finish();
    mustReproduce(spec, hash, writer.nextRecordId);
    return {
      to: end.to,
      nextRecordId: writer.nextRecordId,
      hash,
      sessions,
      open: end.open,
      clockSeconds: writer.clockSeconds,
      rows: writer.rows,
      transactions: writer.transactions,
      readToMs: end.readToMs,
      ...(end.notes.length > 0 && { notes: end.notes }),
      ...(end.stops.length > 0 && { stops: end.stops }),
    };
  };

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
  readonly startedAt: number;
}

/** How far the window came. */
type End = Pick<WindowReceipt, 'to' | 'open' | 'readToMs'> & {
  readonly notes: readonly string[];
  readonly stops: readonly TableStop[];
};

async function mineUntilWorthIt(pass: Pass): Promise<End> {
  const { attempt, spec } = pass;
  let end: End = {
    to: spec.from,
    open: spec.open,
    readToMs: Date.now(),
    notes: [],
    stops: [],
  };
  let firstRowAt: number | undefined;
  for (;;) {
    end = await mineOnce(pass, end);
    if (!pass.writer.empty) firstRowAt ??= Date.now();
    if (isAtEnd(pass, end, firstRowAt)) return end;
    await attempt.sleep(POLL_MS);
  }
}

function isAtEnd(pass: Pass, end: End, firstRowAt: number | undefined): boolean {
  const { fixed, lane } = pass.spec;
  if (fixed) {
    if (end.stops.length > 0 && compareScn(end.to, fixed.to) < 0) throw endsEarlier(pass.spec, end);
    return compareScn(end.to, fixed.to) >= 0;
  }
  if (end.stops.length > 0 || (lane && compareScn(end.to, lane.upTo) >= 0)) return true;
  return isFull(pass) || isOver(pass, firstRowAt);
}

const endsEarlier = ({ number }: WindowSpec, { stops: [stop] }: End): Failure =>
  new Failure(
    'window-not-reproduced',
    `window ${number} cannot be read again as it was first read: ${stop?.text ?? ''}`,
  );

/** As far as the redo on disk goes, or as the window was fixed. */
async function mineOnce(pass: Pass, end: End): Promise<End> {
  const { source, attempt, spec, writer } = pass;
  const bound = await source.minedUpTo();
  mustBeSame(spec.incarnation, bound.incarnation);
  const to = spec.fixed?.to ?? (spec.lane ? minScn(spec.lane.upTo, bound.scn) : bound.scn);
  if (compareScn(bound.scn, to) < 0 || compareScn(to, end.to) <= 0) {
    return spec.fixed ? end : { ...end, readToMs: Date.now() };
  }
  const reached = await mineRange(pass, end, to, spec.fixed?.clockSeconds ?? bound.clockSeconds);
  attempt.report({ from: spec.from, reached: reached.to, rows: writer.rows, sessions: writer.sessionIds.slice(0, 20) });
  return reached;
}

/** Old enough: `flushSeconds` after its first row, or idle for long. */
function isOver({ limits, startedAt }: Pass, firstRowAt: number | undefined): boolean {
  if (firstRowAt !== undefined && Date.now() - firstRowAt >= limits.flushSeconds * 1000) return true;
  return Date.now() - startedAt >= limits.idleSeconds * 1000;
}

const isFull = ({ writer, limits }: Pass): boolean =>
  writer.rows + writer.skipped >= limits.flushRows ||
  writer.bytes >= limits.flushMegabytes * 1_048_576 ||
  writer.sessionIds.length >= SESSIONS_MAX;

/** Mines (end.to, to]. A window that is full ends at a commit, after every transaction that committed at the same SCN. */
async function mineRange(pass: Pass, end: End, to: Scn, clock: number): Promise<End> {
  const { source, attempt, spec, writer } = pass;
  const descriptions = pass.tables.map(({ description }) => description);
  const readAt = Date.now();
  const request = { incarnation: spec.incarnation, from: end.to, to, open: end.open, tables: descriptions };
  await using range = await source.mine(request, attempt.signal);
  let full: { readonly scn: Scn; readonly seconds: number } | undefined;
  for await (const transaction of range.transactions) {
    if (full && compareScn(transaction.commitScn, full.scn) > 0) {
      const behindMs = Math.max(0, clock - full.seconds) * 1000;
      return endAt(range, full.scn, readAt - behindMs, end);
    }
    await writer.add(transaction, clock);
    if (!spec.fixed && isFull(pass)) full = { scn: transaction.commitScn, seconds: transaction.commitSeconds };
  }
  return { ...endAt(range, range.end, readAt, end), stops: range.stops };
}

const NOTES_MAX = 20;

const endAt = (range: MinedRange, to: Scn, readToMs: number, { notes }: End): End => ({
  stops: [],
  to,
  open: range.openAt(to),
  readToMs,
  notes: [...notes, ...range.notesTo(to).map(({ text }) => text)].slice(0, NOTES_MAX),
});

interface CapturePlan {
  readonly rules: PlanRules;
  readonly tables: readonly CapturedTable[];
}

const plans = new Map<string, CapturePlan>();
const PLANS_KEPT = 20;

/** The plan of the task, asked of the workflow page by page; its hash names its content, so it is kept. */
export async function capturePlan(run: RunFacts, hash: string): Promise<CapturePlan> {
  const kept = plans.get(hash);
  if (kept) return kept;
  const tables: CapturedTable[] = [];
  for (let page = 0; ; page++) {
    const part = await run.tableMap(hash, page);
    if (!part) throw new Failure('history-was-cut', `the task no longer has the plan ${hash}`);
    tables.push(...part.tables);
    if (part.tables.length === TABLES_PER_PAGE) continue;
    const plan = { rules: part.rules, tables };
    const [oldest] = plans.keys();
    if (plans.size >= PLANS_KEPT && oldest !== undefined) plans.delete(oldest);
    plans.set(hash, plan);
    return plan;
  }
}

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
