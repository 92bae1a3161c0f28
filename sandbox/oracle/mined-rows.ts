import { encodeDate, momentAt } from './dates.ts';
import type { SqlValue } from './engine.ts';
import { lastRowid } from './index-organized.ts';
import { piecesOf } from './lob-redo.ts';
import type { Piece } from './lob-redo.ts';
import { xidBytes } from './journal.ts';
import { hasStatement } from './out-of-row.ts';
import type { RedoRecord, Xid } from './redo-types.ts';
import { NO_ROWID } from './rowids.ts';
import type { SourceColumn } from './sql-sources.ts';
import { cutStatement, printedTable, printStatement } from './sql-redo.ts';
import type { PrintedTable, PrintOptions } from './sql-redo.ts';
import { LazyRow } from './store.ts';
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
  internal: ['0', 'INTERNAL'],
  'select for update': ['25', 'SELECT_FOR_UPDATE'],
  'missing scn': ['34', 'MISSING_SCN'],
} as const;

const UNSUPPORTED = ['255', 'UNSUPPORTED'] as const;

function operationOf({ unsupported, record, part }: MinedRow): readonly [code: string, name: string] {
  if (part?.operation !== undefined) return part.operation;
  return unsupported ? UNSUPPORTED : OPERATIONS[record.kind];
}

/** A part of a statement that is cut over several rows; `operation`: of a value in pieces. */
interface Part {
  readonly text: string | null;
  readonly last: boolean;
  readonly operation?: Piece['operation'];
}

interface Mining {
  /** Of the first record that is mined. */
  readonly firstOrdinal: number;
  readonly print: PrintOptions;
  /** `strict`: of a transaction that began before the mining, updates and deletes cannot be read. */
  readonly lateStart: 'strict' | 'lenient';
  /** SRC_CON_UID: each has the same rows. */
  readonly containers: readonly string[];
}

/** One query's rows. */
export class MinedRows {
  readonly mining: Mining;
  #second = Number.NaN;
  #date: Buffer = Buffer.alloc(0);

  constructor(mining: Mining) {
    this.mining = mining;
  }

  /** The row of a record whose statement fits into one, as it is in that container. */
  row(record: RedoRecord, container: string): LazyRow {
    return new MinedRow(this, record, { container });
  }

  *cutRows(record: RedoRecord): Generator<LazyRow> {
    for (const container of this.mining.containers) yield* this.#cutRows(record, container);
  }

  *#cutRows(record: RedoRecord, container: string): Generator<LazyRow> {
    const whole = new MinedRow(this, record, { container });
    if (whole.unsupported) {
      yield whole;
      return;
    }
    const { print } = this.mining;
    if (hasStatement(record)) yield* this.#cut(record, container, { text: printStatement(record, print) });
    for (const piece of piecesOf(record, print)) yield* this.#cut(record, container, piece);
  }

  *#cut(record: RedoRecord, container: string, { text, ...rest }: Omit<Part, 'last'>): Generator<LazyRow> {
    const parts = text === null ? [null] : cutStatement(text);
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      yield new MinedRow(this, record, { container, part: { ...rest, text: part, last } });
    }
  }

  /** From milliseconds of the host's wall clock. */
  date(milliseconds: number): Buffer {
    const second = Math.floor(milliseconds / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = encodeDate(momentAt(milliseconds, 0));
    }
    return this.#date;
  }
}

class MinedRow extends LazyRow {
  readonly slot = undefined;
  readonly rows: MinedRows;
  readonly record: RedoRecord;
  readonly container: string;
  readonly part: Part | undefined;

  constructor(rows: MinedRows, record: RedoRecord, place: { readonly container: string; readonly part?: Part }) {
    super();
    this.rows = rows;
    this.record = record;
    this.container = place.container;
    this.part = place.part;
  }

  value(column: number): SqlValue {
    return READERS[column]?.(this) ?? null;
  }

  get values(): Row {
    return READERS.map((read) => read(this));
  }

  /** Its transaction began before the mining. */
  get late(): boolean {
    return this.record.transaction.startOrdinal < this.rows.mining.firstOrdinal;
  }

  get unsupported(): boolean {
    const { blemish, kind, compensation } = this.record;
    if (blemish === 'unsupported') return true;
    const spoiled = (kind === 'update' || kind === 'delete') && !compensation;
    return spoiled && this.rows.mining.lateStart === 'strict' && this.late;
  }

  get xid(): Xid {
    const { transaction, compensation } = this.record;
    // A compensation names its transaction only by slot; LogMiner learns the sequence from the START.
    const lost = compensation && this.late;
    return lost ? { ...transaction.xid, sequence: UNKNOWN_SEQUENCE } : transaction.xid;
  }

  get table(): PrintedTable | undefined {
    const { record } = this;
    const { table, kind } = record;
    if (table === undefined) return undefined;
    if (kind !== 'ddl') return printedTable(record, table, this.rows.mining.print.dictionary);
    // The record of DDL has the names in itself.
    return { owner: table.owner, name: record.ddlName ?? table.name, known: true, sameColumns: true };
  }

  get decoded(): boolean {
    return this.table?.sameColumns !== false;
  }
}

function infoOf({ record, decoded, table }: MinedRow): string | null {
  if (record.kind === 'ddl') return 'USER DDL (PlSql=0 RecDep=0)';
  if (decoded) return null;
  return table?.known === true ? 'Dictionary Version Mismatch' : 'Dictionary Mismatch';
}

function sqlRedo({ rows, record, part, unsupported }: MinedRow): string | null {
  if (unsupported) return 'Unsupported';
  return part === undefined ? printStatement(record, rows.mining.print) : part.text;
}

const rowId = ({ record: { slot }, part }: MinedRow): string =>
  (part?.operation === undefined ? lastRowid(slot).lastRowid : undefined) ?? NO_ROWID;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** ` 0xsequence.block.offset `, blanks included. */
function recordId({ record: { log, offset } }: MinedRow): string {
  return ` 0x${hex(log.sequence, 6)}.${hex(Math.floor(offset / 512), 8)}.${hex(offset % 512, 4)} `;
}

/** Columns as `viewColumns` takes them, and how each is read. */
const COLUMNS: readonly (readonly [column: string, read: (row: MinedRow) => SqlValue])[] = [
  ['SCN:N', ({ record }) => String(record.scn)],
  ['START_SCN:N', () => null],
  ['COMMIT_SCN:N', () => null],
  ['TIMESTAMP:D', ({ rows, record }) => rows.date(record.time)],
  ['THREAD#:N', ({ record }) => String(record.log.thread)],
  ['XIDUSN:N', ({ xid }) => String(xid.usn)],
  ['XIDSLT:N', ({ xid }) => String(xid.slot)],
  ['XIDSQN:N', ({ xid }) => String(xid.sequence)],
  ['XID:R8', ({ xid }) => xidBytes(xid)],
  ['OPERATION:V32', (row) => operationOf(row)[1]],
  ['OPERATION_CODE:N', (row) => operationOf(row)[0]],
  ['ROLLBACK:N', ({ record }) => (record.compensation ? '1' : '0')],
  ['SEG_OWNER:V128', ({ table }) => table?.owner ?? null],
  ['TABLE_NAME:V128', ({ table }) => table?.name ?? null],
  ['ROW_ID:V18', rowId],
  ['RS_ID:V32', recordId],
  ['SSN:N', ({ record }) => String(record.ssn)],
  ['CSF:N', ({ part }) => (part?.last === false ? '1' : '0')],
  ['INFO:V64', infoOf],
  ['STATUS:N', ({ unsupported, decoded }) => (decoded && !unsupported ? '0' : '2')],
  ['SRC_CON_UID:N', ({ container }) => container],
  ['DATA_OBJ#:N', ({ record }) => String(record.slot?.piece.objectId ?? record.table?.objectId ?? 0)],
  ['DATA_OBJV#:N', ({ record }) => String(record.shape?.version ?? 0)],
  ['DATA_OBJD#:N', ({ record }) => String(record.slot?.piece.dataObjectId ?? 0)],
  ['SQL_REDO:V4000', sqlRedo],
];

const READERS = COLUMNS.map(([, read]) => read);

export const contentsColumns: readonly SourceColumn[] = viewColumns(COLUMNS.map(([column]) => column).join(' '));
