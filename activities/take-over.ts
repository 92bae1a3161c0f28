/** `conflictingTables: ignore`: plans a table over what is there already, and says of both tables that they are this task's now. */
import type { CreatedTables, OwnRun } from '../model/activities.ts';
import { existingText, fitToExisting } from '../model/existing-tables.ts';
import { Failure } from '../model/failure.ts';
import type { PlannedTable } from '../model/planned-table.ts';
import type { SinkTable } from '../model/sink-table.ts';
import type { ColumnRules } from '../model/task-plan.ts';
import { existingTables } from './existing-tables.ts';
import { inParallel } from './in-parallel.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, RunFacts, Sink } from './ports.ts';
import { quiet } from './quiet-period.ts';
import { highestRecordIds } from './resolve-commit.ts';
import { isOurs, markText, readMark } from './table-marks.ts';

export interface TakenOver {
  readonly planned: PlannedTable;
  /** That was there already, with the comment that it had. */
  readonly log?: SinkTable;
  /** For the operator, when there was anything. */
  readonly text?: string;
}

/**
 * @param plan with these columns left out besides those that the task leaves out
 * @throws Failure bad-input when the tables that are there do not fit
 */
export async function takeOver(
  { sink, own, run }: { readonly sink: Sink; readonly own: OwnRun; readonly run: RunFacts },
  plan: (exclude: readonly string[]) => PlannedTable,
): Promise<TakenOver> {
  const whole = plan([]);
  const existing = await existingTables(sink, whole, { chainId: own.chainId, run });
  const fitted = fitToExisting({ ...whole, key: whole.description.key }, existing);
  if (fitted.problems.length > 0) throw new Failure('bad-input', `${whole.table}: ${fitted.problems.join('; ')}`);
  const planned = fitted.exclude.length === 0 ? whole : plan(fitted.exclude);
  const mark = markText({ of: whole.table, chainId: own.chainId, task: own.taskWorkflowId });
  const { base, log } = existing;
  for (const table of [base, log]) {
    if (!table || isOurs(table.comment, own.chainId)) continue;
    await mustOwn(own, run);
    await sink.setComment(table.name, mark);
  }
  const news = fitted.exclude.length > 0 || [base, log].some((table) => table && !isOurs(table.comment, own.chainId));
  const text = news ? existingText(existing, fitted) : undefined;
  return {
    planned,
    ...(log && { log }),
    ...(text !== undefined && { text: `${whole.table}: ${text}` }),
  };
}

/** Tables at a time: each takes several requests. */
const PARALLEL = 8;

export async function takeOverAll(
  to: Parameters<typeof takeOver>[0],
  plans: readonly ((exclude: readonly string[]) => PlannedTable)[],
): Promise<readonly TakenOver[]> {
  const taken: TakenOver[] = [];
  await inParallel([...plans.entries()], PARALLEL, async ([place, plan]) => {
    taken[place] = await takeOver(to, plan);
  });
  return taken;
}

const REMARKS_MAX = 20;

/** What a page of tables says of those that were there already; nothing when there were none. */
export async function foundThere(
  deps: Dependencies,
  sink: Sink,
  taken: readonly TakenOver[],
): Promise<Pick<CreatedTables, 'highestRecordId' | 'remarks'>> {
  const logs = taken.flatMap(({ log }) => log ?? []);
  // A commit of the task that made them may still be on its way: its record_ids must not come to lie among ours.
  if (logs.some(({ comment }) => readMark(comment))) await quiet(deps.attempt(), deps.commitQuietSeconds);
  const highest = await highestRecordIds(
    sink,
    logs.map(({ name }) => name),
  );
  const highestRecordId = Math.max(0, ...Object.values(highest));
  const texts = taken.flatMap(({ text }) => text ?? []);
  const more = texts.length - REMARKS_MAX;
  const remarks = [...texts.slice(0, REMARKS_MAX), ...(more > 0 ? [`${more} more tables exist already`] : [])];
  return { ...(highestRecordId > 0 && { highestRecordId }), ...(remarks.length > 0 && { remarks }) };
}

export const withExcluded = (rules: ColumnRules | undefined, names: readonly string[]): ColumnRules | undefined =>
  names.length === 0 ? rules : { ...rules, exclude: [...(rules?.exclude ?? []), ...names] };
