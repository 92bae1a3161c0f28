/** A table as it was at a moment, written into a table of its own; and the description of a table's state. */
import type { AsOfAnswer, AsOfRequest, DescribedState, StateRequest } from '../model/as-of.ts';
import { columnsNotInLog, stateOf } from '../model/captured-state.ts';
import type { ComparableAnswer } from '../model/comparable.ts';
import { Failure } from '../model/failure.ts';
import { compareScn, type Scn } from '../model/scn.ts';
import type { StateBound } from '../model/table-state.ts';
import { keptDescription } from './kept-columns.ts';
import { plannedTables } from './planned-tables.ts';
import type { Dependencies } from './ports.ts';

type Point = Extract<ComparableAnswer, { kind: 'point' }>;

const ASK_EVERY_MS = 1_000;
/** A part of a large transaction is soon followed by the rest. */
const TRIES = 30;
/** Stamps of redo may lag behind the source's clock; far more than was ever seen. */
const CLOCK_SLACK_SECONDS = 5;

export const describeState = (deps: Dependencies) =>
  async function describeState(input: StateRequest): Promise<DescribedState> {
    return described(deps, input, await pointOf(deps, input, TRIES), boundOf(input));
  };

const boundOf = ({ before }: StateRequest): StateBound | undefined =>
  before === undefined ? undefined : { seconds: before };

async function pointOf(deps: Dependencies, { taskWorkflowId, table }: StateRequest, tries: number): Promise<Point> {
  const attempt = deps.attempt();
  for (let left = tries; ; left--) {
    const answer = await attempt.run.comparablePoint(taskWorkflowId, table);
    if (answer.kind === 'point') return answer;
    if (answer.kind === 'never' || left <= 1) throw new Failure('bad-input', `${table}: ${answer.why}.`);
    await attempt.sleep(ASK_EVERY_MS);
  }
}

/** Also of a table that has changed since: what it was is kept. */
async function described(
  deps: Dependencies,
  { taskWorkflowId }: StateRequest,
  { plan, rules, source, destination }: Point,
  bound: StateBound | undefined,
): Promise<DescribedState> {
  const sink = deps.sink(destination);
  const [planned] = await plannedTables(deps.source(source), [plan], rules, (table) =>
    keptDescription(sink, taskWorkflowId, table, rules),
  );
  if (!planned) throw new Failure('source-table-changed', `${plan.table} does not exist any more`);
  const large = new Set(columnsNotInLog(planned));
  const notTold = planned.columns.flatMap(({ source: name, sink: { name: shown } }) =>
    large.has(name) ? [shown] : [],
  );
  return { state: stateOf(planned, bound), destination, notTold };
}

/**
 * A change that commits after the source's clock has passed the moment is stamped later. So it is enough that the tail has passed an SCN
 * of after that; or that a later stamp was given out already.
 */
export const awaitMoment = (deps: Dependencies) =>
  async function awaitMoment(input: AsOfRequest): Promise<DescribedState> {
    const attempt = deps.attempt();
    let after: Scn | undefined;
    for (;;) {
      const point = await pointOf(deps, input, Infinity);
      if (point.completeBefore >= input.before || (after && compareScn(point.point.scn, after) >= 0))
        return described(deps, input, point, boundOf(input));
      after ??= await scnAfter(deps, point.source, input.before);
      attempt.report({ waitingForScn: after ?? null });
      await attempt.sleep(ASK_EVERY_MS);
    }
  };

async function scnAfter(deps: Dependencies, connection: string, seconds: number): Promise<Scn | undefined> {
  const { scn, clockSeconds } = await deps.source(connection).minedUpTo();
  return clockSeconds >= seconds + CLOCK_SLACK_SECONDS ? scn : undefined;
}

const markOf = ({ table, before }: AsOfRequest): string =>
  `redoflow as of ${new Date(before * 1000).toISOString()} of ${table}`;

const isOfTable = (comment: string, { table }: AsOfRequest): boolean =>
  comment.startsWith('redoflow as of ') && comment.endsWith(` of ${table}`);

export const writeAsOf = (deps: Dependencies) =>
  async function writeAsOf(input: AsOfRequest & { readonly described: DescribedState }): Promise<AsOfAnswer> {
    const { into, described: what } = input;
    const sink = deps.sink(what.destination);
    const there = await sink.findTable(into);
    if (there && !isOfTable(there.comment, input))
      throw new Failure('bad-input', `${into} exists, and holds something else. Give another name with --into.`);
    const columns = what.state.columns.map(({ name, type, comment }) => ({ name, type, ...(comment && { comment }) }));
    const comment = markOf(input);
    if (!there) await sink.createTable({ name: into, comment, columns, partitionColumns: [] });
    await sink.writeState(into, what.state);
    if (there && there.comment !== comment) await sink.setComment(into, comment);
    return { into, rows: await sink.countRows(into), notTold: what.notTold };
  };
