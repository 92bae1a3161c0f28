/**
 * The state of a table at one place of its tail: `_base` with everything of `_log` up to there. What `verify`, `merge-sql` and `as-of` are
 * made of. Pure.
 */
import type { Scn } from './scn.ts';
import type { SinkColumn } from './sink-table.ts';

/** Up to where `_log` counts. Exclusive: a row counts when its `record_id`, or its `utc_timestamp` (Unix seconds), is below. */
export type StateBound = { readonly recordId: number } | { readonly seconds: number };

/** A column that came later with a constant DEFAULT: Oracle shows the constant in rows of before, which hold NULL at the destination. */
export interface AddedDefault {
  /** Destination name. */
  readonly column: string;
  /** The constant in the canonical text of the column's type (model/table.ts). */
  readonly constant: string;
  /** Rows of `_log` whose `record_id` is below it are from before. */
  readonly recordId: number;
  /** Rows of `_base` are from before, too. */
  readonly base: boolean;
}

/** Names of the additional columns of `_log`, by naming rule. */
export interface LogNames {
  readonly recordId: string;
  readonly utcTimestamp: string;
  readonly beforeFlag: string;
  readonly afterFlag: string;
}

export interface TableState {
  readonly base: string;
  readonly log: string;
  readonly names: LogNames;
  /** Of the source, in order. */
  readonly columns: readonly SinkColumn[];
  /** Destination names of the key's columns; empty: a row is told by all of its values. */
  readonly key: readonly string[];
  /** Partition columns of `_log`, a leading part of year, month, day, hour, minute. */
  readonly partitionColumns: readonly SinkColumn[];
  readonly defaults: readonly AddedDefault[];
  /** Absent: all of `_log`. */
  readonly bound?: StateBound;
}

/** Where both sides can be compared: `_base` ⊕ `_log` below `recordId` is the source's table AS OF `scn`. */
export interface ComparablePoint {
  readonly scn: Scn;
  readonly recordId: number;
}

/**
 * Rows of a table that fall into one bucket, in a form that adds up: the digest of a set of rows is the sum of theirs.
 *
 * The bucket of a row: the first 8 hexadecimal digits of MD5(text of its key), as a number, modulo the number of buckets. `low` and `high`:
 * sums of the digits 1–12 and 13–24 of MD5(text of the row), as numbers, in decimal.
 */
export interface BucketDigest {
  readonly bucket: number;
  readonly rows: number;
  readonly low: string;
  readonly high: string;
  /** Rows that stand there more often than once: the same key in `_base`, or (record_id, before, after) in `_log`. Absent: none. */
  readonly doubled?: number;
}
