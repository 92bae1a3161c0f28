import { describe, expect, test } from 'vitest';
import type { StopReason } from '../../../model/change.ts';
import { classifyDdl } from '../../../oracle/table-ddl.ts';

test.each<[string, boolean]>([
  ['ALTER TABLE HR.T ADD PARTITION P3 VALUES LESS THAN (300)', true],
  [
    ' alter table "HR"."Mixed Case" add partition "p 3"\n  values less than (to_date(\'2027-01-01\', \'YYYY-MM-DD\'))',
    true,
  ],
  ["ALTER TABLE t ADD PARTITION p VALUES ('a', 'b') TABLESPACE users", true],
  ['alter table 订单 add partition values less than (maxvalue)', true],
  ['ALTER TABLE T ADD PARTITION P3', true],
  ['ALTER TABLE T ADD (PARTITION NUMBER)', false],
  ['ALTER TABLE T ADD PARTITION NUMBER', false],
  ['ALTER TABLE T ADD "X" NUMBER /* ADD PARTITION P VALUES (1) */', false],
  ['ALTER TABLE T SPLIT PARTITION P AT (5) INTO (PARTITION A, PARTITION B)', false],
  ['ALTER TABLE T DROP PARTITION P', false],
  ['TRUNCATE TABLE T', false],
  ['', false],
])('%s: only a partition is added is %s', (statement, only) => {
  const added = { kind: 'none', note: 'a partition was added' };
  if (only) expect(classifyDdl(statement, 'HR')).toEqual(added);
  else expect(classifyDdl(statement, 'HR')).not.toEqual(added);
});

describe('a statement without effect on columns and rows', () => {
  test.each([
    'create unique index i on t (a)',
    'alter index i rebuild',
    'drop index i',
    'grant select on t to u',
    'revoke all on t from u',
    "comment on column t.a is 'drop column'",
    'analyze table t compute statistics',
    'create or replace trigger x before insert on t begin null; end;',
    'create table t (a number)',
    'alter table t add constraint c check (a > 0) enable novalidate',
    'alter table t add (constraint c unique (a))',
    'alter table t modify constraint c disable',
    'alter table t drop constraint c cascade drop index',
    'alter table t drop primary key',
    'alter table t enable constraint c',
    'alter table t modify (a not null, b default 5)',
    'alter table t modify a null',
    'alter table t add v as (a + 1)',
    'alter table t add (v number generated always as (a * 2) virtual)',
    'alter table t add (i number invisible)',
    'alter table t drop unused columns',
    'alter table t add partition p values less than (5)',
    'alter table t add partition',
    'alter table t split partition p at (5) into (partition a, partition b)',
    'alter table t merge partitions a, b into partition c update indexes',
    'alter table t move partition p tablespace x',
    'alter table t coalesce partition',
    'alter table t rename partition a to b',
    'alter table t modify partition p add values (7)',
    'alter table t move online',
    'alter table t shrink space cascade',
    'alter table t set interval (10)',
    'alter table t add supplemental log data (all) columns',
    'alter table t parallel 4',
    'alter table t rename constraint a to b',
  ])('%s', (sql) => {
    expect(classifyDdl(sql, 'HR').kind).toBe('none');
  });

  test('is noted; of a new partition as ever', () => {
    expect(classifyDdl('alter table t move', 'HR')).toEqual({
      kind: 'none',
      note: 'MOVE changes no column and no row',
    });
    expect(classifyDdl('alter table t add partition p values (1)', 'HR')).toEqual({
      kind: 'none',
      note: 'a partition was added',
    });
  });
});

describe('a statement that ends the range', () => {
  test.each<[string, StopReason, string]>([
    ['alter table t modify (a varchar2(50))', 'columns-changed', 'MODIFY "A"'],
    ['alter table t modify a invisible', 'columns-changed', 'MODIFY "A"'],
    ['alter table t drop column "a b" cascade constraints', 'columns-changed', 'DROP COLUMN "a b"'],
    ['alter table t drop (a, b)', 'columns-changed', 'DROP COLUMN "A", DROP COLUMN "B"'],
    ['alter table t set unused (a)', 'columns-changed', 'SET UNUSED "A"'],
    ['alter table t rename column a to b', 'columns-changed', 'RENAME COLUMN "A" TO "B"'],
    ['alter table t add (a number generated always as identity)', 'columns-changed', 'ADD COLUMN "A" (identity)'],
    ['alter table t add (a number) drop column b', 'columns-changed', 'ADD COLUMN "A", DROP COLUMN "B"'],
    ['alter table t add (a number) modify (a default 5)', 'columns-changed', 'ADD COLUMN "A" with MODIFY'],
    ['truncate table hr.t drop storage', 'rows-replaced', 'TRUNCATE TABLE'],
    ['alter table t truncate partition p', 'rows-replaced', 'TRUNCATE PARTITION'],
    ['alter table t drop subpartition p', 'rows-replaced', 'DROP PARTITION'],
    ['alter table t exchange partition p with table x', 'rows-replaced', 'EXCHANGE PARTITION'],
    ['alter table t move including rows where a > 5', 'rows-replaced', 'MOVE INCLUDING ROWS'],
    ['alter table t move partition p including rows where a > 5', 'rows-replaced', 'MOVE PARTITION INCLUDING ROWS'],
    ['flashback table t to scn 5', 'rows-replaced', 'FLASHBACK TABLE'],
    ['drop table "HR"."T" AS "BIN$qCb7dqyqXPHgUwIAEaw0mg==$0" ;', 'gone', 'DROP TABLE'],
    ['rename t to u', 'gone', 'RENAME TO "HR"."U"'],
    ['alter table hr.t rename to u', 'gone', 'RENAME TO "HR"."U"'],
    ['alter table t drop supplemental log data (all) columns', 'logging-dropped', 'DROP SUPPLEMENTAL LOG DATA'],
  ])('%s: %s', (sql, reason, what) => {
    expect(classifyDdl(sql, 'HR')).toEqual({ kind: 'stop', reason, what });
  });

  test.each(['', 'alter table t frobnicate', "alter table t add (a varchar2(9) default 'x)", 'begin x; end;'])(
    '%j is not understood, and therefore not ignored',
    (sql) => {
      expect(classifyDdl(sql, 'HR')).toMatchObject({ kind: 'stop', reason: 'columns-changed' });
    },
  );
});

describe('ADD COLUMN', () => {
  test.each([
    ['add (a number)', [{ name: 'A' }]],
    ['add a date default null', [{ name: 'A' }]],
    ['add ("b" number default (0) not null)', [{ name: 'b', default: { constant: '0' } }]],
    ["add a varchar2(9) default 'it''s'", [{ name: 'A', default: { constant: "'it''s'" } }]],
    ['add a date default sysdate', [{ name: 'A', default: 'expression' }]],
    ['add (a number, v as (a), constraint c check (a > 0), b date)', [{ name: 'A' }, { name: 'B' }]],
    ['add a number add b number', [{ name: 'A' }, { name: 'B' }]],
  ])('%s names the columns and their constants', (clause, added) => {
    expect(classifyDdl(`alter table hr.t ${clause}`, 'HR')).toMatchObject({ reason: 'columns-added', added });
  });

  test('tells the operator no value', () => {
    expect(classifyDdl("alter table t add (a varchar2(9) default 'secret')", null)).toHaveProperty(
      'what',
      'ADD COLUMN "A"',
    );
  });
});
