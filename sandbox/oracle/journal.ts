import type { SqlType, SqlValue } from './engine.ts';
import { formatMoment } from './date-masks.ts';
import { decodeMoment } from './dates.ts';
import type { Row, Table } from './store.ts';
import type { Transaction } from './transactions.ts';
import type { Xid } from './redo-log.ts';

/** A row as text by column name; NULL is null. DATE `YYYY-MM-DD HH24:MI:SS`, TIMESTAMP with nine digits more, RAW in hex. */
export type RowText = Readonly<Record<string, string | null>>;

export interface JournalChange {
  /** `OWNER.TABLE`. */
  readonly table: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly before: RowText | null;
  readonly after: RowText | null;
}

/** One committed transaction, with the changes that survived its savepoints and failed statements, in order. */
export interface JournalEntry {
  /** 1 for the first; the `after` of the next call. */
  readonly number: number;
  readonly commitScn: string;
  /** 16 hex digits. */
  readonly xid: string;
  readonly changes: readonly JournalChange[];
}

/** What really happened: written beside the redo, never from it, so that a checker need not trust LogMiner's imitation. */
export class Journal {
  readonly #transactions: Transaction[] = [];

  add(transaction: Transaction): void {
    if (transaction.changes.length > 0) this.#transactions.push(transaction);
  }

  /** Entries whose number is greater than `after`. */
  entries(after: number): readonly JournalEntry[] {
    return this.#transactions.slice(after).map((transaction, index) => ({
      number: after + index + 1,
      commitScn: String(transaction.commitScn),
      xid: xidBytes(transaction.xid).toString('hex').toUpperCase(),
      changes: transaction.changes.map((change) => {
        const { table } = change.version.slot;
        return {
          table: `${table.owner}.${table.name}`,
          kind: change.kind,
          before: rowText(table, change.before),
          after: rowText(table, change.after),
        };
      }),
    }));
  }
}

/** The RAW(8): undo segment, slot and sequence, each little endian. */
export function xidBytes(xid: Xid): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(xid.usn, 0);
  bytes.writeUInt16LE(xid.slot, 2);
  bytes.writeUInt32LE(xid.sequence, 4);
  return bytes;
}

function rowText(table: Table, row: Row | undefined): RowText | null {
  if (row === undefined) return null;
  return Object.fromEntries(
    table.columns.map((column, index) => [column.name, valueText(column.declared.type, row[index] ?? null)]),
  );
}

function valueText(type: SqlType, value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (type === 'RAW') return value.toString('hex').toUpperCase();
  const mask = type === 'DATE' ? 'YYYY-MM-DD HH24:MI:SS' : 'YYYY-MM-DD HH24:MI:SS.FF9';
  const moment = decodeMoment(value);
  return (moment.year < 0 ? '-' : '') + formatMoment(moment, mask, { zoneMinutes: 0, fractionDigits: 9 });
}
