/** How long redo will be there, asked of the sandbox in two profiles: purging needs its control port. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunwayMeasure } from '../../model/redo-runway.ts';
import type { Scn } from '../../model/scn.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { failureOf } from '../support/oracle-world.ts';

describe.each(['19c', '23ai'] as const)('the redo runway on %s', (profile) => {
  let sandbox: Sandbox;
  let source: OracleSource;
  let start: Awaited<ReturnType<OracleSource['minedUpTo']>>;

  beforeAll(async () => {
    sandbox = await startSandbox({ profile });
    const { connectString, user, password } = sandbox.oracle;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
    source = new OracleSource({ host, port: Number(port), service, user, password });
    await using writer = await oracledb.getConnection(sandbox.oracle);
    await writer.execute('CREATE TABLE T (ID NUMBER)');
    await writer.execute('INSERT INTO T VALUES (1)');
    await writer.commit();
    await control('switch-log', {});
    start = await source.minedUpTo();
  });

  afterAll(async () => {
    await source.close();
    await sandbox[Symbol.asyncDispose]();
  });

  async function control(action: string, body: object): Promise<void> {
    const answer = await fetch(`${sandbox.control}/oracle/${action}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  const measure = (needed: Scn): Promise<RunwayMeasure> => source.redoRunway(start.incarnation, needed);

  /** Switched away, later: no online log holds the present any more. */
  async function anHourLater(hours: number): Promise<void> {
    for (let count = 0; count < 4; count++) await control('switch-log', {});
    await control('clock', { offsetMilliseconds: hours * 3_600_000 });
    for (let count = 0; count < 4; count++) await control('switch-log', {});
  }

  async function sequences(): Promise<readonly number[]> {
    await using reader = await oracledb.getConnection(sandbox.oracle);
    const { rows } = await reader.execute<[number]>('SELECT SEQUENCE# FROM V$ARCHIVED_LOG ORDER BY SEQUENCE#');
    return (rows ?? []).map(([sequence]) => sequence);
  }

  test('is not limited while no log was purged', async () => {
    const { missing, threads } = await measure(start.scn);
    expect(missing).toBe(false);
    expect(threads).toMatchObject([{ thread: 1, purged: false }]);
  });

  test('counts from the oldest log that is left, and the log that holds what is needed', async () => {
    await anHourLater(1);
    const between = (await source.minedUpTo()).scn;
    await anHourLater(3);
    const [first = 0] = await sequences();
    await control('purge-log', { sequence: first });
    const { clockSeconds, missing, threads } = await measure(between);
    const [thread] = threads;
    expect({ missing, threads: threads.length, purged: thread?.purged }).toEqual({
      missing: false,
      threads: 1,
      purged: true,
    });
    const hours = (since: number | undefined): number => (clockSeconds - (since ?? NaN)) / 3600;
    expect(hours(thread?.keptSince)).toBeCloseTo(3, 0);
    expect(hours(thread?.neededSince)).toBeCloseTo(2, 0);
  });

  test('is over when a log that is needed is gone, and not before', async () => {
    const now = (await source.minedUpTo()).scn;
    await anHourLater(4);
    const before = await measure(now);
    expect(before.missing).toBe(false);
    const all = await sequences();
    await control('purge-log', { upTo: all.at(-1) ?? 0 });
    expect((await measure(now)).missing).toBe(true);
    expect((await measure((await source.minedUpTo()).scn)).missing).toBe(false);
  });

  test('is not that of another incarnation', async () => {
    const other = { ...start.incarnation, dbid: '1' };
    expect(await failureOf(source.redoRunway(other, start.scn))).toMatchObject({ kind: 'source-incarnation-changed' });
  });
});
