/** What the small sides say of digests and states: a table with a key of one column, compared by the texts of its rows. */
import { createHash } from 'node:crypto';
import type { Buckets, ChunkAt } from '../../activities/ports.ts';
import type { Chunk } from '../../model/chunk.ts';
import type { Scn } from '../../model/scn.ts';
import type { SinkTable } from '../../model/sink-table.ts';
import type { BucketDigest, TableState } from '../../model/table-state.ts';
import type { Column, Row, TableDescription } from '../../model/table.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const bucketOf = (row: Row, count: number): number => parseInt(md5(String(row[0])).slice(0, 8), 16) % count;
const isWanted = (row: Row, { count, wanted }: Buckets): boolean => wanted?.includes(bucketOf(row, count)) ?? true;

function digestsOf(rows: readonly Row[], buckets: Buckets): readonly BucketDigest[] {
  const sums = new Map<number, { rows: number; low: bigint; high: bigint }>();
  for (const row of rows.filter((each) => isWanted(each, buckets))) {
    const bucket = bucketOf(row, buckets.count);
    const sum = sums.get(bucket) ?? { rows: 0, low: 0n, high: 0n };
    const text = md5(JSON.stringify(row));
    sums.set(bucket, {
      rows: sum.rows + 1,
      low: sum.low + BigInt(`0x${text.slice(0, 12)}`),
      high: sum.high + BigInt(`0x${text.slice(12, 24)}`),
    });
  }
  return [...sums].map(([bucket, { rows: count, low, high }]) => ({
    bucket,
    rows: count,
    low: String(low),
    high: String(high),
  }));
}

export abstract class SmallDigests {
  abstract readChunk(
    table: TableDescription,
    chunk: Chunk,
    asOf: Scn,
    signal: AbortSignal,
  ): AsyncIterable<readonly Row[]>;

  async digestChunk(
    table: TableDescription,
    { chunk, asOf }: ChunkAt,
    buckets: Buckets,
    signal: AbortSignal,
  ): Promise<readonly BucketDigest[]> {
    const rows: Row[] = [];
    for await (const batch of this.readChunk(table, chunk, asOf, signal)) rows.push(...batch);
    return digestsOf(rows, buckets);
  }

  async *readBuckets(
    table: TableDescription,
    { chunk, asOf }: ChunkAt,
    buckets: Buckets,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Row[]> {
    for await (const batch of this.readChunk(table, chunk, asOf, signal))
      yield batch.filter((row) => isWanted(row, buckets));
  }
}

/** Additional columns of `_log`, in front of the others. */
const ADDED = 5;
const AFTER = 4;

export abstract class SmallStates {
  readonly tables = new Map<string, { readonly definition: SinkTable; rows: Row[] }>();

  abstract createTable(definition: SinkTable): Promise<void>;

  rowsOf(table: string): readonly Row[] {
    return this.tables.get(table)?.rows ?? [];
  }

  replaceRows(table: string, rows: readonly Row[]): void {
    this.tables.get(table)?.rows.splice(0, Infinity, ...rows);
  }

  /** Rows in the order of their record_ids: later ones count. */
  private stateRows({ base, log, bound }: TableState): readonly Row[] {
    const rows = new Map(this.rowsOf(base).map((row) => [row[0], row]));
    for (const row of this.rowsOf(log)) {
      const place = bound && 'seconds' in bound ? row[2] : row[0];
      const limit = bound && ('seconds' in bound ? bound.seconds : bound.recordId);
      if (limit !== undefined && Number(place) >= limit) continue;
      const values = row.slice(ADDED);
      if (row[AFTER] === 'Y') rows.set(values[0], values);
      else rows.delete(values[0]);
    }
    return [...rows.values()];
  }

  async digestState(state: TableState, _source: readonly Column[], buckets: Buckets): Promise<readonly BucketDigest[]> {
    return digestsOf(this.stateRows(state), buckets);
  }

  async keepState(into: string, state: TableState, _source: readonly Column[], buckets?: Buckets): Promise<void> {
    const rows = this.stateRows(state).filter((row) => buckets === undefined || isWanted(row, buckets));
    await this.createTable({ name: into, comment: '', columns: state.columns, partitionColumns: [] });
    this.replaceRows(
      into,
      rows.map((row) => [...row, '1']),
    );
  }

  async writeState(into: string, state: TableState): Promise<void> {
    await this.createTable({ name: into, comment: '', columns: state.columns, partitionColumns: [] });
    this.replaceRows(into, this.stateRows(state));
  }

  async *readRows(table: string): AsyncGenerator<readonly Row[]> {
    yield this.rowsOf(table);
  }
}
