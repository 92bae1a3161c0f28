/** The source against a database: the sandbox in two profiles, or a real one (test/support/oracle-world.ts). Mining has a file of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../activities/ports.ts';
import { compareScn } from '../../model/scn.ts';
import { tableName } from '../../model/table.ts';
import type { Row } from '../../model/table.ts';
import { OracleSource } from '../../oracle/source.ts';
import { collect, never } from '../support/oracle-tail.ts';
import { databases, deadPort, failureOf, oracleWorld, silentProxy } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

describe.each(databases)('the source on %s', (database) => {
  let world: OracleWorld;
  let source: Source;
  let owner: string;

  beforeAll(async () => {
    world = await oracleWorld(database);
    source = world.source;
    owner = world.connection.user.toUpperCase();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  test('answers a probe', async () => {
    await expect(source.probe()).resolves.toBeUndefined();
  });

  test('describes columns, key and numbers of a table', async () => {
    const { name, description: described } = await world.createTable();
    const { database: _settings, ...description } = described;
    expect(description).toEqual({
      table: `${owner}.${name}`,
      columns: [
        { name: 'ID', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: false, segmentColumn: 1 },
        { name: 'NAME', type: { base: 'VARCHAR2', length: 40 }, nullable: true, segmentColumn: 2 },
        { name: 'AMOUNT', type: { base: 'NUMBER' }, nullable: true, segmentColumn: 3 },
        { name: 'BORN', type: { base: 'DATE' }, nullable: true, segmentColumn: 4 },
        { name: 'CODE', type: { base: 'CHAR', length: 3 }, nullable: true, segmentColumn: 5 },
      ],
      segmentColumns: 5,
      key: { kind: 'primary', columns: ['ID'] },
      objectId: expect.stringMatching(/^\d+$/) as string,
      dataObjectId: description.dataObjectId,
    });
  });

  test('says which table does not exist', async () => {
    const failure = await failureOf(source.describe([tableName({ owner, name: 'NO_SUCH_TABLE' })]));
    expect(failure).toMatchObject({
      kind: 'source-table-changed',
      message: expect.stringContaining(`${owner}.NO_SUCH_TABLE`) as string,
    });
  });

  test('measures what the prechecks ask', async () => {
    const { name, description: described } = await world.createTable();
    const { database: _settings, ...description } = described;
    const [present, absent] = [tableName({ owner, name }), tableName({ owner, name: 'NO_SUCH_TABLE' })];
    expect(await source.measure([absent, present])).toEqual({
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      archiveLog: true,
      minimalSupplementalLogging: true,
      databaseAllColumnsLogging: false,
      rootServiceMissing: false,
      databaseRole: 'PRIMARY',
      openMode: 'READ WRITE',
      tables: [
        { table: absent, allColumnsLogging: false },
        { table: present, allColumnsLogging: true, description },
      ],
    });
  });

  test('refuses a wrong password, and does not show it', async () => {
    const other = new OracleSource({ ...world.connection, password: 'wrong-and-secret' });
    const failure = await failureOf(other.probe());
    expect(failure.kind).toBe('source-login-refused');
    expect(failure.message).not.toContain('wrong-and-secret');
  });

  test('is unreachable behind a dead port', async () => {
    const other = new OracleSource({ ...world.connection, port: await deadPort() });
    expect((await failureOf(other.currentScn())).kind).toBe('source-unreachable');
  });

  test('is unreachable under an unknown service', async () => {
    const other = new OracleSource({ ...world.connection, service: 'NO_SUCH_SERVICE' });
    expect((await failureOf(other.probe())).kind).toBe('source-unreachable');
  });

  test('is found at the second of two hosts', async () => {
    const { host } = world.connection;
    const other = new OracleSource({ ...world.connection, host: ['127.0.0.2', String(host)] });
    await expect(other.probe()).resolves.toBeUndefined();
  });

  test('tells how far redo is on disk, and its clock', async () => {
    const first = await source.minedUpTo();
    const second = await source.minedUpTo();
    expect(compareScn(first.scn, second.scn)).toBeLessThanOrEqual(0);
    expect(compareScn(second.scn, await source.currentScn())).toBeLessThanOrEqual(0);
    expect(second.clockSeconds).toBeGreaterThanOrEqual(first.clockSeconds);
    if (database !== 'real') expect(Math.abs(second.clockSeconds - Date.now() / 1000)).toBeLessThan(5);
  });

  describe('a copy', () => {
    const ROWS = 3000;

    test('reads every row exactly once as it was at the SCN, while a writer goes on', async () => {
      const { name, description } = await world.createTable();
      const writer = await world.openWriter();
      const ids = Array.from({ length: ROWS }, (_, i) => i + 1);
      const filler = 'x'.repeat(30);
      await writer.executeMany(
        `INSERT INTO ${name} (ID, NAME) VALUES (:1, :2)`,
        ids.map((id) => [id, `${filler}${id}`]),
      );
      await writer.commit();
      const asOf = await source.currentScn();
      const chunks = await source.planChunks(description, { chunkMegabytes: 1, chunksMin: 4, chunksMax: 100 });
      expect(chunks.length).toBeGreaterThan(1);
      const read: Row[] = [];
      for (const [i, chunk] of chunks.entries()) {
        await writer.execute(`UPDATE ${name} SET NAME = 'later' WHERE ID > :1`, [ROWS / 2]);
        await writer.execute(`DELETE FROM ${name} WHERE ID = :1`, [i + 1]);
        await world.insert(writer, name, ROWS + i + 1, 'new');
        await writer.commit();
        for await (const rows of source.readChunk(description, chunk, asOf, never)) read.push(...rows);
      }
      const expected = ids.map((id) => [String(id), `${filler}${id}`, null, null, null]);
      expect(read.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected);
    });

    test('reads exact values', async () => {
      const { name, description } = await world.createTable();
      const writer = await world.openWriter();
      const values = [
        [1, "O'Neil \\ Żółć 表", '12345678901234567890123456789.125', '2026-11-22 23:59:59', 'a'],
        [2, null, '-0.000001', '0099-01-01 00:00:00', 'abc'],
      ];
      await writer.executeMany(
        `INSERT INTO ${name} VALUES (:1, :2, TO_NUMBER(:3), TO_DATE(:4, 'YYYY-MM-DD HH24:MI:SS'), :5)`,
        values,
      );
      await writer.commit();
      const asOf = await source.currentScn();
      const chunks = await source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 100 });
      const batches = await Promise.all(
        chunks.map((chunk) => collect(source.readChunk(description, chunk, asOf, never))),
      );
      expect(batches.flat(2).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
        ['1', "O'Neil \\ Żółć 表", '12345678901234567890123456789.125', '2026-11-22 23:59:59', 'a  '],
        ['2', null, '-0.000001', '0099-01-01 00:00:00', 'abc'],
      ]);
    });

    test('has no chunks for a table that never had a row, or only empty ones', async () => {
      const { description } = await world.createTable();
      const asOf = await source.currentScn();
      const chunks = await source.planChunks(description, { chunkMegabytes: 1, chunksMin: 4, chunksMax: 100 });
      const batches = await Promise.all(
        chunks.map((chunk) => collect(source.readChunk(description, chunk, asOf, never))),
      );
      expect(batches.flat(2)).toEqual([]);
    });

    test('ends at once when it is cancelled while the network is silent', async () => {
      const { name, description } = await world.createTable();
      const writer = await world.openWriter();
      await writer.executeMany(
        `INSERT INTO ${name} (ID, NAME) VALUES (:1, :2)`,
        Array.from({ length: ROWS }, (_, i) => [i, 'row']),
      );
      await writer.commit();
      await using proxy = await silentProxy(world.connection);
      const other = new OracleSource({ ...world.connection, host: '127.0.0.1', port: proxy.port });
      const [chunk] = await source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 1 });
      if (!chunk) throw new Error('no chunk');
      const cancelled = new AbortController();
      const rows = other
        .readChunk(description, chunk, await source.currentScn(), cancelled.signal)
        [Symbol.asyncIterator]();
      expect((await rows.next()).value).toHaveLength(1000);
      proxy.silence();
      const next = rows.next();
      const started = Date.now();
      setTimeout(() => {
        cancelled.abort(new Error('paused by the operator'));
      }, 100);
      await expect(next).rejects.toThrow('paused by the operator');
      expect(Date.now() - started).toBeLessThan(8_000);
      await other.close();
    });
  });

  test('ends what runs when it is closed, and says that it is unreachable', async () => {
    const other = new OracleSource(world.connection);
    await other.currentScn();
    await other.close();
    expect((await failureOf(other.currentScn())).kind).toBe('source-unreachable');
  });
});
