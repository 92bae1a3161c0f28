/** What happens to single tables, and to what their redo holds: they stop, and the others go on (docs/fault-matrix.md, 32–35; rows without redo). */
import type oracledb from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StopReason } from '../../model/change.ts';
import type { CapturePoint } from '../../model/position.ts';
import type { TableDescription } from '../../model/table.ts';
import { FaultDatabase } from '../support/fault-database.ts';

let database: FaultDatabase;
let writer: oracledb.Connection;

beforeEach(async () => {
  database = await FaultDatabase.open();
  writer = await database.connect();
});

afterEach(() => database[Symbol.asyncDispose]());

/** T and OTHER, followed from here on. */
async function followed(): Promise<{ readonly tables: readonly TableDescription[]; readonly point: CapturePoint }> {
  const tables = [await database.create('T'), await database.create('OTHER')];
  return { tables, point: await database.source.capturePoint() };
}

describe('a table', () => {
  test.each<[string, StopReason, RegExp]>([
    ['DROP TABLE T PURGE', 'gone', /DROP TABLE/],
    ['ALTER TABLE T RENAME TO S', 'gone', /RENAME TO/],
    ['ALTER TABLE T ADD (MORE NUMBER)', 'columns-added', /ADD COLUMN "MORE"/],
    ['ALTER TABLE T DROP COLUMN NAME', 'columns-changed', /DROP COLUMN "NAME"/],
    ['ALTER TABLE T MODIFY (ID NUMBER(12))', 'columns-changed', /MODIFY "ID"/],
    ['TRUNCATE TABLE T', 'rows-replaced', /TRUNCATE TABLE/],
    ['ALTER TABLE T DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS', 'logging-dropped', /DROP SUPPLEMENTAL LOG DATA/],
  ])('with %s stops there with a text and an SCN; the other goes on', async (ddl, reason, words) => {
    const { tables, point } = await followed();
    await database.commit(writer, "INSERT INTO OTHER VALUES (1, 'n')");
    await database.commit(writer, ddl);
    await database.commit(writer, "INSERT INTO OTHER VALUES (2, 'n')");
    const { shown, stops, next } = await database.mine(point, tables);
    expect(shown).toEqual(['+1,n']);
    expect(stops).toMatchObject([{ table: 'HR.T', reason, scn: next.scn }]);
    expect(stops[0]?.text).toMatch(words);
    expect((await database.mine(next, tables.slice(1))).shown).toEqual(['+2,n']);
  });
});

describe('supplemental logging', () => {
  test('of all columns that was only that of the database, and is dropped, stops a table at its first incomplete change', async () => {
    await writer.execute('ALTER DATABASE ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    const tables = [await database.create('T', { logged: false }), await database.create('OTHER')];
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    const point = await database.source.capturePoint();
    await database.commit(writer, "UPDATE T SET NAME = 'whole'");
    await writer.execute('ALTER DATABASE DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    await database.commit(writer, "UPDATE T SET NAME = 'secret'");
    await database.commit(writer, "INSERT INTO OTHER VALUES (1, 'n')");
    const { shown, stops, next } = await database.mine(point, tables);
    expect(shown).toEqual(['1,n>1,whole']);
    expect(stops).toMatchObject([{ table: 'HR.T', reason: 'logging-dropped', scn: next.scn }]);
    expect(stops[0]?.text).toMatch(/column ID is missing.*ALL COLUMNS is off for it now/);
    expect(stops[0]?.text).not.toContain('secret');
    expect((await database.mine(next, tables.slice(1))).shown).toEqual(['+1,n']);
  });

  test('that is not even minimal stops every table where it is, with the SQL that switches it on', async () => {
    await writer.execute('ALTER DATABASE ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    const tables = [await database.create('T', { logged: false }), await database.create('OTHER', { logged: false })];
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await writer.execute('ALTER DATABASE DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    await writer.execute('ALTER DATABASE DROP SUPPLEMENTAL LOG DATA');
    const { shown, stops, next } = await database.mine(point, tables);
    expect(shown).toEqual([]);
    expect(next.scn).toBe(point.scn);
    expect(stops.map(({ table, reason, scn }) => [table, reason, scn])).toEqual([
      ['HR.T', 'logging-dropped', point.scn],
      ['HR.OTHER', 'logging-dropped', point.scn],
    ]);
    expect(stops[0]?.text).toMatch(
      /ALTER DATABASE ADD SUPPLEMENTAL LOG DATA; ALTER TABLE HR\.T ADD SUPPLEMENTAL LOG DATA \(ALL\) COLUMNS$/,
    );
    await writer.execute('ALTER DATABASE ADD SUPPLEMENTAL LOG DATA');
    expect((await database.mine(point, tables)).shown).toEqual(['+1,n']);
  });
});

describe('rows that are written without redo (NOLOGGING)', () => {
  const LOAD = "INSERT /*+ APPEND */ INTO T SELECT 100 + LEVEL, 'loaded' FROM DUAL CONNECT BY LEVEL <= 5";

  async function load({ logging = false, force = false } = {}) {
    const { tables, point } = await followed();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')", "INSERT INTO OTHER VALUES (1, 'n')");
    await database.control('force-logging', { on: force });
    await database.control('table-logging', { table: 'HR.T', on: logging });
    await database.commit(writer, LOAD);
    await database.commit(writer, "INSERT INTO OTHER VALUES (2, 'n')");
    return { tables, mined: await database.mine(point, tables) };
  }

  test('stop their table, with file and SCN; the other goes on, and the load stops nothing again', async () => {
    const { tables, mined } = await load();
    expect(mined.shown).toEqual(['+1,n +1,n']);
    expect(mined.stops).toMatchObject([{ table: 'HR.T', reason: 'not-logged', scn: mined.next.scn }]);
    expect(mined.stops[0]?.text).toMatch(
      /^rows were written without redo at SCN \d+ into data file \d+, which holds HR\.T/,
    );
    expect((await database.mine(mined.next, tables.slice(1))).shown).toEqual(['+2,n']);
    const later = await database.mine(mined.next, tables);
    expect(later.stops).toEqual([]);
  });

  test.each([
    ['the table logs', { logging: true }],
    ['the database forces logging', { force: true }],
  ])('cannot be where %s: they are in the redo', async (_what, settings) => {
    const { mined } = await load(settings);
    expect(mined.stops).toEqual([]);
    expect(mined.shown.map((one) => one.split(' ').length)).toEqual([2, 5, 1]);
  });

  test('of a table that is not captured, in a file that holds a captured one, stop only a table that could be theirs', async () => {
    const { tables, point } = await followed();
    await database.commit(writer, 'CREATE TABLE STAGING (ID NUMBER(9), NAME VARCHAR2(20))');
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')", "INSERT INTO OTHER VALUES (1, 'n')");
    await database.control('force-logging', { on: false });
    for (const table of ['HR.STAGING', 'HR.OTHER']) await database.control('table-logging', { table, on: false });
    await database.commit(writer, LOAD.replace('INTO T', 'INTO STAGING'));
    const { stops } = await database.mine(point, tables);
    expect(stops.map(({ table, reason }) => [table, reason])).toEqual([['HR.OTHER', 'not-logged']]);
  });
});
