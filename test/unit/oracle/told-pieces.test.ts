/** Which change a large value in pieces belongs to, from redo alone: with `lobInLog: reread` and `mark` a change of nothing else makes a row. */
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../model/change.ts';
import { CHANGED_MARK } from '../../../model/large-columns.ts';
import { scn } from '../../../model/scn.ts';
import type { Column, LobInLog, OracleType, Row, TableDescription } from '../../../model/table.ts';
import { isPassedOver } from '../../../oracle/pieces.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { assembleTransactions, assembly, NO_ROW_ID, rowOf, tableT, xidOf } from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

const column = (name: string, type: OracleType, segmentColumn: number): Column => ({
  name,
  type,
  nullable: true,
  segmentColumn,
});

/** ID and V are ordinary; C, B and X are large. */
const withLobs = (lobInLog?: LobInLog): TableDescription => ({
  ...tableT,
  columns: [
    column('ID', { base: 'NUMBER' }, 1),
    column('V', { base: 'VARCHAR2', length: 10 }, 2),
    column('C', { base: 'CLOB' }, 3),
    column('B', { base: 'BLOB' }, 4),
    column('X', { base: 'VARCHAR2', length: 9000 }, 5),
  ],
  ...(lobInLog && { lobInLog }),
});
const other: TableDescription = {
  ...tableT,
  table: 'APP.U' as TableDescription['table'],
  objectId: '9',
  dataObjectId: '9',
};

const ofRow = (id: string, v: string): string => ` where "ID" = '${id}' and "V" = '${v}'`;
const literal: Readonly<Record<string, string>> = { C: 'EMPTY_CLOB()', B: 'EMPTY_BLOB()', X: `'x'` };

/** What begins the pieces of a column. */
function begins(name: string, where: string): Partial<RedoRow> {
  if (name === 'X') {
    const update = `update "APP"."T" set "X" = :1${where};`.replaceAll("'", "''");
    return { operation: 91, sqlRedo: `DECLARE\n Stmt CLOB;\nBEGIN\n Stmt := '${update}';` };
  }
  const into = name === 'B' ? 'loc_b' : 'loc_c';
  const sqlRedo = `DECLARE \n loc_c CLOB; \nBEGIN\n select "${name}" into ${into} from "APP"."T"${where} for update;`;
  return { operation: 9, sqlRedo };
}

/**
 * `+1a` inserts (1, a), `+1aC` with a literal for C; `~1ab` updates V from a to b, `~1abC` also C; `1>2a` changes the key; `-1a` deletes;
 * `C1a`, `B1a`, `X1a`: pieces of that column in row (1, a); `u` is an insert into another captured table. `!` marks the compensation.
 */
function told(word: string): Partial<RedoRow> {
  if (word.endsWith('!')) return compensation(word);
  const [sign, id, one] = [word.charAt(0), word.charAt(1), word.charAt(2)];
  const [two, three] = [word.charAt(3), word.charAt(4)];
  if (sign in literal) return { ...begins(sign, ofRow(id, one)), rowId: NO_ROW_ID };
  if (sign === 'u') return { ...insert('U', '1', 'a'), dataObject: '9', table: 'U' };
  if (sign === '+') return insert('T', id, one, two);
  if (sign === '-')
    return { operation: operations.delete, rowId: rowId(id), sqlRedo: `delete from "APP"."T"${ofRow(id, one)}` };
  if (id === '>') return update(sign, `"ID" = '${one}'`, two);
  const large = literal[three] === undefined ? '' : `, "${three}" = ${literal[three]}`;
  return update(id, `"V" = '${two}'${large}`, one);
}

const rowId = (id: string): string => `AAAR3sAAEAAAACX00${id}`;

function compensation([sign = '', id = '']: string): Partial<RedoRow> {
  const operation = { '+': operations.delete, '-': operations.insert, '~': operations.update }[sign];
  const row = operation === undefined ? { operation: 9, rowId: NO_ROW_ID } : { operation, rowId: rowId(id) };
  return { ...row, rollback: true, sqlRedo: null };
}

function insert(table: string, id: string, v: string, large = ''): Partial<RedoRow> {
  const names = table === 'T' ? Object.keys(literal) : [];
  const values = names.map((name) => `,${(name === large ? literal[name] : undefined) ?? 'NULL'}`);
  const columns = names.map((name) => `,"${name}"`);
  const sqlRedo = `insert into "APP"."${table}"("ID","V"${columns.join('')}) values ('${id}','${v}'${values.join('')})`;
  return { operation: operations.insert, rowId: rowId(id), sqlRedo };
}

const update = (id: string, set: string, v: string): Partial<RedoRow> => ({
  operation: operations.update,
  rowId: rowId(id),
  sqlRedo: `update "APP"."T" set ${set}${ofRow(id, v)}`,
});

const rowsOf = (words: readonly Partial<RedoRow>[]): readonly RedoRow[] =>
  [rowOf('start'), ...words, rowOf('commit')].map((fields, i) =>
    redoRow({ ...fields, xid: xidOf('7'), scn: scn(String(101 + i)), rsId: `0x000010.00000020.${String(1000 + i)}` }),
  );

const marks = (row: Row): string =>
  row
    .flatMap((value, i) => (Buffer.from(value ?? '').toString() === CHANGED_MARK ? [withLobs().columns[i]?.name] : []))
    .join('');

/** `+1a` `~1a>1b[C]` `-1a`: images, and in brackets the columns that are marked. */
function written(change: Change): string {
  const shown = (row: Row): string => `${String(row[0])}${String(row[1])}`;
  if (change.kind === 'delete') return `-${shown(change.before)}`;
  const marked = marks(change.after) === '' ? '' : `[${marks(change.after)}]`;
  if (change.kind === 'insert') return `+${shown(change.after)}${marked}`;
  expect(marks(change.before)).toBe('');
  return `~${shown(change.before)}>${shown(change.after)}${marked}`;
}

/** @param first ordinal of the change from which on the transaction is gone on with */
function read(words: readonly Partial<RedoRow>[], lobInLog?: LobInLog, memoryMegabytes?: number, first = 0) {
  const tables = new Map([
    ['74858', withLobs(lobInLog)],
    ['9', other],
  ]);
  const rows = rowsOf(words);
  const commitScn = rows.at(-1)?.scn ?? assembly.to;
  const inside = { xid: xidOf('7'), commitScn, nextOrdinal: first };
  const memory = memoryMegabytes === undefined ? {} : { memoryMegabytes };
  const { transactions, stops } = assembleTransactions(rows, { ...assembly, tables, ...memory, inside });
  return { changes: transactions.flatMap(({ changes }) => changes), stops };
}

const run = (line: string, lobInLog?: LobInLog, memoryMegabytes?: number, first?: number): string =>
  read(line.split(' ').map(told), lobInLog, memoryMegabytes, first).changes.map(written).join(' ');

describe('pieces', () => {
  test.each<[string, string, string]>([
    ['after the insert of their row are its own', '+1aC C1a B1a', '+1a[CB]'],
    ['after an insert with NULL, as of a long text, too', '+1a X1a', '+1a[X]'],
    ['after the update of their row are its own', '~1ab C1b', '~1a>1b[C]'],
    ['that name the row as it was before that update, too', '~1ab C1a', '~1a>1b[C]'],
    ['of a row whose key was just changed, too', '1>2a C2a B1a', '~1a>2a[CB]'],
    ['alone are an update', 'C1a', '~1a>1a[C]'],
    ['of several columns of a row are one update', 'C1a B1a X1a C1a', '~1a>1a[CBX]'],
    ['of several rows are an update each', 'C1a C2b C1a', '~1a>1a[C] ~2b>2b[C] ~1a>1a[C]'],
    ['of each of several inserted rows are its own', '+1aC C1a +2aC C2a +3a', '+1a[C] +2a[C] +3a'],
    ['after a change of another row are an update', '+1aC ~2ab C1a', '+1a[C] ~2a>2b ~1a>1a[C]'],
    ['after a change of another table are an update', '+1aC u C1a', '+1a[C] +1a ~1a>1a[C]'],
    ['after the deletion of their row are an update', '-1a C1a', '-1a ~1a>1a[C]'],
    ['with a literal of another column belong to it', '~1abB C1b', '~1a>1b[CB]'],
    ['before everything else come first', 'C1a +2a', '~1a>1a[C] +2a'],
    ['of an insert that is undone are undone', '+1a +2aC C2a +2!', '+1a'],
    ['of an update that is undone are undone', '+1a ~2ab C2b B2b ~2!', '+1a'],
    ['of a row whose insert is undone later are undone', '+1aC C1a ~2ab C1a ~2! +1!', ''],
    ['after what was undone remain', '+1a ~2ab C2b ~2! C2a', '+1a ~2a>2a[C]'],
    ['before what was undone remain', 'C2a ~2ab C2b ~2! C2a', '~2a>2a[C]'],
    ['that are undone themselves leave equal images', '~1ab C2a C! ~3ab', '~1a>1b ~2a>2a[C] ~3a>3b'],
  ])('%s', (_what, line, expected) => {
    expect(run(line, 'mark')).toBe(expected);
    expect(run(line, 'reread')).toBe(expected.replaceAll(/\[\w*\]/g, ''));
    for (const lobInLog of ['mark', 'reread'] as const) expect(run(line, lobInLog, 0)).toBe(run(line, lobInLog));
  });

  test.each(['+1aC C1a ~2ab C2b C3a', 'C1a B1a C2a', 'u C1a u +2aC X2a'])(
    'are where they were when a window goes on in the middle of a transaction: %s',
    (line) => {
      const all = run(line, 'mark').split(' ');
      for (const memoryMegabytes of [undefined, 0]) {
        for (let first = 0; first <= all.length; first++)
          expect(run(line, 'mark', memoryMegabytes, first)).toBe(all.slice(first).join(' '));
      }
    },
  );

  test.each(['+1a', '~1abC', 'C1a B1a', '+1aC C1a ~2ab'])('with exclude make no row: %s', (line) => {
    const ordinary = line.split(' ').filter((word) => /^[+~]/.test(word));
    expect(run(line)).toBe(run(ordinary.join(' '), 'reread'));
  });

  test('are marked by bytes in a column of bytes, and by text in others', () => {
    const [change] = read([told('C1a'), told('B1a')], 'mark').changes;
    const bytes = Uint8Array.from(Buffer.from(CHANGED_MARK));
    expect(change).toMatchObject({
      before: ['1', 'a', null, null, null],
      after: ['1', 'a', CHANGED_MARK, bytes, null],
    });
  });

  test('of a row of before a change of columns are read from stored bytes', () => {
    const stored = { ...begins('COL 3', ` where "COL 1" = HEXTORAW('c102') and "COL 2" = HEXTORAW('61')`), status: 2 };
    const words = [{ ...stored, info: 'Dictionary Version Mismatch', rowId: NO_ROW_ID }];
    const description = {
      ...withLobs('mark'),
      database: { characterSet: 'AL32UTF8', nationalCharacterSet: 'AL16UTF16', timeZone: '+00:00' },
    };
    const { transactions, stops } = assembleTransactions(rowsOf(words), {
      ...assembly,
      tables: new Map([['74858', description]]),
    });
    expect(stops).toEqual([]);
    expect(transactions.flatMap(({ changes }) => changes.map(written))).toEqual(['~1a>1a[C]']);
  });

  test.each<[string, Partial<RedoRow>, RegExp]>([
    ['whose row is not complete', begins('C', ` where "ID" = '1'`), /column V is missing/],
    ['that name no row', begins('C', ''), /column ID is missing/],
    ['that cannot be read', { operation: 9, sqlRedo: 'DECLARE x' }, /beginning of a value in pieces/],
    ['of an ordinary column', begins('V', ofRow('1', 'a')), /operation 9/],
  ])('%s stop their table', (_what, row, why) => {
    const { changes, stops } = read([told('+2a'), { ...row, rowId: NO_ROW_ID }], 'reread');
    expect(changes).toEqual([]);
    expect(stops).toMatchObject([{ table: 'APP.T', reason: 'undecodable' }]);
    expect(stops[0]?.text).toMatch(why);
  });

  test.each<[string, Partial<RedoRow>, boolean]>([
    ['a column that is left out', begins('OTHER', ofRow('1', 'a')), true],
    ['a document', { operation: 68, sqlRedo: `XML DOC BEGIN:  select "D" from "APP"."T" where "ID" = '1'` }, true],
    ['something that is undone', { ...begins('C', ofRow('1', 'a')), rollback: true }, true],
    ['a part that follows', { operation: 10, sqlRedo: ' buf_c := …' }, true],
    ['a column that is told', begins('C', ofRow('1', 'a')), false],
  ])('of %s are passed over: %s', (_what, row, passedOver) => {
    expect(isPassedOver(redoRow(row), withLobs('reread'))).toBe(passedOver);
  });
});
