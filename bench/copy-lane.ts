/**
 * One client process of the bench `copy`: asks its parent for chunks, and copies some of them at a time. So do workers that share a
 * table's copy. Rows never pass between processes.
 */
import { MaxComputeSink } from '../maxcompute/sink.ts';
import type { Chunk } from '../model/chunk.ts';
import type { Scn } from '../model/scn.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import type { TableDescription } from '../model/table.ts';
import type { SourceConnection } from '../oracle/connection.ts';
import { OracleSource } from '../oracle/source.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { peakRssMegabytes, stopwatch } from './measure.ts';

export interface Copy {
  readonly oracle: SourceConnection;
  readonly maxcompute: SandboxAddresses['maxcompute'];
  readonly description: TableDescription;
  readonly columns: readonly SinkColumn[];
}

/** From the parent. `chunk` null: there is none left in this pass. */
export type Order =
  | { readonly do: 'open'; readonly copy: Copy; readonly parallel: number }
  | { readonly do: 'pass'; readonly table: string; readonly asOf: Scn }
  | { readonly do: 'chunk'; readonly chunk: Chunk | null };

/** To the parent. */
export type Told =
  | { readonly told: 'ready' }
  | { readonly told: 'next' }
  | { readonly told: 'passed'; readonly bytes: number; readonly cpuSeconds: number; readonly peakRssMegabytes: number };

const tell = (told: Told): void => void process.send?.(told);

const waiting: ((chunk: Chunk | null) => void)[] = [];
let sides: { readonly source: OracleSource; readonly sink: MaxComputeSink } | undefined;
let opened: (Copy & { readonly parallel: number }) | undefined;

const nextChunk = (): Promise<Chunk | null> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    tell({ told: 'next' });
  });

/** Into an upload session, committed. Answers the bytes of its record stream. */
async function copyChunk(chunk: Chunk, table: string, asOf: Scn): Promise<number> {
  if (!sides || !opened) throw new Error('not opened');
  const { source, sink } = sides;
  const upload = await sink.openUpload({ table }, opened.columns);
  const { signal } = new AbortController();
  for await (const rows of source.readChunk(opened.description, chunk, asOf, signal)) await upload.write(rows);
  const { bytes } = await upload.finish();
  await sink.commitUpload({ table }, upload.id);
  return bytes;
}

async function pass(table: string, asOf: Scn): Promise<void> {
  const read = stopwatch();
  let bytes = 0;
  const lane = async (): Promise<void> => {
    for (let chunk = await nextChunk(); chunk; chunk = await nextChunk()) {
      const size = await copyChunk(chunk, table, asOf);
      bytes += size;
    }
  };
  await Promise.all(Array.from({ length: opened?.parallel ?? 1 }, lane));
  tell({ told: 'passed', bytes, cpuSeconds: read().cpuSeconds, peakRssMegabytes: peakRssMegabytes() });
}

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case 'open':
      opened = { ...order.copy, parallel: order.parallel };
      sides = { source: new OracleSource(order.copy.oracle), sink: new MaxComputeSink(order.copy.maxcompute) };
      await sides.source.probe();
      tell({ told: 'ready' });
      break;
    case 'pass':
      await pass(order.table, order.asOf);
      break;
    case 'chunk':
      waiting.shift()?.(order.chunk);
      break;
  }
}

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit());
