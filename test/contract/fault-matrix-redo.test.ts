/** What can happen to redo and to the database that writes it: where ranges end, what is told, and that nothing is skipped (docs/fault-matrix.md, 16–35). */
import type oracledb from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { again, FaultDatabase } from '../support/fault-database.ts';
import { never, writtenSoFar } from '../support/oracle-tail.ts';
import { failureOf } from '../support/oracle-world.ts';

let database: FaultDatabase;
let writer: oracledb.Connection;

beforeEach(async () => {
  database = await FaultDatabase.open();
  writer = await database.connect();
});

afterEach(() => database[Symbol.asyncDispose]());

const switchLog = (): Promise<unknown> => database.control('switch-log');

describe('a log that is needed', () => {
  test('and is gone is named with thread and sequence; restored, the same range is read whole', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    for (let i = 0; i < 5; i++) await switchLog();
    await database.control('purge-log', { sequence: 1 });
    await database.commit(writer, "INSERT INTO T VALUES (2, 'n')");
    expect(await failureOf(database.mine(point, [table]))).toMatchObject({
      kind: 'source-redo-missing',
      message: expect.stringMatching(
        /Redo for SCN \d+ to \d+ is not complete at .*thread 1: sequence 1 .*Restore/,
      ) as string,
    });
    const { missing } = await database.source.redoRunway(point.incarnation, point.scn);
    expect(missing).toBe(true);
    await database.control('restore-log', { sequence: 1 });
    expect((await database.source.redoRunway(point.incarnation, point.scn)).missing).toBe(false);
    expect((await database.mine(point, [table])).shown).toEqual(['+1,n', '+2,n']);
  });

  test('and is written over in the middle of its rows is read from its archived copy, every change once', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    for (let at = 0; at < 6; at++)
      await database.commit(
        writer,
        `INSERT INTO T SELECT ${at * 1000} + LEVEL, 'n' FROM DUAL CONNECT BY LEVEL <= 1000`,
      );
    const { incarnation, scn: from, open } = point;
    const to = await writtenSoFar(database.source);
    await using range = await database.source.mine({ incarnation, from, to, open, tables: [table] }, never);
    const ids: unknown[] = [];
    for await (const { changes } of range.transactions) {
      if (ids.length === 0) for (let i = 0; i < 4; i++) await switchLog();
      for (const change of changes) if (change.kind === 'insert') ids.push(change.after[0]);
    }
    expect(ids).toEqual(Array.from({ length: 6000 }, (_, i) => String(i + 1)));
  });

  test('and is not archived yet is read from its online file', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.control('archive-delay', { milliseconds: null });
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await switchLog();
    await database.commit(writer, "INSERT INTO T VALUES (2, 'n')");
    expect((await database.mine(point, [table])).shown).toEqual(['+1,n', '+2,n']);
  });

  test('and cannot be opened for a moment (ORA-01284) is tried again within the range', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await database.control('fault', { do: 'error', error: 1284, call: 'execute', matching: 'add_logfile' });
    expect((await database.mine(point, [table])).shown).toEqual(['+1,n']);
    expect(await database.fired()).toBe(1);
  });

  test.each([353, 1343])(
    'and is corrupt (ORA-%d) ends the attempt with error and SCNs; nothing is skipped',
    async (error) => {
      const table = await database.create('T');
      const point = await database.source.capturePoint();
      await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
      const message = `ORA-00334: archived log: '/arch/1_1.arc'`;
      await database.control('fault', {
        do: 'error',
        error,
        message,
        call: 'fetch',
        matching: 'LOGMNR_CONTENTS',
        times: 0,
      });
      await database.control('fault', { do: 'error', error, message, matching: 'LOGMNR_CONTENTS', times: 0 });
      expect(await failureOf(database.mine(point, [table]))).toMatchObject({
        kind: 'source-redo-missing',
        message: expect.stringMatching(/\/arch\/1_1\.arc.*\(mining from SCN \d+ to \d+\)/s) as string,
      });
      await database.control('clear-faults');
      expect((await database.mine(point, [table])).shown).toEqual(['+1,n']);
    },
  );

  test('and has a gap that LogMiner tells of (MISSING_SCN) is named with its SCN', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.control('missing-scn');
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    expect(await failureOf(database.mine(point, [table]))).toMatchObject({
      kind: 'source-redo-missing',
      message: expect.stringMatching(/gap in the redo at SCN \d+ \(MISSING_SCN\)/) as string,
    });
  });
});

describe('LogMiner', () => {
  test.each([1333, 1371])('that cannot use its dictionary (ORA-%d) is asked again for a while', async (error) => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.control('fault', { do: 'error', error, call: 'execute', matching: 'start_logmnr' });
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    expect(await failureOf(database.mine(point, [table]))).toMatchObject({
      kind: 'source-rejected',
      message: expect.stringContaining(`ORA-0${error}`) as string,
    });
    expect((await database.mine(point, [table])).shown).toEqual(['+1,n']);
  });

  test('that cannot give a change stops its table below the commit, with table, SCN and reason', async () => {
    const [table, other] = [await database.create('T'), await database.create('OTHER')];
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await database.control('redo-oddity', { as: 'unsupported', owner: 'HR', table: 'T' });
    await database.commit(writer, "UPDATE T SET NAME = 'secret'", "INSERT INTO OTHER VALUES (1, 'n')");
    const { shown, stops, next } = await database.mine(point, [table, other]);
    expect(shown).toEqual(['+1,n']);
    expect(stops).toMatchObject([{ table: 'HR.T', scn: next.scn, reason: 'undecodable' }]);
    expect(stops[0]?.text).toMatch(/HR\.T at SCN \d+ .*UNSUPPORTED/);
    expect(stops[0]?.text).not.toContain('secret');
    expect((await database.mine(next, [other])).shown).toEqual(['+1,n']);
  });
});

/** A second thread, and both are past its beginning. */
async function secondThread(): Promise<readonly [oracledb.Connection, oracledb.Connection]> {
  await database.control('threads', { count: 2 });
  const both = [await database.connect('ORCL1'), await database.connect('ORCL2')] as const;
  for (const each of both) await database.commit(each, 'CREATE TABLE BOTH (ID NUMBER)', 'DROP TABLE BOTH PURGE');
  const { scn } = await database.source.minedUpTo();
  while ((await database.source.minedUpTo()).scn === scn) await new Promise((resolve) => setTimeout(resolve, 100));
  return both;
}

describe('a cluster', () => {
  test('whose second thread writes nothing does not wait for it', async () => {
    const [one] = await secondThread();
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(one, "INSERT INTO T VALUES (1, 'n')");
    const begun = Date.now();
    expect((await database.mine(point, [table])).shown).toEqual(['+1,n']);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('whose second thread is behind is read as far as that has come', async () => {
    const [one, two] = await secondThread();
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.control('hold-flush', { thread: 2, holding: true });
    await database.commit(two, "INSERT INTO T VALUES (1, 'n')");
    await database.commit(one, "INSERT INTO T VALUES (2, 'n')");
    const { scn: bound } = await database.source.minedUpTo();
    const { shown, next } = await database.mine(point, [table], { to: bound });
    expect(shown).toEqual([]);
    await database.control('hold-flush', { thread: 2, holding: false });
    expect((await database.mine(next, [table])).shown).toEqual(['+1,n', '+2,n']);
  });

  test('that loses a node has every commit of it; what was open there is gone', async () => {
    const [one, two] = await secondThread();
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(two, "INSERT INTO T VALUES (1, 'n')");
    await two.execute("INSERT INTO T VALUES (2, 'open')");
    await database.commit(one, "INSERT INTO T VALUES (3, 'n')");
    await database.control('thread', { thread: 2, do: 'crash' });
    await database.commit(one, "INSERT INTO T VALUES (4, 'n')");
    const { shown, next } = await again(() => database.mine(point, [table]));
    expect(shown).toEqual(['+1,n', '+3,n', '+4,n']);
    await database.control('thread', { thread: 2, do: 'open' });
    await database.commit(await database.connect('ORCL2'), "INSERT INTO T VALUES (5, 'n')");
    expect((await database.mine(next, [table])).shown).toEqual(['+5,n']);
  });

  test('whose lost node left a log that is not there says which thread lacks it', async () => {
    const [, two] = await secondThread();
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(two, "INSERT INTO T VALUES (1, 'n')");
    for (let i = 0; i < 4; i++) await database.control('switch-log', { thread: 2 });
    await database.control('thread', { thread: 2, do: 'crash' });
    await database.control('purge-log', { thread: 2, upTo: 1 });
    expect(await failureOf(again(() => database.mine(point, [table])))).toMatchObject({
      kind: 'source-redo-missing',
      message: expect.stringMatching(/thread 2: sequence 1 /) as string,
    });
  });
});

describe('a database', () => {
  test('that becomes a standby is waited for, and followed from the same position once it is the primary again', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    const to = await writtenSoFar(database.source);
    await database.control('switchover', { role: 'PHYSICAL STANDBY' });
    const standby = {
      kind: 'source-not-primary',
      message: expect.stringMatching(/is a PHYSICAL STANDBY \(READ ONLY\) now, not the primary/) as string,
    };
    expect(await failureOf(again(() => database.source.minedUpTo()))).toMatchObject(standby);
    expect(await failureOf(again(() => database.mine(point, [table], { to })))).toMatchObject(standby);
    expect(await failureOf(again(() => database.source.capturePoint()))).toMatchObject(standby);
    await database.control('switchover', { role: 'PRIMARY' });
    await database.commit(await database.connect(), "INSERT INTO T VALUES (2, 'n')");
    expect((await again(() => database.mine(point, [table]))).shown).toEqual(['+1,n', '+2,n']);
  });

  test('that is opened with RESETLOGS is another one: the old and the new incarnation are named', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.control('resetlogs');
    const { incarnation, scn: to } = await again(() => database.source.minedUpTo());
    expect(await failureOf(again(() => database.mine(point, [table], { to })))).toMatchObject({
      kind: 'source-incarnation-changed',
      message:
        `The position belongs to DBID ${point.incarnation.dbid}, RESETLOGS SCN ${point.incarnation.resetlogsScn}; ` +
        `the database has DBID ${point.incarnation.dbid}, RESETLOGS SCN ${incarnation.resetlogsScn}.`,
    });
    expect(incarnation.resetlogsScn).not.toBe(point.incarnation.resetlogsScn);
  });

  test('whose SCNs jump far ahead is followed across the jump', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await database.control('scn', { to: '1099511627776' });
    await database.commit(writer, "INSERT INTO T VALUES (2, 'n')");
    const { shown, next } = await database.mine(point, [table]);
    expect(shown).toEqual(['+1,n', '+2,n']);
    expect(BigInt(next.scn)).toBeGreaterThan(2n ** 40n);
    await database.commit(writer, "INSERT INTO T VALUES (3, 'n')");
    expect((await database.mine(next, [table])).shown).toEqual(['+3,n']);
  });

  test('whose clock goes back an hour is followed in the order of SCNs', async () => {
    const table = await database.create('T');
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
    await database.control('clock', { offsetMilliseconds: -3_600_000 });
    await database.commit(writer, "INSERT INTO T VALUES (2, 'n')");
    const { shown, seconds } = await database.mine(point, [table]);
    expect(shown).toEqual(['+1,n', '+2,n']);
    const [first = 0, second = 0] = seconds;
    expect(second - first).toBeLessThanOrEqual(-3_595);
  });
});

test('DDL while a table is copied (ORA-01466) lets its copy begin again', async () => {
  const table = await database.create('T');
  await database.commit(writer, "INSERT INTO T VALUES (1, 'n')");
  const limits = { chunkMegabytes: 1, chunksMin: 1, chunksMax: 1 };
  const [chunk] = await database.source.planChunks(table, limits);
  if (!chunk) throw new Error('the table has no chunk');
  const snapshot = await database.source.currentScn();
  await writer.execute('TRUNCATE TABLE T');
  const rows = database.source.readChunk(table, chunk, snapshot, never)[Symbol.asyncIterator]();
  expect(await failureOf(rows.next())).toMatchObject({
    kind: 'source-table-redefined',
    message: expect.stringMatching(/"T" at Oracle .*ORA-01466/) as string,
  });
});
