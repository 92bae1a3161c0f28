import { encodeDate, momentAt } from './dates.ts';
import type { SqlValue } from './engine.ts';
import { xidBytes } from './journal.ts';
import type { RedoRecord, Xid } from './redo-types.ts';
import { NO_ROWID } from './rowids.ts';
import type { SourceColumn } from './sql-sources.ts';
import { cutStatement, printedTable, printStatement } from './sql-redo.ts';
import type { PrintedTable, PrintOptions } from './sql-redo.ts';
import { LazyRow, rowidOf } from './store.ts';
import type { Row } from './store.ts';
import { viewColumns } from './view-columns.ts';

/** The rows of V$LOGMNR_CONTENTS (Database Reference): each value is made from the redo when a query asks for it. */
const UNKNOWN_SEQUENCE = 0xffff_ffff;

const OPERATIONS = {
  insert: ['1', 'INSERT'],
  delete: ['2', 'DELETE'],
  update: ['3', 'UPDATE'],
  ddl: ['5', 'DDL'],
  start: ['6', 'START'],
  commit: ['7', 'COMMIT'],
  rollback: ['36', 'ROLLBACK'],
} as const;

/** A part of a statement that is cut over several rows. */
interface Part {
  readonly text: string;
  readonly last: boolean;
}

interface Mining {
  /** Of the first record that is mined. */
  readonly firstOrdinal: number;
  readonly print: PrintOptions;
  readonly zoneMinutes: number;
}

/** One query's rows. */
export class MinedRows {
  readonly mining: Mining;
  #second = Number.NaN;
  #date: Buffer = Buffer.alloc(0);

  constructor(mining: Mining) {
    this.mining = mining;
  }

  /** The row of a record whose statement fits into one. */
  row(record: RedoRecord): LazyRow {
    return new MinedRow(this, record, undefined);
  }

  cutRows(record: RedoRecord): readonly LazyRow[] {
    const parts = cutStatement(printStatement(record, this.mining.print));
    return parts.map((text, index) => new MinedRow(this, record, { text, last: index === parts.length - 1 }));
  }

  date(milliseconds: number): Buffer {
    const second = Math.floor(milliseconds / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = encodeDate(momentAt(milliseconds, this.mining.zoneMinutes));
    }
    return this.#date;
  }
}

class MinedRow extends LazyRow {
  readonly slot = undefined;
  readonly rows: MinedRows;
  readonly record: RedoRecord;
  readonly part: Part | undefined;

  constructor(rows: MinedRows, record: RedoRecord, part: Part | undefined) {
    super();
    this.rows = rows;
    this.record = record;
    this.part = part;
  }

  value(column: number): SqlValue {
    return READERS[column]?.(this) ?? null;
  }

  get values(): Row {
    return READERS.map((read) => read(this));
  }

  get xid(): Xid {
    const { transaction, compensation } = this.record;
    // A compensation names its transaction only by slot; LogMiner learns the sequence from the START.
    const lost = compensation && transaction.startOrdinal < this.rows.mining.firstOrdinal;
    return lost ? { ...transaction.xid, sequence: UNKNOWN_SEQUENCE } : transaction.xid;
  }

  get table(): PrintedTable | undefined {
    const { table, kind } = this.record;
    return table === undefined ? undefined : printedTable(table, kind === 'ddl' || this.rows.mining.print.dictionary);
  }

  get decoded(): boolean {
    return this.record.kind === 'ddl' || this.table?.known !== false;
  }
}

function infoOf({ record, decoded }: MinedRow): string | null {
  if (record.kind === 'ddl') return 'USER DDL (PlSql=0 RecDep=0)';
  return decoded ? null : 'Dictionary Mismatch';
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** ` 0xsequence.block.offset `, blanks included. */
function recordId({ record: { log, offset } }: MinedRow): string {
  return ` 0x${hex(log.sequence, 6)}.${hex(Math.floor(offset / 512), 8)}.${hex(offset % 512, 4)} `;
}

/** Columns as `viewColumns` takes them, and how each is read. */
const COLUMNS: readonly (readonly [column: string, read: (row: MinedRow) => SqlValue])[] = [
  ['SCN:N', ({ record }) => String(record.scn)],
  ['START_SCN:N', () => null],
  ['TIMESTAMP:D', ({ rows, record }) => rows.date(record.time)],
  ['THREAD#:N', () => '1'],
  ['XIDUSN:N', ({ xid }) => String(xid.usn)],
  ['XIDSLT:N', ({ xid }) => String(xid.slot)],
  ['XIDSQN:N', ({ xid }) => String(xid.sequence)],
  ['XID:R8', ({ xid }) => xidBytes(xid)],
  ['OPERATION:V32', ({ record }) => OPERATIONS[record.kind][1]],
  ['OPERATION_CODE:N', ({ record }) => OPERATIONS[record.kind][0]],
  ['ROLLBACK:N', ({ record }) => (record.compensation ? '1' : '0')],
  ['SEG_OWNER:V128', ({ table }) => table?.owner ?? null],
  ['TABLE_NAME:V128', ({ table }) => table?.name ?? null],
  ['ROW_ID:V18', ({ record }) => (record.slot === undefined ? NO_ROWID : rowidOf(record.slot))],
  ['RS_ID:V32', recordId],
  ['SSN:N', ({ record }) => String(record.ssn)],
  ['CSF:N', ({ part }) => (part?.last === false ? '1' : '0')],
  ['INFO:V64', infoOf],
  ['STATUS:N', ({ decoded }) => (decoded ? '0' : '2')],
  ['DATA_OBJ#:N', ({ record }) => String(record.slot?.piece.objectId ?? record.table?.objectId ?? 0)],
  ['DATA_OBJV#:N', ({ record }) => (record.table === undefined ? '0' : '1')],
  ['SQL_REDO:V4000', ({ rows, record, part }) => part?.text ?? printStatement(record, rows.mining.print)],
];

const READERS = COLUMNS.map(([, read]) => read);

export const contentsColumns: readonly SourceColumn[] = viewColumns(COLUMNS.map(([column]) => column).join(' '));
