/** Rows and bytes of other implementations (test/golden/tunnel/README.md). */
import { readFileSync } from 'node:fs';
import type { Row, Value } from '../../../model/table.ts';
import type { EncodedColumn } from '../../../maxcompute/column-encoder.ts';
import { RecordEncoder } from '../../../maxcompute/record-encoder.ts';

interface GoldenSchema {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const parsed = (file: string): unknown => JSON.parse(golden(file).toString());

export const golden = (file: string): Buffer => readFileSync(new URL(`../../golden/tunnel/${file}`, import.meta.url));

/** The golden rows are Python's texts: hexadecimal for bytes, capitals for booleans. */
function canonical(text: string | null, type: string): Value {
  if (text === null) return null;
  if (type === 'binary') return Uint8Array.from(Buffer.from(text, 'hex'));
  return type === 'boolean' ? text.toLowerCase() : text;
}

export function goldenRows(set: string): { columns: GoldenSchema['columns']; rows: Row[] } {
  const { columns } = parsed(`${set}.schema.json`) as GoldenSchema;
  const texts = parsed(`${set}.rows.json`) as (string | null)[][];
  return { columns, rows: texts.map((row) => row.map((text, index) => canonical(text, columns[index]?.type ?? ''))) };
}

export const encodedColumns = (columns: GoldenSchema['columns']): EncodedColumn[] =>
  columns.map((column, index) => ({ ...column, table: 'golden', field: index + 1, bytesMax: 8388608 }));

/** One whole stream. */
export function encode(columns: readonly EncodedColumn[], rows: readonly Row[]): Buffer {
  const encoder = new RecordEncoder('golden', columns);
  for (const row of rows) encoder.write(row);
  encoder.finish();
  return encoder.take();
}
