/** Large values read by key: as of a commit, as they are now where undo no longer reaches back, or not at all. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableName } from '../../model/table.ts';
import type { LobInLog, Row, TableDescription } from '../../model/table.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { never, shownAll, Tail } from '../support/oracle-tail.ts';

const CELL = 8 * 1024 * 1024;

describe.each(['19c', '23ai'] as const)('large values on %s', (profile) => {
  let sandbox: Sandbox;
  let source: OracleSource;
  let writer: oracledb.Connection;
  let created = 0;

  beforeAll(async () => {
    sandbox = await startSandbox({ profile, heartbeatMilliseconds: 100 });
    const { user, password, connectString } = sandbox.oracle;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
    source = new OracleSource({ host, port: Number(port), service, user, password });
    writer = await oracledb.getConnection({ user, password, connectString });
  });

  afterAll(async () => {
    await source.close();
    await writer.close();
    await sandbox[Symbol.asyncDispose]();
  });

  const control = async (action: string, body: object): Promise<void> => {
    const answer = await fetch(`${sandbox.control}/oracle/${action}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };

  async function createTable(columns: string, lobInLog: LobInLog = 'reread') {
    const name = `LARGE_${(created += 1)}`;
    await writer.execute(`CREATE TABLE ${name} (${columns})`);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const [described] = await source.describe([tableName({ owner: sandbox.oracle.user.toUpperCase(), name })]);
    if (!described) throw new Error(`${name} is not described`);
    const description: TableDescription = { ...described, lobInLog };
    return { name, description };
  }

  const committed = async (): Promise<Awaited<ReturnType<OracleSource['currentScn']>>> => {
    await writer.commit();
    return source.currentScn();
  };

  const KEYED = 'ID NUMBER(9) PRIMARY KEY, V VARCHAR2(9), C CLOB, B BLOB, X VARCHAR2(9000)';

  test('are those of the SCN, in the order of the keys, and nothing for keys that are not there', async () => {
    const { name, description } = await createTable(KEYED);
    const insert = `INSERT INTO ${name} VALUES (:1, 'v', :2, :3, :4)`;
    for (let id = 1; id <= 40; id++)
      await writer.execute(insert, [id, `c${id}`.repeat(3000), Buffer.alloc(5000, id), 'x']);
    await writer.execute(`INSERT INTO ${name} VALUES (41, 'v', EMPTY_CLOB(), EMPTY_BLOB(), NULL)`);
    await writer.execute(`INSERT INTO ${name} (ID) VALUES (42)`);
    await writer.execute(insert, [43, 'c'.repeat(CELL + 1), Buffer.alloc(CELL + 1), 'x'.repeat(9000)]);
    const then = await committed();
    await writer.execute(`UPDATE ${name} SET C = 'later', B = NULL, X = 'later'`);
    await writer.execute(`DELETE FROM ${name} WHERE ID = 7`);
    const now = await committed();

    const keys = ['42', '7', '99', '1', '41', '43', ...Array.from({ length: 40 }, (_, i) => String(40 - i))];
    const asOf = await source.readLargeValues(description, { asOf: then, keys: keys.map((key) => [key]) }, never);
    expect(asOf.read).toBe('as-of');
    const expected = (id: string): Row => [`c${id}`.repeat(3000), new Uint8Array(5000).fill(Number(id)), 'x'];
    expect(asOf.rows.slice(0, 5)).toEqual([
      [null, null, null],
      expected('7'),
      undefined,
      expected('1'),
      ['', new Uint8Array(), null],
    ]);
    expect(asOf.rows[5]?.map((value) => value?.length)).toEqual([CELL + 1, CELL + 1, 9000]);
    expect(asOf.rows.slice(6)).toEqual(keys.slice(6).map(expected));

    const later = await source.readLargeValues(description, { asOf: now, keys: [['7'], ['1']] }, never);
    expect(later).toEqual({ rows: [undefined, ['later', null, 'later']], read: 'as-of' });
  });

  test('of keys of any type are found', async () => {
    const { name, description } = await createTable(
      'N NUMBER, V VARCHAR2(20), C CHAR(4), NV NVARCHAR2(20), D DATE, T TIMESTAMP(6), R RAW(8), L CLOB, PRIMARY KEY (N, V, C, NV, D, T, R)',
    );
    const rows: readonly Row[] = [
      [
        '-0.5',
        "it's 订",
        'a   ',
        '订😀\\',
        '2026-03-08 02:30:00',
        '2026-03-08 02:30:00.000001000',
        Uint8Array.of(0, 255),
      ],
      ['12345678901234567890.5', 'x', 'abcd', 'n', '2026-03-08 00:00:00', '2026-03-08 02:30:00', Uint8Array.of(7)],
    ];
    for (const [i, [n, v, c, nv, d, t, r]] of rows.entries()) {
      await writer.execute(
        `INSERT INTO ${name} VALUES (TO_NUMBER(:1), :2, :3, :4, TO_DATE(:5, 'YYYY-MM-DD HH24:MI:SS'), TO_TIMESTAMP(:6, 'YYYY-MM-DD HH24:MI:SS.FF9'), :7, :8)`,
        [
          n,
          v,
          c,
          { val: nv, type: oracledb.DB_TYPE_NVARCHAR },
          d,
          String(t).includes('.') ? t : `${String(t)}.0`,
          Buffer.from(r ?? ''),
          `l${i}`,
        ] as oracledb.BindParameters,
      );
    }
    const asOf = await committed();
    const absent: Row = ['-0.5', ...(rows[1]?.slice(1) ?? [])];
    const found = await source.readLargeValues(description, { asOf, keys: [...rows.toReversed(), absent] }, never);
    expect(found.rows).toEqual([['l1'], ['l0'], undefined]);
  });

  test.each([
    [1555, 'execute'],
    [22924, 'fetch'],
    [8181, 'execute'],
    [1466, 'execute'],
  ])('are the present ones after ORA-%d at %s', async (error, call) => {
    const { name, description } = await createTable(KEYED);
    await writer.execute(`INSERT INTO ${name} VALUES (1, 'v', 'then', NULL, NULL)`);
    const asOf = await committed();
    await writer.execute(`UPDATE ${name} SET C = 'now'`);
    await committed();
    // A query with LOBs is executed twice: the rows come with the second, which the driver calls a fetch of its own.
    await control('fault', { do: 'error', error, call, matching: 'AS OF SCN', times: 1 });
    const present = await source.readLargeValues(description, { asOf, keys: [['1'], ['2']] }, never);
    await control('clear-faults', {});
    expect(present).toEqual({ rows: [['now', null, null], undefined], read: 'present' });
    expect((await source.readLargeValues(description, { asOf, keys: [['1']] }, never)).rows).toEqual([
      ['then', null, null],
    ]);
  });

  test('are the present ones once undo is gone', async () => {
    const { name, description } = await createTable(KEYED);
    await writer.execute(`INSERT INTO ${name} VALUES (1, 'v', 'then', NULL, NULL)`);
    const asOf = await committed();
    await writer.execute(`UPDATE ${name} SET C = 'now'`);
    await committed();
    await control('undo', { forgetBefore: 'now' });
    const present = await source.readLargeValues(description, { asOf, keys: [['1']] }, never);
    expect(present).toEqual({ rows: [['now', null, null]], read: 'present' });
  });

  test('of a table that was dropped are gone, and those of one that may not be read are refused', async () => {
    const { name, description } = await createTable(KEYED);
    const asOf = await committed();
    await control('fault', { do: 'error', error: 942, call: 'execute', matching: 'AS OF SCN', times: 1 });
    await expect(source.readLargeValues(description, { asOf, keys: [['1']] }, never)).rejects.toMatchObject({
      kind: 'source-privilege-missing',
    });
    await control('clear-faults', {});
    await writer.execute(`ALTER TABLE ${name} DROP COLUMN C`);
    expect(await source.readLargeValues(description, { asOf, keys: [['1']] }, never)).toEqual({
      rows: [undefined],
      read: 'gone',
    });
    await writer.execute(`DROP TABLE ${name} PURGE`);
    expect(await source.readLargeValues(description, { asOf, keys: [['1']] }, never)).toEqual({
      rows: [undefined],
      read: 'gone',
    });
  });

  test.each(['reread', 'mark'] as const)('make rows of their own with %s, and no others', async (lobInLog) => {
    const { name, description } = await createTable(KEYED, lobInLog);
    const long = 'é订x'.repeat(3000);
    const tail = await Tail.start(source, [description]);
    const insert = `INSERT INTO ${name} VALUES (:1, :2, :3, :4, :5)`;
    await writer.execute(insert, [1, 'a', long, Buffer.alloc(9000), 'y'.repeat(8000)]);
    await writer.execute(`UPDATE ${name} SET C = :1, B = :2 WHERE ID = 1`, [long.slice(0, 7000), Buffer.alloc(5000)]);
    await writer.execute(insert, [2, 'b', 'small', null, null]);
    await writer.execute('SAVEPOINT A');
    await writer.execute(insert, [3, 'undone', long, null, null]);
    await writer.execute(`UPDATE ${name} SET B = :1 WHERE ID = 3`, [Buffer.alloc(9000)]);
    await writer.execute('ROLLBACK TO A');
    await writer.execute(`UPDATE ${name} SET X = :1, V = 'c' WHERE ID = 2`, ['z'.repeat(7000)]);
    await writer.execute(`UPDATE ${name} SET ID = 4, C = :1 WHERE ID = 1`, [long]);
    await writer.commit();
    await writer.execute(`UPDATE ${name} SET X = :1`, ['q'.repeat(9000)]);
    await writer.commit();
    await writer.execute(`UPDATE ${name} SET C = 'short' WHERE ID = 2`);
    await writer.execute(`DELETE FROM ${name} WHERE ID = 4`);
    await writer.commit();

    const transactions = await tail.next();
    expect(tail.stops).toEqual([]);
    expect(shownAll(transactions)).toEqual([
      '+1,a +2,b 2,b>2,c 1,a>4,a',
      expect.stringMatching(/^(?:2,c>2,c 4,a>4,a|4,a>4,a 2,c>2,c)$/),
      '2,c>2,c -4,a',
    ]);
  });
});
