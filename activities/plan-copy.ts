/** A table's snapshot SCN, its chunks, and the table that this attempt loads into. */
import type { CopyPlanned, Endpoints, OwnRun } from '../model/activities.ts';
import { dataObjectIds } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import { mustOwn } from './own-run.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies } from './ports.ts';
import { markOf, markText } from './table-marks.ts';

/** So that a plan of chunks stays under the size of an activity's payload. */
const CHUNKS_MAX = 500;

export interface PlanCopyInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly own: OwnRun;
  readonly attempt: number;
  readonly chunkMegabytes: number;
  readonly parallelChunks: number;
}

export const planCopy = (deps: Dependencies) =>
  async function planCopy(input: PlanCopyInput): Promise<CopyPlanned & { loading: string }> {
    const { endpoints, plan, rules, own, attempt } = input;
    const source = deps.source(endpoints.source);
    // The extents are listed after the snapshot: those that come later hold no row that it sees.
    const snapshotScn = await source.currentScn();
    const { description, columns } = await describePlanned(source, plan, rules);
    const limits = { chunkMegabytes: input.chunkMegabytes, chunksMin: input.parallelChunks, chunksMax: CHUNKS_MAX };
    const chunks = await source.planChunks(description, limits);
    const loading = `${plan.base}_loading_${own.runId.slice(-8)}_${attempt}`;
    await mustOwn(own, deps.attempt().run);
    await deps.sink(endpoints.destination).createTable({
      name: loading,
      comment: markText({ ...markOf(plan, own), snapshotScn }),
      columns: columns.map(({ sink }) => sink),
      partitionColumns: [],
    });
    return { snapshotScn, chunks, dataObjectIds: dataObjectIds(description), loading };
  };
