/** Mining against a database: the sandbox in two profiles, or a real one (test/support/oracle-world.ts). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../activities/ports.ts';
import type { CommittedTransaction } from '../../model/change.ts';
import type { Scn } from '../../model/scn.ts';
import { randomWork, writePairs } from '../support/oracle-random-work.ts';
import { collect, never, shownAll, Tail, writtenSoFar } from '../support/oracle-tail.ts';
import { databases, failureOf, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

describe.each(databases)('mining on %s', (database) => {
  let world: OracleWorld;
  let source: Source;

  beforeAll(async () => {
    world = await oracleWorld(database);
    source = world.source;
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  test('emits exactly what was committed, in commit order, over several ranges', async () => {
    const { name, description } = await world.createTable();
    const [first, second, third] = [await world.openWriter(), await world.openWriter(), await world.openWriter()];
    await world.insert(first, name, 1, 'before the capture point');
    await writtenSoFar(source);
    const tail = await Tail.start(source, [description]);

    await world.insert(second, name, 2, 'short');
    await second.commit();
    await world.insert(third, name, 3, 'open across ranges');
    expect(shownAll(await tail.next())).toEqual(['+2,short']);

    await world.insert(second, name, 4, 'a');
    await second.execute('SAVEPOINT S');
    await world.insert(second, name, 5, 'b');
    await second.execute(`UPDATE ${name} SET NAME = 'lost' WHERE ID = 2`);
    await second.execute('ROLLBACK TO S');
    await second.execute(`DELETE FROM ${name} WHERE ID = 4`);
    await world.insert(second, name, 6, 'c');
    await second.commit();
    await world.insert(second, name, 7, 'rolled back');
    await second.rollback();
    await second.execute('ALTER SYSTEM SWITCH LOGFILE');
    await third.execute(`UPDATE ${name} SET NAME = 'after the switch' WHERE ID = 3`);
    expect(shownAll(await tail.next())).toEqual(['+4,a -4,a +6,c']);

    await third.commit();
    await first.commit();
    await second.execute(`UPDATE ${name} SET ID = 20, NAME = NULL WHERE ID = 2`);
    await second.commit();
    expect(shownAll(await tail.next())).toEqual([
      '+3,open across ranges 3,open across ranges>3,after the switch',
      '+1,before the capture point',
      '2,short>20,null',
    ]);
    expect(await tail.next()).toEqual([]);
    expect(tail.point.open).toEqual([]);
  });

  test('begins in the middle of traffic without losing the beginning of a transaction', async () => {
    const { name, description } = await world.createTable();
    const traffic = new AbortController();
    const writers = [
      await world.openWriter(),
      await world.openWriter(),
      await world.openWriter(),
      await world.openWriter(),
    ];
    const writing = writers.map((writer, i) =>
      writePairs(writer, name, { from: (i + 1) * 10_000, until: traffic.signal }),
    );
    let transactions = 0;
    try {
      for (let round = 0; round < 12; round++) {
        const tail = await Tail.start(source, [description]);
        const mined = await tail.next();
        transactions += mined.length;
        expect(mined.map(({ changes }) => [...changes].length)).toEqual(mined.map(() => 2));
      }
    } finally {
      traffic.abort();
      await Promise.all(writing);
    }
    expect(transactions).toBeGreaterThan(12);
  });

  test('gives the same range again, with the same open transactions', async () => {
    const { name, description } = await world.createTable();
    const [first, second] = [await world.openWriter(), await world.openWriter()];
    const tail = await Tail.start(source, [description]);
    await world.insert(first, name, 1, 'open');
    await world.insert(second, name, 2, 'done');
    await second.commit();
    const to = await writtenSoFar(source);
    const once = await tail.read(to);
    await first.commit();
    await writtenSoFar(source);
    expect(await tail.read(to)).toEqual(once);
    expect(once.open).toHaveLength(1);
    expect(once.transactions[0]).toMatchObject({ xid: expect.stringMatching(/^[0-9A-F]{16}$/) as string, thread: 1 });
  });

  test('stops at a commit with what was open there', async () => {
    const { name, description } = await world.createTable();
    const [first, second] = [await world.openWriter(), await world.openWriter()];
    const tail = await Tail.start(source, [description]);
    await world.insert(first, name, 1, 'open at the first commit');
    await world.insert(second, name, 2, 'first');
    await second.commit();
    await first.commit();
    const to = await writtenSoFar(source);
    const { incarnation, scn: from, open } = tail.point;
    await using range = await source.mine({ incarnation, from, to, open, tables: [description] }, never);
    const transactions = range.transactions[Symbol.asyncIterator]();
    const committed = (await transactions.next()).value as CommittedTransaction;
    await transactions.next();
    const at = range.openAt(committed.commitScn);
    expect(at).toHaveLength(1);
    tail.point = { incarnation, scn: committed.commitScn, open: at };
    expect(shownAll(await tail.next())).toEqual(['+1,open at the first commit']);
  });

  test('reads a transaction from its START that touched captured tables only in a later range', async () => {
    const other = await world.createTable();
    const { name, description } = await world.createTable();
    const writer = await world.openWriter();
    const tail = await Tail.start(source, [description]);
    await world.insert(writer, other.name, 1, 'not captured');
    expect(await tail.next()).toEqual([]);
    expect(tail.point.open.map(({ captured }) => captured)).toEqual([false]);
    await world.insert(writer, name, 1, 'captured');
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(['+1,captured']);
    expect(tail.point.open).toEqual([]);
  });

  test('keeps exact values, also of updates that change nothing', async () => {
    const { name, description } = await world.createTable();
    const writer = await world.openWriter();
    const tail = await Tail.start(source, [description]);
    await writer.execute(
      `INSERT INTO ${name} VALUES (:1, :2, TO_NUMBER(:3), TO_DATE(:4, 'YYYY-MM-DD HH24:MI:SS'), :5)`,
      [1, "O'Neil \\ Żółć 表", '12345678901234567890123456789.125', '2026-11-22 23:59:59', 'a'],
    );
    await writer.execute(`UPDATE ${name} SET NAME = NAME WHERE ID = 1`);
    await writer.commit();
    const row = ['1', "O'Neil \\ Żółć 表", '12345678901234567890123456789.125', '2026-11-22 23:59:59', 'a  '];
    const table = description.table;
    expect((await tail.next()).map(({ changes }) => [...changes])).toEqual([
      [
        { kind: 'insert', table, after: row },
        { kind: 'update', table, before: row, after: row },
      ],
    ]);
  });

  test('stamps commits with the source’s clock', async () => {
    const { name, description } = await world.createTable();
    const writer = await world.openWriter();
    const tail = await Tail.start(source, [description]);
    const before = (await source.minedUpTo()).clockSeconds;
    await world.insert(writer, name, 1, 'now');
    await writer.commit();
    const [transaction] = await tail.next();
    const after = (await source.minedUpTo()).clockSeconds;
    expect(transaction?.commitSeconds).toBeGreaterThanOrEqual(before - 1);
    expect(transaction?.commitSeconds).toBeLessThanOrEqual(after);
  });

  test('untangles random transactions of several writers, with ranges cut anywhere', async () => {
    const { name, description } = await world.createTable();
    const writers = [await world.openWriter(), await world.openWriter(), await world.openWriter()];
    const tail = await Tail.start(source, [description]);
    const { expected, mined } = await randomWork({ table: name, writers, tail, steps: 240, seed: 20261122 });
    expect(shownAll(mined)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
  });

  test('refuses a position of another incarnation', async () => {
    const { description } = await world.createTable();
    const point = await source.capturePoint();
    const to = await writtenSoFar(source);
    const incarnation = { ...point.incarnation, dbid: `${point.incarnation.dbid}1` };
    const mining = source.mine({ incarnation, from: point.scn, to, open: [], tables: [description] }, never);
    expect((await failureOf(mining)).kind).toBe('source-incarnation-changed');
  });

  test('says which log is missing, instead of leaving its changes out', async () => {
    const { description } = await world.createTable();
    const { incarnation } = await source.capturePoint();
    const to = await writtenSoFar(source);
    await using range = await source.mine(
      { incarnation, from: '1' as Scn, to, open: [], tables: [description] },
      never,
    );
    const failure = await failureOf(collect(range.transactions));
    expect(failure).toMatchObject({
      kind: 'source-redo-missing',
      message: expect.stringMatching(/thread 1: sequence \d+/) as string,
    });
  });

  test('ends at once when it is cancelled', async () => {
    const { description } = await world.createTable();
    const { incarnation, scn: from, open } = await source.capturePoint();
    const to = await writtenSoFar(source);
    const cancelled = new AbortController();
    await using range = await source.mine({ incarnation, from, to, open, tables: [description] }, cancelled.signal);
    cancelled.abort(new Error('paused by the operator'));
    await expect(collect(range.transactions)).rejects.toThrow('paused by the operator');
  });
});
