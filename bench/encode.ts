/** How many rows a second does one core turn into the tunnel's record stream? Encoding and checksums; neither compression nor network. */
import { RecordEncoder } from '../maxcompute/record-encoder.ts';
import type { Row } from '../model/table.ts';
import { bestOf, cheapestOf, flat, peakRssMegabytes, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';

/** Ten columns, mixed; values are the texts that the reader of the source gives, numbers included. */
const COLUMNS: readonly (readonly [name: string, type: string, value: (row: number) => string])[] = [
  ['id', 'bigint', (row) => String(4_000_000_000 + row * 7919)],
  ['order_no', 'string', (row) => `SO-${String(row).padStart(8, '0')}`],
  ['customer', 'string', (row) => `Customer ${row % 9973} GmbH`],
  ['quantity', 'int', (row) => String((row * 31) % 1000)],
  ['amount', 'decimal(14,2)', (row) => `${(row * 17) % 100_000}.${10 + (row % 90)}`],
  ['rate', 'double', (row) => `0.${1 + ((row * 37) % 99_991)}`],
  ['status', 'string', (row) => ['NEW ', 'PAID', 'SHIP', 'DONE'][row % 4] ?? ''],
  ['created_at', 'timestamp_ntz', (row) => timeText(row)],
  ['updated_at', 'timestamp_ntz', (row) => timeText(row + 86_400)],
  ['note', 'string', (row) => `note ${row} `.padEnd(100, 'the order was shipped late, ')],
];

const DISTINCT_ROWS = 10_000;
const ROWS = 1_000_000;
const PASSES = 6;
/** As the writer of blocks does. */
const SLICE_BYTES = 1 << 20;

const timeText = (second: number): string =>
  new Date(Date.UTC(2020, 0, 1) + second * 1_234_000).toISOString().slice(0, 19).replace('T', ' ');

function makeRows(): readonly Row[] {
  return Array.from({ length: DISTINCT_ROWS }, (_, row) => COLUMNS.map(([, , value]) => flat(value(row))));
}

/** Returns the bytes of the stream. */
function encodeAll(rows: readonly Row[]): number {
  const columns = COLUMNS.map(([name, type], index) => ({
    table: 'bench',
    name,
    type,
    field: index + 1,
    bytesMax: 8 << 20,
  }));
  const encoder = new RecordEncoder('bench', columns);
  let bytes = 0;
  for (let done = 0; done < ROWS; done += rows.length) {
    for (const row of rows) {
      encoder.write(row);
      if (encoder.buffered >= SLICE_BYTES) bytes += encoder.take().length;
    }
  }
  if (encoder.records !== ROWS) throw new Error(`${encoder.records} rows were encoded, not ${ROWS}`);
  encoder.finish();
  return bytes + encoder.take().length;
}

export async function encode(): Promise<BenchResult> {
  const rows = makeRows();
  const passes: Elapsed[] = [];
  let bytes = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const read = stopwatch();
    bytes = encodeAll(rows);
    passes.push(read());
  }
  const best = bestOf(passes);
  return {
    rowsPerSecond: ROWS / best.wallSeconds,
    clientMicrosecondsPerRow: (cheapestOf(passes).cpuSeconds / ROWS) * 1e6,
    megabytesPerSecond: bytes / 1e6 / best.wallSeconds,
    ...best,
    peakRssMegabytes: peakRssMegabytes(),
    ran: `${ROWS} rows of ${COLUMNS.length} columns, ${Math.round(bytes / ROWS)} bytes of record stream each, best of ${PASSES} passes`,
  };
}
