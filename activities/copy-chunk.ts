/** One chunk into a new upload session. Nothing is visible; only the receipt that Temporal records is ever committed. */
import type { Endpoints, LoadingTable, OwnRun } from '../model/activities.ts';
import type { Chunk } from '../model/chunk.ts';
import type { ChunkReceipt } from '../model/receipt.ts';
import type { TablePlan } from '../model/task-plan.ts';
import { describePlanned } from './plan-copy.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies } from './ports.ts';

export interface CopyChunkInput {
  readonly endpoints: Endpoints;
  readonly plan: TablePlan;
  readonly loading: LoadingTable;
  readonly chunk: Chunk;
  readonly own: OwnRun;
}

export const copyChunk = (deps: Dependencies) =>
  async function copyChunk({ endpoints, plan, loading, chunk, own }: CopyChunkInput): Promise<ChunkReceipt> {
    const attempt = deps.attempt();
    await mustOwn(own, attempt.run);
    const source = deps.source(endpoints.source);
    const description = await describePlanned(source, plan);
    const columns = plan.columns.map(({ sink }) => sink);
    const upload = await deps.sink(endpoints.destination).openUpload({ table: loading.name }, columns);
    let rows = 0;
    attempt.report({ session: upload.id, rows });
    for await (const batch of source.readChunk(description, chunk, loading.snapshotScn, attempt.signal)) {
      await upload.write(batch); // resolves when there is room for more: the only flow control
      rows += batch.length;
      attempt.report({ session: upload.id, rows });
    }
    const held = await upload.finish();
    return {
      session: { id: upload.id, table: loading.name, rows: held.rows, blocks: held.blocks },
      rows: held.rows,
      bytes: held.bytes,
    };
  };
