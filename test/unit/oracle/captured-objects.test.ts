import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { objectIds, tableName } from '../../../model/table.ts';
import type { TableDescription } from '../../../model/table.ts';
import { CapturedObjects } from '../../../oracle/captured-objects.ts';
import type { CapturedRows } from '../../../oracle/captured-objects.ts';
import { FormerNumbers } from '../../../oracle/former-numbers.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { redoRow } from '../../support/redo-rows.ts';

const segments = (...numbers: readonly string[]): Pick<TableDescription, 'segments'> => ({
  segments: numbers.map((objectId) => ({ objectId, dataObjectId: objectId })),
});

const table: TableDescription = {
  table: tableName({ owner: 'APP', name: 'T' }),
  columns: [],
  key: { kind: 'none', columns: [] },
  objectId: '70',
  dataObjectId: null,
  ...segments('71', '72'),
};

/** What DBA_OBJECTS answers: owner, name, number. */
type Known = readonly (readonly [string, string, string])[];

const only = (rows: readonly RedoRow[], known: Known = [], captured = table): Promise<CapturedRows> => {
  const dictionary = {
    query: (_sql: string, binds: object) =>
      Promise.resolve(known.filter(([, , number]) => Object.values(binds).includes(number))),
  };
  return new CapturedObjects([captured], scn('100')).only(dictionary, rows, new AbortController().signal);
};

const unresolved = (dataObject: string): RedoRow =>
  redoRow({ dataObject, owner: 'UNKNOWN', table: `OBJ# ${dataObject}` });

describe('rows of captured tables', () => {
  test('are known by their numbers, with a name or without', async () => {
    const rows = [redoRow({ dataObject: '71' }), unresolved('72'), unresolved('70')];
    expect(await only(rows)).toEqual({ rows, stops: [] });
  });

  test('are those of a partition that the dictionary knows by now', async () => {
    const rows = [redoRow({ dataObject: '73' }), unresolved('74')];
    const known: Known = [
      ['APP', 'T', '73'],
      ['APP', 'T', '74'],
    ];
    expect(await only(rows, known)).toEqual({ rows, stops: [] });
  });

  test('are those of a partition that it had', async () => {
    const rows = [unresolved('72')];
    const former = { ...table, ...segments('71'), formerObjectIds: ['72'] };
    expect(await only(rows, [], former)).toEqual({ rows, stops: [] });
  });

  test('stand among transactions and DDL, whose numbers do not matter', async () => {
    const rows = [operations.start, operations.ddl, operations.commit, operations.rollback, operations.missingScn].map(
      (operation) => redoRow({ operation, dataObject: '0' }),
    );
    expect(await only(rows)).toEqual({ rows, stops: [] });
  });
});

describe('rows of other objects', () => {
  test('are left out', async () => {
    const captured = redoRow({ dataObject: '71' });
    const rows = [unresolved('99'), captured, redoRow({ dataObject: '98', table: 'OTHER' }), unresolved('97')];
    expect(await only(rows, [['APP', 'OTHER', '97']])).toEqual({ rows: [captured], stops: [] });
  });

  test('stop the table whose name they have, below the first of them', async () => {
    const captured = redoRow({ dataObject: '71', scn: scn('101') });
    const strange = redoRow({ dataObject: '99', scn: scn('105') });
    const { rows, stops } = await only([captured, strange]);
    expect(rows).toEqual([captured]);
    expect(stops).toMatchObject([{ table: 'APP.T', scn: '104', reason: 'undecodable' }]);
    expect(stops[0]?.text).toMatch(/object 99 under its name/);
  });

  test('stop nothing at or below the beginning of the range: an earlier one did', async () => {
    expect(await only([redoRow({ dataObject: '99', scn: scn('100') })])).toEqual({ rows: [], stops: [] });
  });
});

describe('former numbers', () => {
  const described = (objectId: string, ...numbers: readonly string[]): TableDescription => ({
    ...table,
    objectId,
    ...segments(...numbers),
  });

  test('are those of partitions that earlier descriptions had', () => {
    const former = new FormerNumbers();
    expect(objectIds(former.addTo(described('70', '71', '72')))).toEqual(['70', '71', '72']);
    expect(objectIds(former.addTo(described('70', '72', '73')))).toEqual(['70', '72', '73', '71']);
    expect(objectIds(former.addTo(described('70', '73')))).toEqual(['70', '73', '71', '72']);
  });

  test('are not those of another table of the same name', () => {
    const former = new FormerNumbers();
    former.addTo(described('70', '71'));
    expect(objectIds(former.addTo(described('80', '81')))).toEqual(['80', '81']);
  });
});
