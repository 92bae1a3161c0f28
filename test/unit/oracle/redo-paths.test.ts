/** The parser's fast path against the whole grammar, from which it must never differ. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStatement } from '../../../oracle/redo-grammar.ts';
import { RedoParser } from '../../../oracle/redo-statement.ts';
import type { RedoStatement } from '../../../oracle/redo-statement.ts';
import { RedoSyntaxError, RedoTokens } from '../../../oracle/redo-tokens.ts';
import { TableLayouts } from '../../../oracle/statement-layout.ts';
import { columnName, named, print, printedRow } from '../../support/printed-redo.ts';

/** What a reading says, without the order of columns; or the refusal, to the character. */
function reading(read: () => RedoStatement): unknown {
  let statement;
  try {
    statement = read();
  } catch (error) {
    if (error instanceof RedoSyntaxError) return error.message;
    throw error;
  }
  if (statement.kind === 'temporary-table') return statement;
  const { layout, ...clauses } = statement;
  const values = Object.entries(clauses).map(([clause, cells]): unknown[] => [
    clause,
    typeof cells === 'object' ? named(layout.columns, cells) : cells,
  ]);
  return { owner: layout.owner, name: layout.name, clauses: new Map(values.map(([clause, cells]) => [clause, cells])) };
}

const readAnew = (sql: string): RedoStatement => readStatement(new RedoTokens(sql), new TableLayouts());

const damage = fc.record({
  at: fc.nat(400),
  removed: fc.nat(3),
  added: fc.oneof(
    fc.constantFrom('', "'", "''", '"', ' ', ';', ',', '|', ' || ', '(', ')', '\\', '0', 'a', '\0', 'Ħ', 'NULL', 'a.'),
    fc.constantFrom(' and ', ' where ', ' set ', ' values (', "ROWID = 'AAA'", ' IS NULL', '= ', '\n'),
  ),
});

interface Damage {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

const damaged = (sql: string, { at, removed, added }: Damage): string => {
  const place = at % (sql.length + 1);
  return sql.slice(0, place) + added + sql.slice(place + removed);
};

describe('the fast path and the whole grammar read alike', () => {
  const statements = fc
    .uniqueArray(columnName, { minLength: 1, maxLength: 6 })
    .chain((columns) => fc.array(fc.tuple(printedRow(columns), damage), { minLength: 2, maxLength: 6 }));

  test('statements of one table, whole and damaged in turn', () => {
    let refused = 0;
    fc.assert(
      fc.property(statements, (rows) => {
        const parser = new RedoParser();
        for (const [row, wound] of rows) {
          const whole = print(row);
          for (const sql of [whole, damaged(whole, wound), whole.slice(0, wound.at)]) {
            const expected = reading(() => readAnew(sql));
            if (typeof expected === 'string') refused += 1;
            expect(reading(() => parser.parse(sql))).toEqual(expected);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(250);
  });

  test('every damage by one character of statements of every kind', () => {
    const moment = "TO_TIMESTAMP_TZ(' 2026-11-22 10:00:00.5 +08:00')";
    const date = "TO_DATE(' 2026-11-22 10:00:00', 'SYYYY-MM-DD HH24:MI:SS')";
    const statementsOfEveryKind = [
      `insert into "A"."T"("A","B","C","D") values ('it''s',UNISTR('\\0416x\\\\'),HEXTORAW('0a1b'),${date});`,
      `update "A"."T" set "B" = NULL, "D" = ${moment} where "A" = 'x' and "B" IS NULL and "C" = HEXTORAW('0a');`,
      `delete from "A"."T" a where a."A" = 'x' and a."B" = TO_TIMESTAMP('2026-11-22 10:00:00') and a."C" = 'it''s'`,
    ];
    const parser = new RedoParser();
    const wounds = ['', "'", ' ', '9', 'F', '|', ',', '\u0127', '\u0000'].flatMap((added) =>
      [0, 1].map((removed) => ({ added, removed })),
    );
    for (const sql of statementsOfEveryKind) {
      for (let at = 0; at <= sql.length; at++) {
        for (const { added, removed } of wounds) {
          const wounded = damaged(sql, { at, removed, added });
          expect(reading(() => parser.parse(wounded))).toEqual(reading(() => readAnew(wounded)));
          parser.parse(sql);
        }
      }
    }
  });

  test('a text that is longer than the fast path takes', () => {
    const sql = `insert into "A"."T"("A","B") values ('${'x'.repeat(100_000)}','2')`;
    const parser = new RedoParser();
    parser.parse(`insert into "A"."T"("A","B") values ('1','2')`);
    expect(reading(() => parser.parse(sql))).toEqual(reading(() => readAnew(sql)));
  });
});
