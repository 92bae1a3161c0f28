/** A range that is left in the middle of a large transaction, and gone on with there: by who kept the rest, and by who reads everything again. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../model/change.ts';
import type { CapturePoint, Inside } from '../../model/position.ts';
import { addToScn, scn } from '../../model/scn.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { never, writtenSoFar } from '../support/oracle-tail.ts';
import { failureOf } from '../support/oracle-world.ts';

const ROWS = 40;

describe('a large transaction', () => {
  let sandbox: Sandbox;
  let table: TableDescription;
  let before: CapturePoint;
  const sources: OracleSource[] = [];

  /** Rows go to the disk at once. */
  const newSource = (): OracleSource => {
    const { user, password, connectString } = sandbox.oracle;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
    const login = { host, port: Number(port), service, user, password };
    const source = new OracleSource(login, { scratch: { memoryMegabytes: 0.001 } });
    sources.push(source);
    return source;
  };

  const idOf = (change: Change): string => String(change.kind === 'delete' ? change.before[0] : change.after[0]);

  /** Ids of changes up to so many of one transaction, and where that was; without `most` to the end. */
  async function read(source: OracleSource, point: CapturePoint & { readonly inside?: Inside }, most = Infinity) {
    const { incarnation, scn: from, open, inside } = point;
    const to = await writtenSoFar(source);
    const request = { incarnation, from, to, open, tables: [table], ...(inside && { inside }) };
    await using range = await source.mine(request, never);
    const ids: string[] = [];
    for await (const { xid, commitScn, changes } of range.transactions) {
      let nextOrdinal = xid === inside?.xid ? inside.nextOrdinal : 0;
      for (const change of changes) {
        ids.push(idOf(change));
        nextOrdinal += 1;
        if (nextOrdinal < most) continue;
        const at = addToScn(commitScn, -1);
        return { ids, next: { incarnation, scn: at, open: range.openAt(at), inside: { xid, commitScn, nextOrdinal } } };
      }
    }
    return { ids, next: { incarnation, scn: range.end, open: range.openAt(range.end) } };
  }

  /** To the end of the redo, from range to range. */
  async function readOn(source: OracleSource, point: CapturePoint & { readonly inside?: Inside }): Promise<string[]> {
    const ids: string[] = [];
    for (let at = point; ;) {
      const { ids: more, next } = await read(source, at);
      ids.push(...more);
      if (at.inside === undefined) return ids;
      at = next;
    }
  }

  const expected = Array.from({ length: ROWS + 2 }, (_, i) => String(i)).filter((id) => id !== '7');

  beforeAll(async () => {
    sandbox = await startSandbox({ heartbeatMilliseconds: 100 });
    await using writer = await oracledb.getConnection(sandbox.oracle);
    await writer.execute('CREATE TABLE LARGE (ID NUMBER(9) NOT NULL PRIMARY KEY, NAME VARCHAR2(4000))');
    await writer.execute('ALTER TABLE LARGE ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    const source = newSource();
    const [described] = await source.describe([tableName({ owner: sandbox.oracle.user.toUpperCase(), name: 'LARGE' })]);
    if (!described) throw new Error('LARGE is not described');
    table = described;
    before = await source.capturePoint();
    const insert = (id: number): Promise<unknown> =>
      writer.execute(`INSERT INTO LARGE (ID, NAME) VALUES (:1, 'n')`, [id]);
    await insert(0);
    await writer.commit();
    for (let id = 1; id <= ROWS; id++) {
      await writer.execute('SAVEPOINT here');
      await insert(id);
      if (id === 7) await writer.execute('ROLLBACK TO here');
    }
    await writer.commit();
    await insert(ROWS + 1);
    await writer.commit();
  });

  afterAll(async () => {
    for (const source of sources) await source.close();
    await sandbox[Symbol.asyncDispose]();
  });

  test('is read as a whole', async () => {
    expect(await readOn(newSource(), before)).toEqual(expected);
  });

  test.each([2, 9, 38, 39])('is gone on with after %i of its changes, by whoever', async (most) => {
    const source = newSource();
    const { ids, next } = await read(source, before, most);
    expect(next.open.map(({ xid, captured }) => [xid, captured])).toEqual([[next.inside?.xid, true]]);
    expect([...ids, ...(await readOn(newSource(), next))]).toEqual(expected);
    expect([...ids, ...(await readOn(source, next))]).toEqual(expected);
  });

  test('is gone on with several times, and from an earlier place than it was left at', async () => {
    const source = newSource();
    const first = await read(source, before, 5);
    const second = await read(source, first.next, 12);
    const again = await read(source, first.next, 20);
    expect(again.ids.slice(0, second.ids.length)).toEqual(second.ids);
    expect([...first.ids, ...again.ids, ...(await readOn(source, again.next))]).toEqual(expected);
  });

  test('that commits elsewhere when it is read again is not gone on with', async () => {
    const { next } = await read(newSource(), before, 5);
    const wrong = { xid: 'FFFFFFFFFFFFFFFF', commitScn: next.inside?.commitScn ?? scn('0'), nextOrdinal: 5 };
    const failure = await failureOf(readOn(newSource(), { ...next, inside: wrong }));
    expect(failure.kind).toBe('source-redo-undecodable');
    expect(failure.message).toContain('does not commit at SCN');
  });
});
