/** Index-organized tables: described, copied in buckets of their keys, compared, and mined with partial rollbacks. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { halves, isBucket } from '../../model/chunk.ts';
import type { Chunk } from '../../model/chunk.ts';
import type { Scn } from '../../model/scn.ts';
import { dataObjectIds, objectIds, tableName } from '../../model/table.ts';
import type { Row, TableDescription, TableName } from '../../model/table.ts';
import type { OracleSource } from '../../oracle/source.ts';
import { added, bucketOf, expectedDigests, sorted, textFor } from '../support/expected-digests.ts';
import { collect, never, shownAll, Tail } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

const COLUMNS = 'A NUMBER(9), "b B" VARCHAR2(10), D DATE, V VARCHAR2(40), L VARCHAR2(400)';
const KEY = 'PRIMARY KEY ("b B", D, A)';
const ROWS = 1500;
/** As many as an index is read in, at most. */
const SMALL = { chunkMegabytes: 0.04, chunksMin: 1, chunksMax: 500 };

describe.each(databases)('index-organized tables of %s', (database) => {
  let world: OracleWorld;
  let source: OracleSource;
  let writer: oracledb.Connection;
  let owner: string;
  const created: string[] = [];

  beforeAll(async () => {
    world = await oracleWorld(database);
    source = world.source;
    writer = await world.openWriter();
    owner = world.connection.user.toUpperCase();
  });

  afterAll(async () => {
    await writer.rollback();
    for (const name of created) await writer.execute(`DROP TABLE ${name} PURGE`);
    await world[Symbol.asyncDispose]();
  });

  const nameOf = (name: string): TableName => tableName({ owner, name });

  async function described(name: string): Promise<TableDescription> {
    const [description] = await source.describe([nameOf(name)]);
    if (!description) throw new Error(`${name} is not described`);
    return description;
  }

  async function create(name: string, columns = `${COLUMNS}, ${KEY}`, more = 'INCLUDING V OVERFLOW'): Promise<void> {
    await writer.execute(`CREATE TABLE ${name} (${columns}) ORGANIZATION INDEX ${more}`);
    created.push(name);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
  }

  async function fill(name: string, rows = ROWS): Promise<void> {
    await writer.executeMany(
      `INSERT INTO ${name} VALUES (:1, :2, DATE '2026-01-01' + :3, :4, :5)`,
      Array.from({ length: rows }, (_, i) => [
        i,
        `b${i % 5}`,
        i % 3,
        i % 4 ? `it's ${i}` : null,
        'long '.repeat(i % 60),
      ]),
      {
        bindDefs: [
          { type: oracledb.NUMBER },
          { type: oracledb.STRING, maxSize: 10 },
          { type: oracledb.NUMBER },
          { type: oracledb.STRING, maxSize: 40 },
          { type: oracledb.STRING, maxSize: 400 },
        ],
      },
    );
    await writer.commit();
  }

  const read = async (description: TableDescription, chunk: Chunk, asOf: Scn): Promise<readonly Row[]> =>
    (await collect(source.readChunk(description, chunk, asOf, never))).flat();

  describe('with a composite key and overflow', () => {
    const NAME = 'RF_IOT';
    let description: TableDescription;
    let chunks: readonly Chunk[];
    let asOf: Scn;
    let parts: readonly (readonly Row[])[];

    beforeAll(async () => {
      await create(NAME);
      await fill(NAME);
      description = await described(NAME);
      asOf = await source.currentScn();
      chunks = await source.planChunks(description, SMALL);
      parts = await Promise.all(chunks.map((chunk) => read(description, chunk, asOf)));
    });

    test('are described by their key, and by the index and the overflow table that their rows are in', () => {
      expect(description.unsupported).toBeUndefined();
      expect(description).toMatchObject({
        indexOrganized: true,
        key: { kind: 'primary', columns: ['b B', 'D', 'A'] },
        dataObjectId: null,
      });
      expect(description.segments).toHaveLength(2);
      expect(new Set(objectIds(description)).size).toBe(3);
      expect(dataObjectIds(description)).toHaveLength(2);
    });

    test('are copied in buckets that have every row once', () => {
      expect(chunks.length).toBeGreaterThan(2);
      expect(chunks.every(isBucket)).toBe(true);
      expect(parts.filter((rows) => rows.length > 0).length).toBeGreaterThan(2);
      const ids = parts.flat().map(([id]) => Number(id));
      expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
    });

    test('have each row in the same bucket, whenever it is read, and in one half of it', async () => {
      const [chunk] = chunks;
      const [first = []] = parts;
      if (!chunk) throw new Error('no chunk');
      expect(sorted(await read(description, chunk, asOf))).toEqual(sorted(first));
      const pieces = halves(chunk, [8, 9]) ?? [];
      const halved = await Promise.all(pieces.map((piece) => read(description, piece, asOf)));
      expect(halved.map((rows) => rows.length > 0)).toEqual([true, true]);
      expect(sorted(halved.flat())).toEqual(sorted(first));
    });

    test('have the digests of their rows', async () => {
      const text = textFor(description.columns, description.key.columns);
      if (!text) throw new Error('the databases make no text of such rows');
      const asked = { text, count: 12 };
      const digests = await Promise.all(
        chunks.map((chunk) => source.digestChunk(description, { chunk, asOf }, asked, never)),
      );
      expect(added(digests.flat())).toEqual(expectedDigests(parts.flat(), text, 12));
      const wanted = [2, 7];
      const rows = await Promise.all(
        chunks.map(async (chunk) =>
          (await collect(source.readBuckets(description, { chunk, asOf }, { ...asked, wanted }, never))).flat(),
        ),
      );
      expect(sorted(rows.flat())).toEqual(
        sorted(parts.flat().filter((row) => wanted.includes(bucketOf(row, text, 12)))),
      );
    });

    test('pass the prechecks, and what belongs to them is no table of a pattern', async () => {
      const { tables } = await source.measure([nameOf(NAME)]);
      expect(tables).toMatchObject([{ description: { indexOrganized: true }, allColumnsLogging: true }]);
      const listed = await source.listTables([owner]);
      expect(listed).toContain(`${owner}.${NAME}`);
      expect(listed.filter((name) => name.includes('SYS_IOT'))).toEqual([]);
      const { rows = [] } = await writer.execute<[string]>(
        `SELECT TABLE_NAME FROM DBA_TABLES WHERE OWNER = :1 AND IOT_NAME = '${NAME}' AND IOT_TYPE = 'IOT_OVERFLOW'`,
        [owner],
      );
      expect((await described(rows[0]?.[0] ?? '')).unsupported).toMatch(/part of an index-organized table/);
    });
  });

  test('without overflow and with a named key are one bucket while they are small', async () => {
    const name = 'RF_IOT_SMALL';
    await create(name, 'ID NUMBER(9) CONSTRAINT RF_IOT_SMALL_PK PRIMARY KEY, V VARCHAR2(10)', '');
    await writer.execute(`INSERT INTO ${name} VALUES (1, 'a')`);
    await writer.commit();
    const description = await described(name);
    expect(description.segments).toHaveLength(1);
    const chunks = await source.planChunks(description, { chunkMegabytes: 1, chunksMin: 4, chunksMax: 500 });
    expect(chunks).toEqual([{ number: 1, bucket: 0, of: 1 }]);
    expect(await Promise.all(chunks.map(async (chunk) => read(description, chunk, await source.currentScn())))).toEqual(
      [[['1', 'a']]],
    );
  });

  test.each([
    ['TRUNCATE TABLE RF_IOT_NUMBERS', 0],
    ['ALTER TABLE RF_IOT_NUMBERS MOVE', 1],
  ])('%s gives them other data object numbers, and leaves %i of them', async (ddl, kept) => {
    if (!created.includes('RF_IOT_NUMBERS')) await create('RF_IOT_NUMBERS');
    await fill('RF_IOT_NUMBERS', 10);
    const before = await described('RF_IOT_NUMBERS');
    await writer.execute(ddl);
    const after = await described('RF_IOT_NUMBERS');
    expect(objectIds(after)).toEqual(objectIds(before));
    const present = new Set(dataObjectIds(after));
    expect(dataObjectIds(before).filter((number) => present.has(number))).toHaveLength(kept);
  });

  test('are followed through savepoints, failed statements and array DML', async () => {
    const name = 'RF_IOT_TAIL';
    await create(name, 'A NUMBER(9), B VARCHAR2(10), V VARCHAR2(40), L VARCHAR2(400), PRIMARY KEY (A, B)');
    const tail = await Tail.start(source, [await described(name)]);
    const values = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => [from + i, 'b']);
    const insert = `INSERT INTO ${name} VALUES (:1, :2, 'v', 'overflow')`;
    await writer.executeMany(insert, values(1, 3));
    await writer.execute('SAVEPOINT ONE');
    await writer.execute(`UPDATE ${name} SET V = 'w', L = NULL`);
    await writer.execute('SAVEPOINT TWO');
    await writer.execute(`DELETE FROM ${name} WHERE A > 1`);
    await writer.executeMany(insert, values(7, 9));
    await writer.execute('ROLLBACK TO TWO');
    await writer.execute(`UPDATE ${name} SET B = 'c' WHERE A = 1`);
    await writer.execute('ROLLBACK TO ONE');
    // Two rows would have one key: those that the statement has written by then, it takes back itself.
    await writer.execute(insert, [10, 'b']);
    await expect(writer.execute(`UPDATE ${name} SET A = CASE WHEN A = 3 THEN 30 ELSE A + 20 END`)).rejects.toThrow(
      'ORA-00001',
    );
    await writer.executeMany(insert, [...values(4, 5), [1, 'b'], ...values(6, 6)], { batchErrors: true });
    await writer.execute(`DELETE FROM ${name} WHERE A IN (2, 5)`);
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(['+1,b +2,b +3,b +10,b +4,b +5,b +6,b -2,b -5,b']);
    expect(tail.stops).toEqual([]);
    await writer.execute(`DELETE FROM ${name} WHERE A = 3`);
    await writer.rollback();
    await writer.execute(`UPDATE ${name} SET V = 'z', L = 'other' WHERE A = 3`);
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(['3,b>3,b']);
  });
});
