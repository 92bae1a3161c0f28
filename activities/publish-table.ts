/** Puts a loaded table in the place of `_base`. Every step looks first at what is there, so that any of them may be repeated. */
import type { Endpoints, LoadingTable, OwnRun, Published } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { dataObjectIds } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import { mustOwn } from './own-run.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies, Sink } from './ports.ts';
import { dropOlderLoadings, finishMerge, publishInto } from './publish-into.ts';
import { readMark } from './table-marks.ts';

export interface PublishInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly loading: LoadingTable;
  /** What the receipts of all chunks add up to. */
  readonly rows: number;
  readonly dataObjectIds: readonly string[];
  readonly own: OwnRun;
}

export const publishTable = (deps: Dependencies) =>
  async function publishTable(input: PublishInput): Promise<Published> {
    const { endpoints, plan, rules, loading, rows, own } = input;
    const sink = deps.sink(endpoints.destination);
    if (rules.keepExisting && (await sink.findTable(plan.base))) return publishInto(deps, input, mustBeWhole);
    const { run } = deps.attempt();
    const replaced = `${plan.base}_replaced_${own.runId.slice(-8)}`;
    if (await sink.findTable(loading.name)) {
      await mustBeWhole(deps, input);
      await mustOwn(own, run);
      if (await sink.findTable(plan.base)) await sink.renameTable(plan.base, await freeName(sink, replaced));
      await mustOwn(own, run);
      await sink.renameTable(loading.name, plan.base);
    }
    await mustBePublished(sink, input);
    await mustOwn(own, run);
    for (const name of replacedNames(replaced))
      if ((await sink.findTable(name)) && (await sink.countRows(name)) === 0) await sink.dropTable(name);
    await dropOlderLoadings(sink, loading.name);
    return { rows, snapshotScn: loading.snapshotScn };
  };

const REPLACED_MAX = 9;

const replacedNames = (first: string): readonly string[] => [
  first,
  ...Array.from({ length: REPLACED_MAX - 1 }, (_, i) => `${first}_${i + 2}`),
];

/** A late request of a lost attempt may have made an empty `_base` once more. It is not dropped: what is in it is not known at that moment. */
async function freeName(sink: Sink, replaced: string): Promise<string> {
  for (const name of replacedNames(replaced)) if (!(await sink.findTable(name))) return name;
  throw new Failure(
    'sink-table-changed',
    `${replaced} and ${REPLACED_MAX - 1} more of that name are there already; drop them`,
  );
}

/** The loading table holds what the receipts say, and what was read is still the table. */
async function mustBeWhole(deps: Dependencies, input: PublishInput): Promise<void> {
  const { endpoints, plan, rules } = input;
  await mustBeComplete(deps.sink(endpoints.destination), input);
  const { description } = await describePlanned(deps.source(endpoints.source), plan, rules);
  const present = new Set(dataObjectIds(description));
  if (input.dataObjectIds.every((read) => present.has(read))) return;
  throw new Failure(
    'copy-incomplete',
    `${plan.table}, or a partition of it, was moved, truncated or rebuilt while it was copied`,
  );
}

async function mustBeComplete(sink: Sink, { loading, rows, plan }: PublishInput): Promise<void> {
  const counted = await sink.countRows(loading.name);
  if (counted !== rows)
    throw new Failure(
      'copy-incomplete',
      `${plan.table}: ${loading.name} holds ${counted} rows, its receipts say ${rows}`,
    );
}

/** Also when an earlier attempt did it: `_base` says of itself what it is a copy of. */
async function mustBePublished(sink: Sink, { plan, loading, own }: PublishInput): Promise<void> {
  const mark = readMark((await sink.findTable(plan.base))?.comment ?? '');
  const isOwn = mark?.chainId === own.chainId && mark.generation === plan.generation;
  if (isOwn && mark.snapshotScn === loading.snapshotScn) return;
  throw new Failure('copy-incomplete', `${plan.base} is not the copy that was loaded into ${loading.name}`);
}

interface FindPublishedInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly own: OwnRun;
  readonly mustBe?: true;
}

/** After a cut: `_base` says of itself that it is a copy, by whom, and as of which SCN. A merge that had begun is finished. */
export const findPublished = (deps: Dependencies) =>
  async function findPublished(input: FindPublishedInput): Promise<Published | null> {
    const found = await lookForPublished(deps, input);
    if (found || !input.mustBe) return found;
    const { table, base } = input.plan;
    throw new Failure(
      'sink-table-changed',
      `${table} was copied into ${base}, and ${base} is not there any more, or not that copy; ` +
        `give it its name back, or begin a new task`,
    );
  };

async function lookForPublished(deps: Dependencies, input: FindPublishedInput): Promise<Published | null> {
  const { endpoints, plan, own } = input;
  const sink = deps.sink(endpoints.destination);
  const mark = readMark((await sink.findTable(plan.base))?.comment ?? '');
  if (mark?.chainId !== own.chainId || mark.generation !== plan.generation) return null;
  if (mark.loading) return finishMerge(deps, input, mark.loading);
  if (mark.snapshotScn === undefined) return null;
  return { rows: await sink.countRows(plan.base), snapshotScn: mark.snapshotScn };
}
