import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import {
  assembleTransactions,
  assembly,
  failureOf,
  redo,
  rowOf,
  run,
  stopsOf,
  tableT,
  xidOf,
} from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

const lobSelect = (column: string): string =>
  `DECLARE \n loc_c CLOB; \nBEGIN\n select "${column}" into loc_c from "APP"."T" where "ID" = '1' for update;`;

describe('what cannot be read', () => {
  const damaged = (fields: Partial<RedoRow>, end: string): RedoRow[] =>
    redo(`7:start 7:+1 7:${end}`).map((row) => (row.scn === '102' ? { ...row, ...fields } : row));

  const cases: readonly [string, Partial<RedoRow>][] = [
    ['an UNSUPPORTED row', { operation: operations.unsupported }],
    ['an INTERNAL row', { operation: operations.internal }],
    ['the beginning of pieces of an ordinary column', { operation: 9, sqlRedo: lobSelect('V') }],
    ['a dictionary mismatch', { status: 2, info: 'Dictionary Version Mismatch' }],
    ['SQL that is not SQL_REDO', { sqlRedo: 'garbage' }],
    ['no SQL', { sqlRedo: null }],
    ['SQL of another operation', { operation: operations.delete }],
    ['a remark instead of SQL', { sqlRedo: '/* No SQL_REDO for temporary tables */' }],
    ['an image without a column', { sqlRedo: `insert into "APP"."T"("ID") values ('1');` }],
    [
      'columns without names',
      { sqlRedo: `insert into "UNKNOWN"."OBJ# 74858"("COL 1","COL 2") values (HEXTORAW('c102'),NULL);` },
    ],
    ['a value of another type', { sqlRedo: `insert into "APP"."T"("ID","V") values ('one','new');` }],
  ];

  test.each(cases)('%s ends the range below the commit of its transaction, and stops its table', (_what, fields) => {
    expect(run(damaged(fields, 'commit'))).toEqual([]);
    expect(stopsOf(damaged(fields, 'commit'))).toEqual(['102 APP.T undecodable']);
  });

  test.each(cases)('%s does not matter when its transaction rolls back, or committed before', (_what, fields) => {
    expect(run(damaged(fields, 'rollback'))).toEqual([]);
    expect(run(damaged(fields, 'commit'), { from: scn('103') })).toEqual([]);
  });

  test('is told with table, column and SCN, without the value', () => {
    const rows = damaged({ sqlRedo: `insert into "APP"."T"("ID","V") values ('secret','new');` }, 'commit');
    const [stop] = assembleTransactions(rows, assembly).stops;
    expect(stop?.text).toMatch(/APP\.T at SCN 102 .*column ID \(NUMBER\)/);
    expect(stop?.text).not.toMatch(/secret/);
  });

  test('STATUS 2 without INFO is read', () => {
    expect(run(damaged({ status: 2, info: '' }, 'commit'))).toEqual(['7@103:+1']);
  });

  test('a gap in the redo is missing redo', () => {
    expect(failureOf(() => run([redoRow({ operation: operations.missingScn })]))).toBe('source-redo-missing');
  });
});

describe('an unreadable row', () => {
  const other = (n: string, at: string): RedoRow =>
    redoRow({
      ...rowOf(`+${n}`),
      xid: xidOf(n),
      scn: scn(at),
      dataObject: '74859',
      table: 'U',
      status: 2,
      info: 'Mismatch',
    });
  const both = {
    ...assembly,
    tables: new Map([...assembly.tables, ['74859', { ...tableT, table: tableName({ owner: 'APP', name: 'U' }) }]]),
  };

  test('lets everything pass that commits below its transaction, and nothing that commits at the same SCN or later', () => {
    const rows = redo('7:start 8:start 9:start 6:start 6:+6 7:+7 8:+8 9:+9 6:commit 7:commit 8:commit 9:commit');
    const unreadable = rows.map((row) => (row.scn === '107' ? { ...row, status: 2, info: 'Mismatch' } : row));
    const sameScn = unreadable.map((row) => (row.scn === '110' ? { ...row, scn: scn('111') } : row));
    expect(run(sameScn)).toEqual(['6@109:+6']);
    expect(stopsOf(sameScn)).toEqual(['110 APP.T undecodable']);
  });

  test('stops every table that its transaction, or another one at the same SCN, cannot give', () => {
    const rows = redo('7:start 8:start 7:+7 8:+8 7:commit 8:commit').map((row) => {
      if (row.scn === '103') return { ...row, status: 2, info: 'Mismatch' };
      if (row.scn === '104') return other('8', '104');
      return row.scn === '106' ? { ...row, scn: scn('105') } : row;
    });
    expect(stopsOf(rows, both)).toEqual(['104 APP.T undecodable', '104 APP.U undecodable']);
  });

  test('may leave an empty range', () => {
    const rows = redo('7:start 7:+1 7:commit').map((row) => (row.scn === '102' ? { ...row, sqlRedo: 'garbage' } : row));
    expect(stopsOf(rows, { from: scn('102') })).toEqual(['102 APP.T undecodable']);
  });
});

describe('DDL on a captured table', () => {
  const ADD = 'alter table t add (c number)';
  const ddl = (info: string, sqlRedo = ADD): RedoRow[] => [redoRow({ operation: operations.ddl, info, sqlRedo })];

  test.each([['USER DDL (PlSql=0 RecDep=0)'], [' DDL'], ['']])('by a user stops: INFO %j', (info) => {
    expect(stopsOf(ddl(info))).toEqual(['102 APP.T columns-added']);
  });

  test('is told with what it added', () => {
    expect(assembleTransactions(ddl('USER DDL'), assembly).stops).toEqual([
      {
        table: 'APP.T',
        scn: '102',
        reason: 'columns-added',
        text: expect.stringMatching(/^APP\.T: .*"C".* at SCN 102$/) as string,
        added: [{ name: 'C' }],
      },
    ]);
  });

  test('that Oracle makes for itself is passed over', () => {
    expect(stopsOf(ddl('INTERNAL DDL (PlSql=0 RecDep=0)'))).toEqual([]);
  });

  test('before the window, or on another table, is passed over', () => {
    expect(stopsOf(ddl('USER DDL'), { from: scn('102') })).toEqual([]);
    expect(stopsOf(ddl('USER DDL').map((row) => ({ ...row, dataObject: '1', table: 'OTHER' })))).toEqual([]);
  });

  const among = (line: string): RedoRow[] =>
    redo(line).map((row) =>
      row.operation === operations.delete ? { ...row, ...ddl('USER DDL')[0], scn: row.scn } : row,
    );

  test('lets pass what commits up to its own SCN, whatever comes first, and nothing later', () => {
    const rows = among('7:start 8:start 7:+7 8:+8 7:-1 7:commit 8:commit');
    const sameScn = rows.map((row) => (row.scn === '106' ? { ...row, scn: scn('105') } : row));
    expect(run(sameScn)).toEqual(['7@105:+7']);
    expect(stopsOf(sameScn)).toEqual(['105 APP.T columns-added']);
    expect(assembleTransactions(sameScn, assembly).open.map(({ xid }) => xid)).toEqual([xidOf('8')]);
  });

  test('gives way to an unreadable row that commits before it', () => {
    const rows = among('7:start 7:+7 7:commit 8:start 8:-1').map((row) =>
      row.scn === '102' ? { ...row, sqlRedo: 'garbage' } : row,
    );
    expect(stopsOf(rows)).toEqual(['102 APP.T undecodable']);
  });

  test('hides what follows it, to be met by the next range', () => {
    expect(
      stopsOf([...ddl('USER DDL'), ...ddl('USER DDL', 'truncate table t').map((row) => ({ ...row, scn: scn('103') }))]),
    ).toEqual(['102 APP.T columns-added']);
  });

  test('of two kinds at one SCN tells the one that a person must look at', () => {
    expect(stopsOf([...ddl('USER DDL'), ...ddl('USER DDL', 'truncate table t')])).toEqual(['102 APP.T rows-replaced']);
  });
});

describe('statements in pieces', () => {
  const pieces = (): RedoRow[] => {
    const [start, insert, commit] = redo('7:start 7:+1 7:commit');
    if (!start || !insert || !commit) throw new Error('three rows');
    const sql = insert.sqlRedo ?? '';
    const first = { ...insert, csf: true, sqlRedo: sql.slice(0, 30) };
    return [start, first, { ...first, sqlRedo: sql.slice(30, 40) }, { ...insert, sqlRedo: sql.slice(40) }, commit];
  };

  test('are one change', () => {
    expect(run(pieces())).toEqual(['7@103:+1']);
  });

  test.each([
    ['RS_ID', { rsId: '0x000010.00000020.0020' }],
    ['SSN', { ssn: 1 }],
    ['transaction', { xid: xidOf('8') }],
  ])('are refused when a piece has another %s', (_what, fields) => {
    const rows = pieces().map((row, index) => (index === 2 ? { ...row, ...fields } : row));
    expect(failureOf(() => run(rows))).toBe('source-redo-undecodable');
  });

  test('are refused when the last one is missing', () => {
    expect(failureOf(() => run(pieces().slice(0, 3)))).toBe('source-redo-undecodable');
  });
});
