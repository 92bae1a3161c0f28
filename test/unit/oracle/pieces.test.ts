/** Values in pieces beside other rows of a transaction: `_log` does not have them, and no other row is touched by them. */
import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { oracleTypeText } from '../../../model/table.ts';
import type { Column, OracleType, TableDescription } from '../../../model/table.ts';
import { Images } from '../../../oracle/images.ts';
import { isPassedOver } from '../../../oracle/pieces.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { assembleTransactions, assembly, tableT, xidOf } from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

const column = (name: string, type: OracleType): Column => ({ name, type, nullable: true });

const withLob: TableDescription = {
  ...tableT,
  columns: [...tableT.columns, column('C', { base: 'CLOB' }), column('X', { base: 'VARCHAR2', length: 9000 })],
};

const lobSelect = (name: string): string =>
  `DECLARE \n loc_c CLOB; \nBEGIN\n select "${name}" into loc_c from "APP"."T" where "ID" = '1' and "V" IS NULL for update;`;
const longText = (name: string): string =>
  `DECLARE\n Stmt CLOB;\nBEGIN\n Stmt := 'update "APP"."T" set "${name}" = :1 where "ID" = ''1'';';`;
const xml = (name: string): string => `XML DOC BEGIN:  select "${name}" from "APP"."T" where "ID" = '1'`;

describe('images', () => {
  const image = (sqlRedo: string, operation: number): unknown =>
    new Images().change(redoRow({ operation, sqlRedo }), withLob);

  test('have NULL in large columns, whatever the statement has there', () => {
    const insert = `insert into "APP"."T"("ID","V","C","X") values ('1','a',EMPTY_CLOB(),'text')`;
    expect(image(insert, operations.insert)).toMatchObject({ after: ['1', 'a', null, null] });
    const update = `update "APP"."T" set "V" = 'b', "C" = 'it''s' where "ID" = '1' and "V" = 'a'`;
    expect(image(update, operations.update)).toMatchObject({
      before: ['1', 'a', null, null],
      after: ['1', 'b', null, null],
    });
    const remove = `delete from "APP"."T" where "ID" = '1' and "V" = 'a'`;
    expect(image(remove, operations.delete)).toMatchObject({ before: ['1', 'a', null, null] });
  });

  test.each<[OracleType, boolean]>([
    [{ base: 'VARCHAR2', length: 4000 }, false],
    [{ base: 'VARCHAR2', length: 4001 }, true],
    [{ base: 'NVARCHAR2', length: 4002 }, true],
    [{ base: 'RAW', length: 2000 }, false],
    [{ base: 'RAW', length: 2001 }, true],
    [{ base: 'CHAR', length: 2000 }, false],
    [{ base: 'BLOB' }, true],
  ])('of a column %j have NULL: %s', (type, large) => {
    const table = { ...tableT, columns: [column('V', type)] };
    const row = redoRow({ operation: operations.insert, sqlRedo: `insert into "APP"."T"("V") values (NULL)` });
    const missing = redoRow({ operation: operations.insert, sqlRedo: `insert into "APP"."T"("ID") values ('1')` });
    expect(new Images().change(row, table)).toMatchObject({ after: [null] });
    const read = (): unknown => new Images().change(missing, table);
    if (large) expect(read(), oracleTypeText(type)).toMatchObject({ after: [null] });
    else expect(read).toThrow(/column V is missing/);
  });
});

describe('pieces', () => {
  test.each<[string, number, string | null, boolean]>([
    ['of a LOB', 9, lobSelect('C'), true],
    ['of a column that is left out', 9, lobSelect('OTHER'), true],
    ['of an ordinary column', 9, lobSelect('V'), false],
    ['of a long text', 91, longText('X'), true],
    ['of a long text in an ordinary column', 91, longText('V'), false],
    ['of XML, which is left out', 68, xml('DOC'), true],
    ['whose column cannot be read', 9, 'DECLARE x', true],
    ['without SQL', 68, null, true],
    ...[10, 11, 28, 29, 70, 71, 92, 93].map((operation): [string, number, string, boolean] => [
      `that go on with operation ${operation}`,
      operation,
      '\n buf_c := \'insert into "APP"."T"("ID","V") values (1,2)\'; ',
      true,
    ]),
    ['that are none', operations.insert, lobSelect('C'), false],
  ])('%s are passed over, or not', (_what, operation, sqlRedo, passedOver) => {
    expect(isPassedOver(redoRow({ operation, sqlRedo }), withLob)).toBe(passedOver);
  });

  const asked = { ...assembly, tables: new Map([['74858', withLob]]) };
  let place = 0;
  const next = (n: number, fields: Partial<RedoRow>): RedoRow => {
    place += 1;
    return redoRow({
      xid: xidOf(String(n)),
      scn: scn(String(101 + place)),
      rsId: `0x000010.00000020.${String(1000 + place)}`,
      ...fields,
    });
  };
  const insert = (n: number, id: number): RedoRow =>
    next(n, {
      operation: operations.insert,
      rowId: `AAAR3sAAEAAAACXAA${String(id)}`,
      sqlRedo: `insert into "APP"."T"("ID","V","C","X") values ('${String(id)}','v',EMPTY_CLOB(),NULL)`,
    });
  const lob = (n: number, rollback = false): RedoRow[] =>
    [
      { operation: 9, sqlRedo: lobSelect('C') },
      { operation: 10, sqlRedo: "\n buf_c := 'abc'; \n  dbms_lob.write(loc_c, 3, 1, buf_c);\n" },
      { operation: 11, sqlRedo: ' \n dbms_lob.trim(loc_c, 3);\n' },
    ].map((fields) => next(n, { ...fields, rollback, rowId: 'AAAAAAAAAAAAAAAAAA' }));
  const edge = (n: number, operation: number): RedoRow => next(n, { operation, sqlRedo: null, rowId: null });
  const shown = (rows: readonly RedoRow[]): unknown => {
    const { transactions, stops, open } = assembleTransactions(rows, asked);
    const ids = transactions.map(({ changes }) =>
      changes.map((change) => (change.kind === 'delete' ? change.before : change.after)),
    );
    return { ids, stops, open: open.length };
  };

  test('of one transaction among rows of another change neither', () => {
    place = 0;
    const [a, b, c] = lob(7);
    if (!a || !b || !c) throw new Error('there are three pieces');
    const rows = [
      edge(7, operations.start),
      edge(8, operations.start),
      insert(7, 1),
      a,
      insert(8, 2),
      b,
      insert(8, 3),
      c,
    ];
    const ordered = [...rows, edge(8, operations.commit), edge(7, operations.commit)];
    const placed = ordered.map((row, i) => ({ ...row, scn: scn(String(101 + i)) }));
    expect(shown(placed)).toEqual({
      ids: [
        [
          ['2', 'v', null, null],
          ['3', 'v', null, null],
        ],
        [['1', 'v', null, null]],
      ],
      stops: [],
      open: 0,
    });
  });

  test('that are undone up to a savepoint take nothing but their own row with them', () => {
    place = 0;
    const rows = [edge(7, operations.start), insert(7, 1), ...lob(7), insert(7, 2), ...lob(7), ...lob(7, true)];
    const undo = next(7, {
      operation: operations.delete,
      rollback: true,
      rowId: 'AAAR3sAAEAAAACXAA2',
      sqlRedo: 'delete from "APP"."T"',
    });
    expect(shown([...rows, undo, ...lob(7), edge(7, operations.commit)])).toEqual({
      ids: [[['1', 'v', null, null]]],
      stops: [],
      open: 0,
    });
  });

  test('alone make no row', () => {
    place = 0;
    expect(shown([edge(7, operations.start), ...lob(7), edge(7, operations.commit)])).toEqual({
      ids: [],
      stops: [],
      open: 0,
    });
  });
});
