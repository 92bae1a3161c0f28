import { binaryText } from './binary-numbers.ts';
import type { SqlValue } from './engine.ts';
import { formatMoment } from './date-masks.ts';
import { decodeUtc } from './dates.ts';
import { daySecondText, yearMonthText } from './intervals.ts';
import type { DeclaredType } from './sql-syntax.ts';
import type { StoredColumn } from './row-format.ts';
import type { Row } from './store.ts';
import type { Transaction } from './transactions.ts';
import type { Xid } from './redo-types.ts';

/**
 * A row as text by column name; NULL is null. DATE `YYYY-MM-DD HH24:MI:SS`, TIMESTAMP with nine digits more, those with a
 * zone in UTC, RAW in hex, BINARY_FLOAT and BINARY_DOUBLE and intervals as TO_CHAR prints them.
 */
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
        const { table } = change.slot;
        const { columns } = change.page.format;
        return {
          table: `${table.owner}.${table.name}`,
          kind: change.kind,
          before: rowText(columns, change.before(columns)),
          after: rowText(columns, change.after(columns)),
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

function rowText(columns: readonly StoredColumn[], row: Row | undefined): RowText | null {
  if (row === undefined) return null;
  return Object.fromEntries(
    columns.flatMap(({ name, declared, unused }, index) =>
      unused === true ? [] : [[name, valueText(declared, row[index] ?? null)]],
    ),
  );
}

function valueText({ type, precision = 2, scale = 6 }: DeclaredType, value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  switch (type) {
    case 'RAW':
      return value.toString('hex').toUpperCase();
    case 'BINARY_FLOAT':
    case 'BINARY_DOUBLE':
      return binaryText(value);
    case 'INTERVAL_YM':
      return yearMonthText(value, precision);
    case 'INTERVAL_DS':
      return daySecondText(value, precision, scale);
    default:
      return momentText(value, type === 'DATE' ? 'YYYY-MM-DD HH24:MI:SS' : 'YYYY-MM-DD HH24:MI:SS.FF9');
  }
}

function momentText(value: Buffer, mask: string): string {
  const moment = decodeUtc(value);
  return (moment.year < 0 ? '-' : '') + formatMoment(moment, mask, { zoneMinutes: 0, fractionDigits: 9 });
}
