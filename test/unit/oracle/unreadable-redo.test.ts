import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { failureOf, redo, run, xidOf } from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

describe('what cannot be read', () => {
  const damaged = (fields: Partial<RedoRow>, end: string): RedoRow[] =>
    redo(`7:start 7:+1 7:${end}`).map((row) => (row.scn === '102' ? { ...row, ...fields } : row));

  const cases: readonly [string, Partial<RedoRow>][] = [
    ['an UNSUPPORTED row', { operation: operations.unsupported }],
    ['an INTERNAL row', { operation: operations.internal }],
    ['a piece of a LOB', { operation: 10 }],
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

  test.each(cases)('%s fails at the commit of its transaction', (_what, fields) => {
    expect(failureOf(() => run(damaged(fields, 'commit')))).toBe('source-redo-undecodable');
  });

  test.each(cases)('%s does not matter when its transaction rolls back, or committed before', (_what, fields) => {
    expect(run(damaged(fields, 'rollback'))).toEqual([]);
    expect(run(damaged(fields, 'commit'), { from: scn('103') })).toEqual([]);
  });

  test('is told with table, column and SCN, without the value', () => {
    const rows = damaged({ sqlRedo: `insert into "APP"."T"("ID","V") values ('secret','new');` }, 'commit');
    expect(() => run(rows)).toThrow(/APP\.T at SCN 102 .*column ID \(NUMBER\)/);
    expect(() => run(rows)).not.toThrow(/secret/);
  });

  test('STATUS 2 without INFO is read', () => {
    expect(run(damaged({ status: 2, info: '' }, 'commit'))).toEqual(['7@103:+1']);
  });

  test('a gap in the redo is missing redo', () => {
    expect(failureOf(() => run([redoRow({ operation: operations.missingScn })]))).toBe('source-redo-missing');
  });
});

describe('DDL on a captured table', () => {
  const ddl = (info: string): RedoRow[] => [
    redoRow({ operation: operations.ddl, info, sqlRedo: 'alter table t add (c number)' }),
  ];

  test.each([['USER DDL (PlSql=0 RecDep=0)'], [' DDL'], ['']])('by a user stops: INFO %j', (info) => {
    expect(failureOf(() => run(ddl(info)))).toBe('source-table-changed');
  });

  test('that Oracle makes for itself is passed over', () => {
    expect(run(ddl('INTERNAL DDL (PlSql=0 RecDep=0)'))).toEqual([]);
  });

  test('before the window, or on another table, is passed over', () => {
    expect(run(ddl('USER DDL'), { from: scn('102') })).toEqual([]);
    expect(run(ddl('USER DDL').map((row) => ({ ...row, dataObject: '1', table: 'OTHER' })))).toEqual([]);
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

describe('the limit of rows held', () => {
  test('fails and names the transaction', () => {
    expect(() => run(redo('7:start 7:+1 7:+2 7:commit'), { heldRowsMax: 1 })).toThrow(/0700000007000000/);
    expect(failureOf(() => run(redo('7:start 7:+1 7:+2 7:commit'), { heldRowsMax: 1 }))).toBe('source-rejected');
  });

  test('counts no transaction that has ended', () => {
    const line = '7:start 7:+1 7:commit 8:start 8:+2 8:rollback 9:start 9:+3 9:commit';
    expect(run(redo(line), { heldRowsMax: 1 })).toEqual(['7@103:+1', '9@109:+3']);
  });
});
