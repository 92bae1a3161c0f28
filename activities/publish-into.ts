/**
 * `conflictingTables: ignore`: a loaded table is put into the `_base` that is there, in one INSERT OVERWRITE. From the moment that
 * `_base` says so the loading table is final, and the only way is forward: whoever comes later, also after a cut, finishes with the
 * same rows. To begin again with a newer snapshot would take rows of the first for old ones (docs/decisions/0019).
 */
import type { Endpoints, LoadingTable, OwnRun, Published } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import { mustOwn } from './own-run.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies, Sink } from './ports.ts';
import { quiet } from './quiet-period.ts';
import { markOf, markText, readMark, type TableMark } from './table-marks.ts';

interface MergeInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly own: OwnRun;
}

/** @param mustBeWhole throws unless the loading table may be published */
export async function publishInto<Input extends MergeInput & { readonly loading: LoadingTable; readonly rows: number }>(
  deps: Dependencies,
  input: Input,
  mustBeWhole: (deps: Dependencies, input: Input) => Promise<void>,
): Promise<Published> {
  const { endpoints, plan, own, loading, rows } = input;
  const sink = deps.sink(endpoints.destination);
  const found = await baseMark(sink, input);
  if (found?.loading?.name === loading.name) return { ...(await mustFinish(deps, input, found.loading)), rows };
  // It was renamed to `_base`, there being none.
  if (found?.snapshotScn === loading.snapshotScn && !found.loading) return { rows, snapshotScn: loading.snapshotScn };
  await mustBeWhole(deps, input);
  if (!plan.keyed && (await sink.countRows(plan.base)) > 0)
    throw new Failure(
      'bad-input',
      `${plan.base} has rows that came after the precheck, and without a key they cannot be told from those of ${plan.table}`,
    );
  await mustOwn(own, deps.attempt().run);
  await sink.setComment(plan.base, markText({ ...markOf(plan, own), loading: { name: loading.name, done: false } }));
  return { ...(await mergeAndMark(deps, input, loading)), rows };
}

/** Null when the loading table is gone although its rows are not wholly in `_base`: then the copy has to be made again. */
export async function finishMerge(
  deps: Dependencies,
  input: MergeInput,
  { name, done }: NonNullable<TableMark['loading']>,
): Promise<Published | null> {
  const sink = deps.sink(input.endpoints.destination);
  const snapshotScn = readMark((await sink.findTable(done ? input.plan.base : name))?.comment ?? '')?.snapshotScn;
  if (snapshotScn === undefined) return null;
  if (done) {
    await mustOwn(input.own, deps.attempt().run);
    await dropOlderLoadings(sink, name);
    await sink.dropTable(name);
    return { rows: await sink.countRows(input.plan.base), snapshotScn };
  }
  const rows = await sink.countRows(name);
  // A statement that was sent before may still be on its way; once it runs, the next one finds it by its name.
  await quiet(deps.attempt(), deps.commitQuietSeconds);
  return { ...(await mergeAndMark(deps, input, { name, snapshotScn })), rows };
}

async function mustFinish(
  deps: Dependencies,
  input: MergeInput,
  loading: NonNullable<TableMark['loading']>,
): Promise<Published> {
  const published = await finishMerge(deps, input, loading);
  if (published) return published;
  throw new Failure('copy-incomplete', `${loading.name} is gone before its rows were in ${input.plan.base}`);
}

async function baseMark(sink: Sink, { plan, own }: MergeInput): Promise<TableMark | undefined> {
  const mark = readMark((await sink.findTable(plan.base))?.comment ?? '');
  return mark?.chainId === own.chainId ? mark : undefined;
}

/** Each step may be repeated; the loading table is dropped only when `_base` says that it is done. */
async function mergeAndMark(
  deps: Dependencies,
  input: MergeInput,
  { name, snapshotScn }: LoadingTable,
): Promise<{ readonly snapshotScn: LoadingTable['snapshotScn'] }> {
  const { endpoints, plan, rules, own } = input;
  const sink = deps.sink(endpoints.destination);
  const { run } = deps.attempt();
  const { description, columns } = await describePlanned(deps.source(endpoints.source), plan, rules);
  const key = columns
    .filter(({ source }) => description.key.columns.includes(source))
    .map(({ sink: { name: at } }) => at);
  await mustOwn(own, run);
  await sink.mergeRows({ into: plan.base, from: name, key });
  await mustOwn(own, run);
  await sink.setComment(plan.base, markText({ ...markOf(plan, own), snapshotScn, loading: { name, done: true } }));
  await mustOwn(own, run);
  await dropOlderLoadings(sink, name);
  await sink.dropTable(name);
  return { snapshotScn };
}

/** Loading tables of attempts that were given up. */
export async function dropOlderLoadings(sink: Sink, name: string): Promise<void> {
  const [, stem = '', number = '1'] = /^(.*_)(\d+)$/.exec(name) ?? [];
  for (let attempt = 1; attempt < Number(number); attempt++) await sink.dropTable(`${stem}${attempt}`);
}
