/** A small notation for redo, and the assembler run on it. */
import type { Change, CommittedTransaction, TableStop } from '../../model/change.ts';
import { Failure } from '../../model/failure.ts';
import type { FailureKind } from '../../model/failure.ts';
import type { Inside, OpenTransaction } from '../../model/position.ts';
import { scn } from '../../model/scn.ts';
import type { Scn } from '../../model/scn.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import { CommittedChanges } from '../../oracle/committed-changes.ts';
import { RowStore } from '../../oracle/held-rows.ts';
import { RangeEnd } from '../../oracle/range-end.ts';
import { operations } from '../../oracle/redo-row.ts';
import type { RedoRow } from '../../oracle/redo-row.ts';
import { Scratch } from '../../oracle/spilled-rows.ts';
import { TransactionAssembler } from '../../oracle/transactions.ts';
import type { Assembly, Commit } from '../../oracle/transactions.ts';
import { redoRow } from './redo-rows.ts';

export const tableT: TableDescription = {
  table: tableName({ owner: 'APP', name: 'T' }),
  columns: [
    { name: 'ID', type: { base: 'NUMBER' }, nullable: false },
    { name: 'V', type: { base: 'VARCHAR2', length: 10 }, nullable: true },
  ],
  key: { kind: 'primary', columns: ['ID'] },
  objectId: '74858',
  dataObjectId: '74858',
};

/** What a reader of one range is asked for: its assembly, its end, the host's offset from UTC, and the memory for rows. */
export interface Asked extends Assembly {
  readonly to: Scn;
  readonly hostOffsetSeconds: number;
  readonly memoryMegabytes?: number;
  readonly inside?: Inside;
}

export const assembly: Asked = {
  readFrom: scn('100'),
  from: scn('100'),
  to: scn('200'),
  open: [],
  tables: new Map([['74858', tableT]]),
  hostOffsetSeconds: 0,
};

export interface Assembled {
  readonly transactions: readonly (Omit<CommittedTransaction, 'changes'> & { readonly changes: readonly Change[] })[];
  readonly open: readonly OpenTransaction[];
  readonly end: Scn;
  readonly stops: readonly TableStop[];
  readonly notes: readonly string[];
  /** XIDs of commits whose rows must be read from their START. */
  readonly late: readonly string[];
}

/** All of a range at once, as oracle/mined-range.ts reads it batch by batch. */
export function assembleTransactions(rows: Iterable<RedoRow>, asked: Asked): Assembled {
  const scratch = new Scratch(asked.memoryMegabytes === undefined ? {} : { memoryMegabytes: asked.memoryMegabytes });
  const store = new RowStore(scratch);
  const end = new RangeEnd(asked.to);
  const assembler = new TransactionAssembler(asked, { rows: store, end });
  const committed = new CommittedChanges(asked.hostOffsetSeconds, end, asked.inside);
  const transactions: Assembled['transactions'][number][] = [];
  const late: string[] = [];
  const publish = (commits: readonly Commit[]): void => {
    late.push(...commits.filter((commit) => commit.late).map(({ xid }) => xid));
    for (const each of committed.publish(commits)) transactions.push({ ...each, changes: [...each.changes] });
  };
  try {
    for (const row of rows) publish(assembler.add(row));
    publish(assembler.finish());
    const notes = assembler.notes.map((note) => `${note.scn} ${note.text}`);
    return { transactions, open: assembler.open(), end: end.scn, stops: end.stops, notes, late };
  } finally {
    store.close();
  }
}

/** Transaction 7 is XID 0700000007000000, and so on: undo segment n, slot 0, sequence n. */
export const xidOf = (n: string): string => `0${n}0000000${n}000000`;
export const unknownXidOf = (n: string): string => `0${n}000000FFFFFFFF`;
const rowIdOf = (id: string): string => `AAAR3sAAEAAAACX00${id}`;
export const NO_ROW_ID = 'AAAAAAAAAAAAAAAAAA';

/** `+1` inserts row 1, `-1` deletes it, `~1` updates it; a trailing `!` marks the compensation that does so. */
function changeOf(word: string): Partial<RedoRow> {
  const id = word.charAt(1);
  const rollback = word.endsWith('!');
  const where = rollback ? '' : ` where "ID" = '${id}' and "V" = 'old'`;
  const common = { rollback, rowId: rowIdOf(id) };
  if (word.startsWith('+')) {
    return {
      ...common,
      operation: operations.insert,
      sqlRedo: `insert into "APP"."T"("ID","V") values ('${id}','new');`,
    };
  }
  if (word.startsWith('-'))
    return { ...common, operation: operations.delete, sqlRedo: `delete from "APP"."T"${where};` };
  return { ...common, operation: operations.update, sqlRedo: `update "APP"."T" set "V" = 'new'${where};` };
}

const ends: Readonly<Record<string, number>> = {
  start: operations.start,
  commit: operations.commit,
  rollback: operations.rollback,
};

export function rowOf(word: string): Partial<RedoRow> {
  const operation = ends[word];
  if (operation === undefined) return changeOf(word);
  return { operation, dataObject: '0', owner: null, table: null, rowId: null };
}

/** "7:start 7:+1 7:commit" reads as redo; the SCN is 101 at the first word and rises by one. */
export const redo = (line: string): RedoRow[] =>
  line.split(' ').map((word, index) => {
    const [n = '', what = ''] = word.split(':');
    return redoRow({ ...rowOf(what), xid: xidOf(n), scn: scn(String(101 + index)) });
  });

/** `7@104:+1~1`: transaction 7, committed at 104, with its changes. */
function written({ xid, commitScn, changes }: CommittedTransaction): string {
  const signs = { insert: '+', update: '~', delete: '-' } as const;
  const words = [...changes].map(
    (change) => `${signs[change.kind]}${String((change.kind === 'insert' ? change.after : change.before)[0])}`,
  );
  return `${xid.charAt(1)}@${commitScn}:${words.join('')}`;
}

export const run = (rows: readonly RedoRow[], asked: Partial<Asked> = {}): string[] =>
  assembleTransactions(rows, { ...assembly, ...asked }).transactions.map(written);

/** `103 APP.T undecodable`: where the range ends instead of at 200, and why. */
export function stopsOf(rows: readonly RedoRow[], asked: Partial<Asked> = {}): string[] {
  const { end, stops } = assembleTransactions(rows, { ...assembly, ...asked });
  return stops.map(({ table, scn: at, reason }) => `${at === end ? end : `${at}≠${end}`} ${table} ${reason}`);
}

export const failureOf = (act: () => unknown): FailureKind | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
  return undefined;
};
