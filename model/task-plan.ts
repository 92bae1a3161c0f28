/** What is done with each table: immutable once the tail starts, and named by its content hash. */
import type { Scn } from './scn.ts';
import type { SinkType } from './sink-table.ts';
import type { LobInLog, TableName } from './table.ts';
import type { TaskSpec } from './task-spec.ts';

/** What holds for every table of a task. */
export interface PlanRules {
  readonly naming: Pick<TaskSpec['naming'], 'additionalColumns' | 'case'>;
  readonly partition: TaskSpec['incremental']['partition'];
  readonly overflow: 'fail' | 'null';
  /** `conflictingTables: ignore`: a copy is put into the `_base` that is there, whose other rows stay. */
  readonly keepExisting?: true;
}

export const planRules = ({ naming, incremental, values, conflictingTables }: TaskSpec): PlanRules => ({
  naming: { additionalColumns: naming.additionalColumns, case: naming.case },
  partition: incremental.partition,
  overflow: values.overflow,
  ...(conflictingTables === 'ignore' && { keepExisting: true }),
});

/** What a person asks for of one table's columns. Names as stored in Oracle. */
export interface ColumnRules {
  readonly exclude?: readonly string[];
  /** Oracle name → destination name, as it is written. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Oracle name → MaxCompute type. */
  readonly as?: Readonly<Record<string, SinkType>>;
  /** What becomes of a value that its column cannot hold. Default: the task's. */
  readonly overflow?: 'fail' | 'null';
}

/** Of an entry of the task; undefined when it asks for nothing. */
export function columnRulesOf({ columns, values }: TaskSpec['tables'][number]): ColumnRules | undefined {
  const rules = { ...columns, ...(values?.overflow && { overflow: values.overflow }) };
  return Object.keys(rules).length === 0 ? undefined : rules;
}

/** What `_log` has of large columns; undefined for `exclude`. Of a table without a key nothing is read again. */
export function lobInLogOf(
  { values }: Pick<TaskSpec, 'values'>,
  entry: TaskSpec['tables'][number],
  keyed = true,
): LobInLog | undefined {
  const asked = entry.values?.lobInLog ?? values.lobInLog;
  return asked === 'exclude' || (asked === 'reread' && !keyed) ? undefined : asked;
}

/** Small, because 1,200 of them ride in a state: columns come from the dictionary (model/planned-table.ts). */
export interface TablePlan {
  readonly table: TableName;
  /** Destination names. */
  readonly base: string;
  readonly log: string;
  /** Names the columns that the pair of tables was created with. */
  readonly columnsHash: string;
  readonly columnRules?: ColumnRules;
  /** Has a primary or unique key. */
  readonly keyed: boolean;
  /** Absent: `_log` has NULL in large columns. Decides which rows it has, so it never changes. */
  readonly lobInLog?: LobInLog;
  /** Of the pair of `_base` and `_log`, from 2: those of before were set aside. Absent for the first. */
  readonly generation?: number;
}

/** The tail emits transactions of a table whose commit SCN is above its `emitAfter`. */
export interface CapturedTable extends TablePlan {
  readonly emitAfter: Scn;
  /** Columns that were added while the table was followed, oldest first; at most 200 are remembered. */
  readonly since?: readonly ColumnSince[];
}

/** A column that came later: rows of before hold NULL, or the constant. */
export interface ColumnSince {
  /** As stored in Oracle. */
  readonly name: string;
  readonly scn: Scn;
  readonly constant?: string;
  /** Rows of `_log` of before have a `record_id` below it. */
  readonly recordId?: number;
}

/** Tables of one page of the query `tableMap`. */
export const TABLES_PER_PAGE = 200;

export interface TableMapPage {
  readonly rules: PlanRules;
  readonly tables: readonly CapturedTable[];
}

/** 64-bit FNV-1a as 16 hex digits: names a content, proves nothing against an attacker. */
export function contentHash(text: string): string {
  // Two halves of 32 bits: this runs in workflows, over the plans of many tables.
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    low = (low ^ text.charCodeAt(i)) >>> 0;
    const product = low * 0x1b3;
    const carry = Math.floor(product / 2 ** 32);
    high = (Math.imul(high, 0x1b3) + carry + ((low << 8) >>> 0)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** Of a set of tables: their order is no matter. */
export const planHash = (rules: PlanRules, tables: readonly CapturedTable[]): string =>
  contentHash(JSON.stringify([rules, tables.toSorted((a, b) => (a.table < b.table ? -1 : 1))]));
