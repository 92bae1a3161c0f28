/** What is done with each table: immutable once the tail starts, and named by its content hash. */
import type { Scn } from './scn.ts';
import type { SinkColumn } from './sink-table.ts';
import type { TableName } from './table.ts';

export interface TablePlan {
  readonly table: TableName;
  /** Destination names. */
  readonly base: string;
  readonly log: string;
  /** Key columns of the source, for comparison and merging; empty without a key. */
  readonly key: readonly string[];
  /** `_base` columns, in the order of the source columns named beside them. */
  readonly columns: readonly PlannedColumn[];
  /** Additional columns of `_log`, in front of `columns`: record id, operation, time, before, after. */
  readonly logColumns: readonly SinkColumn[];
  /** Partition columns of `_log`, a leading part of year, month, day, hour, minute. */
  readonly partitionColumns: readonly SinkColumn[];
}

export interface PlannedColumn {
  /** Oracle column name as stored. */
  readonly source: string;
  readonly sink: SinkColumn;
}

/** The tail emits transactions of a table whose commit SCN is above its `emitAfter`. */
export interface CapturedTable extends TablePlan {
  readonly emitAfter: Scn;
}

/** Tables of one page of the query `tableMap`. */
export const TABLES_PER_PAGE = 200;

/** 64-bit FNV-1a over the canonical JSON, as 16 hex digits: names a plan, proves nothing against an attacker. */
export function planHash(tables: readonly CapturedTable[]): string {
  const text = JSON.stringify(tables);
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}
