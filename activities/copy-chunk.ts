/** One chunk into a new upload session. Nothing is visible; only the receipt that Temporal records is ever committed. */
import type { Endpoints, LoadingTable, OwnRun } from '../model/activities.ts';
import type { Chunk } from '../model/chunk.ts';
import type { ChunkReceipt } from '../model/receipt.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import type { Row } from '../model/table.ts';
import type { RowLimits } from '../model/throttle.ts';
import { mustOwn } from './own-run.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies } from './ports.ts';
import { Throttle } from './throttle.ts';

export interface CopyChunkInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly loading: LoadingTable;
  readonly chunk: Chunk;
  readonly own: OwnRun;
  /** Of this chunk alone. */
  readonly throttle?: RowLimits;
}

export const copyChunk = (deps: Dependencies) =>
  async function copyChunk(input: CopyChunkInput): Promise<ChunkReceipt> {
    const { endpoints, plan, rules, loading, chunk, own } = input;
    const attempt = deps.attempt();
    await mustOwn(own, attempt.run);
    const source = deps.source(endpoints.source);
    const { description, columns } = await describePlanned(source, plan, rules);
    const sinkColumns = columns.map(({ sink }) => sink);
    const sink = deps.sink(endpoints.destination);
    const upload = await sink.openUpload({ table: loading.name }, sinkColumns, attempt.signal);
    const throttle = new Throttle(input.throttle, attempt);
    let rows = 0;
    let bytes = 0;
    attempt.report({ session: upload.id, rows });
    const asOf = chunk.newer ? await source.currentScn() : loading.snapshotScn;
    for await (const batch of source.readChunk(description, chunk, asOf, attempt.signal)) {
      await upload.write(batch); // resolves when there is room for more: the only flow control
      rows += batch.length;
      attempt.report({ session: upload.id, rows });
      if (!throttle.isSet) continue;
      bytes += sizeOf(batch);
      if (throttle.count({ rows, bytes })) await throttle.wait();
    }
    const held = await upload.finish();
    return {
      session: { id: upload.id, table: loading.name, rows: held.rows, blocks: held.blocks },
      rows: held.rows,
      bytes: held.bytes,
      nulled: held.nulled,
    };
  };

const sizeOf = (batch: readonly Row[]): number =>
  batch.reduce((sum, row) => sum + row.reduce((bytes, value) => bytes + (value?.length ?? 0), 0), 0);
