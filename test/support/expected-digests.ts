/**
 * The digests of rows, by the definitions in model/row-text.ts and model/table-state.ts and nothing of what computes them in the product.
 */
import { createHash } from 'node:crypto';
import { rowText } from '../../model/row-text.ts';
import type { RowGroups, RowText } from '../../model/row-text.ts';
import type { BucketDigest } from '../../model/table-state.ts';
import type { Column, Row, Value } from '../../model/table.ts';
import { mapType } from '../../model/type-mapping.ts';

const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex');

function textOf(value: Value): string {
  if (value === null) return '-';
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('hex').toUpperCase();
  return `${Array.from(text).length}:${text}`;
}

function digestOf(row: Row, groups: RowGroups): string {
  const texts = groups.map((group) => group.map((index) => textOf(row[index] ?? null)).join(''));
  return md5(texts.length === 1 ? texts.join('') : texts.map(md5).join(''));
}

export const bucketOf = (row: Row, text: RowText, count: number): number =>
  Number(BigInt(`0x${digestOf(row, text.key).slice(0, 8)}`) % BigInt(count));

/** By bucket, ascending. */
export function expectedDigests(rows: readonly Row[], text: RowText, count: number): readonly BucketDigest[] {
  const found = new Map<number, { rows: number; low: bigint; high: bigint }>();
  for (const row of rows) {
    const bucket = bucketOf(row, text, count);
    const digest = digestOf(row, text.row);
    const { rows: before, low, high } = found.get(bucket) ?? { rows: 0, low: 0n, high: 0n };
    found.set(bucket, {
      rows: before + 1,
      low: low + BigInt(`0x${digest.slice(0, 12)}`),
      high: high + BigInt(`0x${digest.slice(12, 24)}`),
    });
  }
  return [...found]
    .toSorted(([a], [b]) => a - b)
    .map(([bucket, { rows: sum, low, high }]) => ({ bucket, rows: sum, low: String(low), high: String(high) }));
}

/** Of several chunks. */
export function added(digests: readonly BucketDigest[]): readonly BucketDigest[] {
  const sums = new Map<number, BucketDigest>();
  for (const digest of digests) {
    const before = sums.get(digest.bucket);
    sums.set(digest.bucket, {
      bucket: digest.bucket,
      rows: digest.rows + (before?.rows ?? 0),
      low: String(BigInt(digest.low) + BigInt(before?.low ?? 0)),
      high: String(BigInt(digest.high) + BigInt(before?.high ?? 0)),
    });
  }
  return [...sums.values()].toSorted((a, b) => a.bucket - b.bucket);
}

export const sorted = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** As a task without `columns.as` plans it; undefined where the databases make no text of it. */
export function textFor(columns: readonly Column[], key: readonly string[]): RowText | undefined {
  const planned = columns.flatMap(({ name, type, nullable }) => {
    const mapped = mapType(type, {});
    return 'type' in mapped ? [{ source: name, sink: { name, type: mapped.type, comment: '', nullable } }] : [];
  });
  return planned.length < columns.length ? undefined : rowText(columns, planned, key);
}
