/** Puts a loaded table in the place of `_base`. Every step looks first at what is there, so that any of them may be repeated. */
import type { Endpoints, LoadingTable, OwnRun, Published } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { dataObjectIds } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import { mustOwn } from './own-run.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies, Sink } from './ports.ts';
import { readMark } from './table-marks.ts';

interface PublishInput {
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
    const { run } = deps.attempt();
    const replaced = `${plan.base}_replaced_${own.runId.slice(-8)}`;
    if (await sink.findTable(loading.name)) {
      await mustBeComplete(sink, input);
      const { description } = await describePlanned(deps.source(endpoints.source), plan, rules);
      const present = new Set(dataObjectIds(description));
      if (input.dataObjectIds.some((read) => !present.has(read))) {
        throw new Failure(
          'copy-incomplete',
          `${plan.table}, or a partition of it, was moved, truncated or rebuilt while it was copied`,
        );
      }
      await mustOwn(own, run);
      if (await sink.findTable(plan.base)) await sink.renameTable(plan.base, replaced);
      await mustOwn(own, run);
      await sink.renameTable(loading.name, plan.base);
    }
    await mustBePublished(sink, input);
    await mustOwn(own, run);
    await dropLeftovers(sink, loading, replaced);
    return { rows, snapshotScn: loading.snapshotScn };
  };

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
  if (mark?.chainId === own.chainId && mark.snapshotScn === loading.snapshotScn) return;
  throw new Failure('copy-incomplete', `${plan.base} is not the copy that was loaded into ${loading.name}`);
}

/** The empty `_base` of the schema phase, and the loading tables of attempts that were given up. Never a table with foreign rows. */
async function dropLeftovers(sink: Sink, loading: LoadingTable, replaced: string): Promise<void> {
  if ((await sink.findTable(replaced)) && (await sink.countRows(replaced)) === 0) await sink.dropTable(replaced);
  const [, stem = '', number = '1'] = /^(.*_)(\d+)$/.exec(loading.name) ?? [];
  for (let attempt = 1; attempt < Number(number); attempt++) await sink.dropTable(`${stem}${attempt}`);
}

/** After a cut: `_base` says of itself that it is a copy, by whom, and as of which SCN. */
export const findPublished = (deps: Dependencies) =>
  async function findPublished(input: {
    endpoints: Endpoints;
    plan: TablePlan;
    own: OwnRun;
  }): Promise<Published | null> {
    const sink = deps.sink(input.endpoints.destination);
    const mark = readMark((await sink.findTable(input.plan.base))?.comment ?? '');
    if (mark?.chainId !== input.own.chainId || mark.snapshotScn === undefined) return null;
    return { rows: await sink.countRows(input.plan.base), snapshotScn: mark.snapshotScn };
  };
