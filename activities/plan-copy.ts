/** A table's snapshot SCN, its chunks, and the table that this attempt loads into. */
import type { CopyPlanned, Endpoints, OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import type { TablePlan } from '../model/task-plan.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Source } from './ports.ts';
import { markText } from './table-marks.ts';

/** So that a plan of chunks stays under the size of an activity's payload. */
const CHUNKS_MAX = 500;

export interface PlanCopyInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly own: OwnRun;
  readonly attempt: number;
  readonly chunkMegabytes: number;
  readonly parallelChunks: number;
}

export const planCopy = (deps: Dependencies) =>
  async function planCopy(input: PlanCopyInput): Promise<CopyPlanned & { loading: string }> {
    const { endpoints, plan, own, attempt } = input;
    const source = deps.source(endpoints.source);
    // The extents are listed after the snapshot: those that come later hold no row that it sees.
    const snapshotScn = await source.currentScn();
    const description = await describePlanned(source, plan);
    const limits = { chunkMegabytes: input.chunkMegabytes, chunksMin: input.parallelChunks, chunksMax: CHUNKS_MAX };
    const chunks = await source.planChunks(description, limits);
    const loading = `${plan.base}_loading_${own.runId.slice(-8)}_${attempt}`;
    await mustOwn(own, deps.attempt().run);
    await deps.sink(endpoints.destination).createTable({
      name: loading,
      comment: markText({ of: plan.table, chainId: own.chainId, snapshotScn }),
      columns: plan.columns.map(({ sink }) => sink),
      partitionColumns: [],
    });
    return { snapshotScn, chunks, dataObjectId: description.dataObjectId, loading };
  };

/** @throws Failure source-table-changed when the table no longer has exactly the planned columns. */
export async function describePlanned(source: Source, plan: TablePlan): Promise<TableDescription> {
  const [description] = await source.describe([plan.table]);
  if (description) mustHaveColumns(description, plan);
  return description ?? missing(plan.table);
}

export function mustHaveColumns(description: TableDescription, plan: TablePlan): void {
  const planned = plan.columns.map(({ source: name }) => name).join(', ');
  const found = description.columns.map(({ name }) => name).join(', ');
  if (planned !== found) {
    throw new Failure(
      'source-table-changed',
      `${plan.table} has the columns ${found}; the task was planned with ${planned}`,
    );
  }
}

const missing = (table: TableName): never => {
  throw new Failure('source-table-changed', `${table} does not exist any more`);
};
