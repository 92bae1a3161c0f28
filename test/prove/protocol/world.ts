/** What really happens at the source under one seed: rows, transactions, DDL, by SCN. The truth that the destination is compared with. */
import type { Change, CommittedTransaction, TableStop } from '../../../model/change.ts';
import { scn } from '../../../model/scn.ts';
import { tableName, type Column, type Row, type TableDescription, type TableName } from '../../../model/table.ts';

/** Redo begins above it. */
export const FIRST = 100;
/** The last SCN that the source will ever have. */
export const HEAD = 280;
/** D is not a table of the task at first. */
export const NAMES = ['A', 'B', 'C', 'D'] as const;
export type Name = (typeof NAMES)[number];
export const tableOf = (name: string): TableName => tableName({ owner: 'APP', name });
export const nameOf = (table: string): string => table.slice('APP.'.length);
/** B has none. */
export const isKeyed = (name: string): boolean => name !== 'B';

/** Here three transactions commit, and the second is larger than several windows. */
const GIANT_AT = 219;
const GIANT_CHANGES = 80;
const ADDED_AT = 187;
const ROWS_AT_FIRST = 24;
/** A block holds so many rows at most. */
const SLOTS = 1_000;

/** DDL in the redo: a column of C is added, others changed; rows of B are replaced. */
export const STOPS: readonly TableStop[] = [
  {
    table: tableOf('C'),
    scn: scn(String(ADDED_AT)),
    reason: 'columns-added',
    text: 'ADD COLUMN',
    added: [{ name: 'N' }],
  },
  { table: tableOf('C'), scn: scn('208'), reason: 'columns-changed', text: 'MODIFY COLUMN' },
  { table: tableOf('B'), scn: scn('231'), reason: 'columns-changed', text: 'DROP COLUMN' },
  { table: tableOf('C'), scn: scn('231'), reason: 'columns-changed', text: 'RENAME COLUMN' },
];

/** ID, V, N. */
type Values = readonly [string, string, string | null];
const PLACES: Readonly<Record<string, number>> = { ID: 0, V: 1, N: 2 };

interface Version {
  /** Block × 1000 + slot: stays the same as long as the row lives. */
  readonly rid: number;
  readonly from: number;
  to: number;
  readonly values: Values;
}

interface TrueChange {
  readonly at: number;
  /** Of its transaction among those that commit at the same SCN. */
  readonly transaction: number;
  readonly name: Name;
  readonly before?: Values;
  readonly after?: Values;
}

const column = (name: string): Column => ({
  name,
  type: { base: 'VARCHAR2', length: 20 },
  nullable: name !== 'ID',
});

export const inColumns = (values: Values, columns: readonly Column[]): Row =>
  columns.map(({ name }) => values[PLACES[name] ?? 0] ?? null);

/** The first and the last SCN at which something commits are multiples of it. */
const EVERY = 3;

export class World {
  private readonly versions = new Map<string, Version[]>();
  private readonly changes = new Map<number, readonly TrueChange[]>();
  private state: number;
  private readonly gone: string[] = [];

  constructor(seed: number) {
    this.state = (seed * 0x9e3779b1) | 0;
    const live = new Map<Name, Version[]>();
    for (const name of NAMES) {
      const rows = Array.from({ length: ROWS_AT_FIRST }, (_, i): Version => {
        const rid = (2 * i + this.below(2)) * SLOTS;
        return { rid, from: 0, to: Infinity, values: [`k0.${i}`, `${name}0.${i}`, null] };
      });
      live.set(name, rows);
      this.versions.set(name, [...rows]);
    }
    for (let at = FIRST + EVERY - (FIRST % EVERY); at <= HEAD; at += EVERY) this.changes.set(at, this.made(at, live));
  }

  private below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % bound;
  }

  private made(at: number, live: Map<Name, Version[]>): readonly TrueChange[] {
    const length = at === GIANT_AT ? GIANT_CHANGES + 4 : 1 + this.below(3);
    return Array.from({ length }, (_, i) => {
      const transaction = at !== GIANT_AT || i < 2 ? 0 : i < length - 2 ? 1 : 2;
      const name = NAMES[this.below(NAMES.length)] ?? 'A';
      return { at, transaction, name, ...this.change(name, `${at}.${i}`, at, live.get(name) ?? []) };
    });
  }

  /** Insert 4, update 3, delete 2, change of the key 1. */
  private change(name: Name, id: string, at: number, live: Version[]): { before?: Values; after?: Values } {
    const what = this.below(10);
    const there = live[this.below(Math.max(1, live.length))];
    const added = at > ADDED_AT && name === 'C' ? `n${id}` : null;
    if (what < 4 || !there) {
      const again = this.below(3) === 0 && isKeyed(name) ? this.keyThatWentFrom(name) : undefined;
      const after: Values = [again ?? `k${id}`, `${name}${id}`, added];
      this.put(name, live, { rid: this.below(70) * SLOTS + at * 2 + 1, from: at, to: Infinity, values: after });
      return { after };
    }
    there.to = at;
    live.splice(live.indexOf(there), 1);
    const before = there.values;
    if (what >= 7 && what < 9) {
      this.gone.push(`${name} ${before[0]}`);
      return { before };
    }
    const after: Values = [what < 7 ? before[0] : `k${id}`, `${name}${id}`, added];
    this.put(name, live, { rid: there.rid, from: at, to: Infinity, values: after });
    return { before, after };
  }

  private keyThatWentFrom(name: string): string | undefined {
    const place = this.gone.findIndex((key) => key.startsWith(`${name} `));
    return place === -1 ? undefined : this.gone.splice(place, 1)[0]?.slice(name.length + 1);
  }

  private put(name: string, live: Version[], version: Version): void {
    live.push(version);
    this.versions.get(name)?.push(version);
  }

  /** In the order of their places. */
  rowsAt(name: string, at: number): readonly { readonly rid: number; readonly values: Values }[] {
    const there = (this.versions.get(name) ?? []).filter(({ from, to }) => from <= at && at < to);
    return there.sort((a, b) => a.rid - b.rid);
  }

  /** Blocks that ever had a row stay. */
  lastBlock(name: string, at: number): number {
    const there = (this.versions.get(name) ?? []).filter(({ from }) => from <= at);
    return Math.max(0, ...there.map(({ rid }) => blockOf(rid)));
  }

  /** Every change of a table above an SCN, in order. */
  changesOf(name: string, above: number): readonly TrueChange[] {
    const all: TrueChange[] = [];
    for (const [at, changes] of this.changes) {
      if (at > above) all.push(...changes.filter((change) => change.name === name));
    }
    return all;
  }

  /** What commits at one SCN, as redo gives it for these columns. */
  transactionsAt(at: number, tables: ReadonlyMap<string, TableDescription>): readonly CommittedTransaction[] {
    const all = this.changes.get(at) ?? [];
    return [0, 1, 2].flatMap((transaction) => {
      const changes = all.flatMap((one) => {
        const table = tables.get(tableOf(one.name));
        return one.transaction === transaction && table ? [changeIn(one, table)] : [];
      });
      if (changes.length === 0) return [];
      const xid = `X${at}.${transaction}`;
      return [{ xid, commitScn: scn(String(at)), thread: 1, rsId: '', commitSeconds: secondsAt(at), changes }];
    });
  }
}

/** The source's clock. */
export const secondsAt = (at: number): number => at * 7;

function changeIn({ before, after }: TrueChange, { table, columns }: TableDescription): Change {
  if (before && after)
    return { kind: 'update', table, before: inColumns(before, columns), after: inColumns(after, columns) };
  if (after) return { kind: 'insert', table, after: inColumns(after, columns) };
  return { kind: 'delete', table, before: before ? inColumns(before, columns) : [] };
}

/** @param at the dictionary as it is at that SCN */
export function describedAt(name: string, at: number, dataObjectId: string): TableDescription {
  const names = name === 'C' && at >= ADDED_AT ? ['ID', 'V', 'N'] : ['ID', 'V'];
  return {
    table: tableOf(name),
    columns: names.map(column),
    key: isKeyed(name) ? { kind: 'primary', columns: ['ID'] } : { kind: 'none', columns: [] },
    objectId: '1',
    dataObjectId,
  };
}

/** Base 64 of ROWIDs (Oracle SQL Reference, "Rowid Data Types"): object, file and block, row. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const inDigits = (value: number, length: number): string =>
  Array.from({ length }, (_, i) => DIGITS.charAt(Math.floor(value / 64 ** (length - 1 - i)) % 64)).join('');
const ofDigits = (text: string): number =>
  Array.from(text).reduce((value, digit) => value * 64 + DIGITS.indexOf(digit), 0);

/** First and last ROWID of a range of blocks. */
export const rowidsOf = (first: number, last: number): { firstRowid: string; lastRowid: string } => ({
  firstRowid: `AAAAAB${inDigits(first, 9)}AAA`,
  lastRowid: `AAAAAB${inDigits(last, 9)}H//`,
});
export const placeOfRowid = (rowid: string): number =>
  ofDigits(rowid.slice(6, 15)) * SLOTS + Math.min(SLOTS - 1, ofDigits(rowid.slice(15)));
const blockOf = (rid: number): number => Math.floor(rid / SLOTS);
