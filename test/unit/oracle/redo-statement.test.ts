import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContinuationJoiner } from '../../../oracle/continuation-rows.ts';
import type { Literal } from '../../../oracle/literals.ts';
import { RedoParser } from '../../../oracle/redo-statement.ts';
import type { Cells, RedoStatement } from '../../../oracle/redo-statement.ts';
import { RedoSyntaxError } from '../../../oracle/redo-tokens.ts';
import { columnName, named, print, printedRow } from '../../support/printed-redo.ts';
import type { PrintedValue } from '../../support/printed-redo.ts';
import { redoRow } from '../../support/redo-rows.ts';

const parse = (sql: string): RedoStatement => new RedoParser().parse(sql);

describe('text that is not what LogMiner writes raises', () => {
  test.each([
    ['an empty text', ''],
    ['another statement', 'truncate table "APP"."T";'],
    ['upper case', `INSERT INTO "APP"."T"("A") VALUES ('1');`],
    ['a table without its owner', `delete from "T" where "A" = '1';`],
    ['an empty name', `delete from "APP"."" where "A" = '1';`],
    ['a name with a doubled quote', `delete from "APP"."T""X" where "A" = '1';`],
    ['fewer values than columns', `insert into "APP"."T"("A","B") values ('1');`],
    ['more values than columns', `insert into "APP"."T"("A") values ('1','2');`],
    ['a column twice in INSERT', `insert into "APP"."T"("A","A") values ('1','2');`],
    ['a column twice in SET', `update "APP"."T" set "A" = '1', "A" = '2';`],
    ['a column twice in WHERE', `delete from "APP"."T" where "A" = '1' and "A" IS NULL;`],
    ['two ROWIDs', `delete from "APP"."T" where ROWID = 'AAA' and ROWID = 'AAB';`],
    ['text after the end', `delete from "APP"."T" where "A" = '1'; x`],
    ['two semicolons', `delete from "APP"."T" where "A" = '1';;`],
    ['an OR', `delete from "APP"."T" where "A" = '1' or "B" = '2';`],
    ['another comparison', `delete from "APP"."T" where "A" > '1';`],
    ['IS NOT NULL', `delete from "APP"."T" where "A" IS NOT NULL;`],
    ['IS NULL in SET', `update "APP"."T" set "A" IS NULL;`],
    ['an unescaped quote', `update "APP"."T" set "A" = 'l'eau' where "B" = '1';`],
    ['an unescaped quote before a comma', `insert into "APP"."T"("A") values ('a', 'b');`],
    ['a quote that is never closed', `update "APP"."T" set "A" = 'x`],
    ['SET without a value', `update "APP"."T" set "A" = where "B" = '1';`],
    ['a half escape in UNISTR', `insert into "APP"."T"("A") values (UNISTR('\\041'));`],
    ['a backslash at the end of UNISTR', `insert into "APP"."T"("A") values (UNISTR('\\'));`],
    ['hex joined with text', `insert into "APP"."T"("A") values (HEXTORAW('0a') || 'b');`],
    ['a join without its right side', `insert into "APP"."T"("A") values ('a' || );`],
    ['another comment', `insert into "APP"."T"("A") values (/* XML */ HEXTORAW('0a'));`],
    ['a call that is not closed', `insert into "APP"."T"("A") values (XMLTYPE('a');`],
    ['two numbers', `insert into "APP"."T"("A") values (1 2);`],
  ])('%s', (_what, sql) => {
    expect(() => parse(sql)).toThrow(RedoSyntaxError);
  });

  test('every part of an INSERT that lacks its end', () => {
    const sql = `insert into "APP"."T"("A","B","C") values ('it''s',UNISTR('\\0416'),HEXTORAW('0a'))`;
    expect(parse(sql).kind).toBe('insert');
    for (let length = 0; length < sql.length; length += 1)
      expect(() => parse(sql.slice(0, length))).toThrow(RedoSyntaxError);
  });

  test('and the message says where, not what', () => {
    expect(() => parse(`insert into "APP"."T"("A") values ('secret'x);`)).toThrow(
      /^the end of the value expected at character 44$/,
    );
  });
});

describe('what was learnt from one statement does not change the next', () => {
  test.each([
    ['another column order in INSERT', `insert into "APP"."T"("B","A") values ('b','a');`],
    ['fewer columns', `insert into "APP"."T"("B") values ('b');`],
    ['another order in WHERE', `delete from "APP"."T" where "B" = 'b' and "A" = 'a';`],
    ['a new column first', `delete from "APP"."T" where "C" = 'c' and "A" = 'a';`],
    ['another table with the same columns', `delete from "APP"."T2" where "A" = 'a' and "B" = 'b';`],
    ['a name that begins alike', `delete from "APP"."T" where "A " = 'a';`],
    ['values in a name', `insert into "APP"."T"("A) values (","B") values ('a','b');`],
  ])('%s', (_what, sql) => {
    const parser = new RedoParser();
    parser.parse(`insert into "APP"."T"("A","B") values ('x','y');`);
    parser.parse(`update "APP"."T" set "A" = 'p' where "A" = 'x' and "B" = 'y';`);
    const expected = parse(sql);
    const actual = parser.parse(sql);
    if (expected.kind === 'temporary-table' || actual.kind === 'temporary-table') throw new Error('not a statement');
    const clause = (statement: Exclude<RedoStatement, { kind: 'temporary-table' }>): Cells =>
      statement.kind === 'insert' ? statement.after : statement.before;
    expect(actual.layout.name).toBe(expected.layout.name);
    expect(named(actual.layout.columns, clause(actual))).toEqual(named(expected.layout.columns, clause(expected)));
  });
});

const literalsOf = (columns: readonly string[], values: readonly PrintedValue[]): ReadonlyMap<string, Literal> =>
  new Map(values.map(({ literal }, index) => [columns[index] ?? '', literal]));

/** As LogMiner would cut it, at any place. */
function inPieces(sql: string, cut: number): string {
  const joiner = new ContinuationJoiner();
  joiner.add(redoRow({ sqlRedo: sql.slice(0, cut), csf: true }));
  return joiner.add(redoRow({ sqlRedo: sql.slice(cut) }))?.sqlRedo ?? '';
}

test('any row that is printed as SQL_REDO is read back, with one parser for many', () => {
  const rows = fc
    .uniqueArray(columnName, { minLength: 1, maxLength: 6 })
    .chain((columns) => fc.array(printedRow(columns), { minLength: 1, maxLength: 8 }));
  fc.assert(
    fc.property(rows, fc.nat(40), (printed, cut) => {
      const parser = new RedoParser();
      for (const row of printed) {
        const statement = parser.parse(inPieces(print(row), cut));
        if (statement.kind === 'temporary-table') throw new Error('not a statement');
        expect(statement.kind).toBe(row.operation);
        const { columns } = statement.layout;
        const values = statement.kind === 'insert' ? statement.after : statement.before;
        expect(named(columns, values)).toEqual(literalsOf(row.columns, row.before));
        if (statement.kind === 'update')
          expect(named(columns, statement.set)).toEqual(literalsOf(row.columns, row.set));
        if (statement.kind !== 'insert')
          expect(statement.rowId).toBe(row.end.includes('ROWID') ? 'AAAR3sAAEAAAACXAAA' : undefined);
      }
    }),
    { numRuns: 500 },
  );
});
