/** LOBs and long texts: read whole by the copy, and passed over by the tail, which loses nothing else. */
import type oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableName } from '../../model/table.ts';
import type { Row, TableDescription } from '../../model/table.ts';
import { collect, never, shownAll, Tail } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

const COLUMNS =
  'ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20), C CLOB, N NCLOB, B BLOB, X VARCHAR2(9000), AFTERWARDS NUMBER(9)';
const CELL = 8 * 1024 * 1024;

/** Of that many UTF-16 units; characters are not cut. */
function pattern(length: number): string {
  const part = 'a订😀\n\'"\\';
  return part.repeat(Math.floor(length / part.length)) + 'x'.repeat(length % part.length);
}
const bytes = (length: number): Buffer => Buffer.alloc(length, Buffer.from([0, 255, 10, 61, 13]));

describe.each(databases)('LOBs on %s', (database) => {
  let world: OracleWorld;
  let writer: oracledb.Connection;
  const created: string[] = [];

  beforeAll(async () => {
    world = await oracleWorld(database);
    writer = await world.openWriter();
  });

  afterAll(async () => {
    for (const name of created) await writer.execute(`DROP TABLE ${name} PURGE`);
    await world[Symbol.asyncDispose]();
  });

  async function createTable(): Promise<{ readonly name: string; readonly description: TableDescription }> {
    const name = `RF_LOBS_${process.pid}_${created.length + 1}`;
    await writer.execute(`CREATE TABLE ${name} (${COLUMNS})`);
    created.push(name);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const [description] = await world.source.describe([
      tableName({ owner: world.connection.user.toUpperCase(), name }),
    ]);
    if (!description) throw new Error(`${name} is not described`);
    return { name, description };
  }

  async function copied(description: TableDescription): Promise<readonly Row[]> {
    const asOf = await world.source.currentScn();
    const chunks = await world.source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 10 });
    const batches = await Promise.all(
      chunks.map((chunk) => collect(world.source.readChunk(description, chunk, asOf, never))),
    );
    return batches.flat(2).toSorted((a, b) => Number(a[0]) - Number(b[0]));
  }

  const values = (id: number, c: unknown, b: unknown): unknown[] => [id, 'v', c, c, b, 'x', id];

  test('are copied exactly, empty ones and NULL told apart', async () => {
    const { name, description } = await createTable();
    const insert = `INSERT INTO ${name} VALUES (:1, :2, :3, :4, :5, :6, :7)`;
    const lengths = [1, 4000, 4001, 32_767, 100_000];
    for (const length of lengths) await writer.execute(insert, values(length, pattern(length), bytes(length)));
    await writer.execute(`INSERT INTO ${name} VALUES (0, 'v', EMPTY_CLOB(), EMPTY_CLOB(), EMPTY_BLOB(), 'x', 0)`);
    await writer.execute(`INSERT INTO ${name} (ID) VALUES (200000)`);
    for (let id = 300_000; id < 300_040; id++) await writer.execute(insert, values(id, String(id), Buffer.from('x')));
    await writer.commit();

    const row = (id: number, c: string, b: Uint8Array): Row => [
      String(id),
      'v',
      c,
      c,
      Uint8Array.from(b),
      'x',
      String(id),
    ];
    const rows = await copied(description);
    expect(rows).toHaveLength(lengths.length + 42);
    expect(rows.slice(0, lengths.length + 2)).toEqual([
      row(0, '', bytes(0)),
      ...lengths.map((length) => row(length, pattern(length), bytes(length))),
      ['200000', null, null, null, null, null, null],
    ]);
    expect(rows.at(-1)?.[2]).toBe('300039');
  });

  test('of 8 MB are copied, and larger ones become a value that no cell holds', async () => {
    const { name, description } = await createTable();
    const insert = `INSERT INTO ${name} (ID, C, B) VALUES (:1, :2, :3)`;
    await writer.execute(insert, [1, 'c'.repeat(CELL), bytes(CELL)]);
    await writer.execute(insert, [2, 'c'.repeat(CELL + 1), bytes(CELL + 1)]);
    await writer.commit();
    const [held, large] = await copied(description);
    expect(held?.[2] === 'c'.repeat(CELL)).toBe(true);
    expect(Buffer.compare(Buffer.from(held?.[4] ?? ''), bytes(CELL))).toBe(0);
    for (const place of [2, 4]) expect(large?.[place]?.length).toBeGreaterThan(CELL);
    expect(large?.[5]).toBeNull();
  });

  test('change beside other rows, and no other row is lost, doubled or mixed up', async () => {
    const { name, description } = await createTable();
    const plain = await world.createTable();
    const other = await world.openWriter();
    const tail = await Tail.start(world.source, [description, plain.description]);
    const insert = `INSERT INTO ${name} VALUES (:1, :2, :3, :4, :5, :6, :7)`;
    const long = pattern(9000);

    await writer.execute(insert, [1, 'one', long, 'short', bytes(5000), 'y'.repeat(8000), 1]);
    await world.insert(other, plain.name, 10, 'plain');
    await writer.execute(`UPDATE ${name} SET C = :1 WHERE ID = 1`, [long.slice(0, 7000)]);
    await world.insert(other, plain.name, 11, 'plain');
    await writer.execute(`UPDATE ${name} SET C = :1, B = :2, V = 'two' WHERE ID = 1`, ['small', bytes(6000)]);
    await writer.execute(insert, [2, 'gone', long, long, bytes(9000), 'z'.repeat(5000), 2]);
    await writer.execute('SAVEPOINT A');
    await writer.execute(`UPDATE ${name} SET B = :1 WHERE ID = 2`, [bytes(7000)]);
    await writer.execute(`UPDATE ${name} SET X = :1, V = 'undone' WHERE ID = 2`, ['q'.repeat(4500)]);
    await writer.execute(insert, [3, 'undone', long, null, bytes(9000), null, 3]);
    await writer.execute('ROLLBACK TO A');
    await other.commit();
    await writer.execute(`DELETE FROM ${name} WHERE ID = 2`);
    await writer.execute(`UPDATE ${name} SET ID = 4, AFTERWARDS = 5 WHERE ID = 1`);
    await writer.commit();
    // Nothing but large values, each in a transaction of its own.
    await writer.execute(`UPDATE ${name} SET C = :1 WHERE ID = 4`, [long]);
    await writer.commit();
    await writer.execute(insert, [5, 'rolled back', long, null, null, null, 5]);
    await writer.rollback();
    await writer.execute(`UPDATE ${name} SET C = NULL, V = 'last' WHERE ID = 4`);
    await writer.commit();

    const transactions = await tail.next();
    expect(shownAll(transactions)).toEqual([
      '+10,plain +11,plain',
      '+1,one 1,one>1,two +2,gone -2,gone 1,two>4,two',
      '4,two>4,last',
    ]);
    const images = transactions
      .flatMap(({ changes }) => [...changes])
      .flatMap((change) => [
        ...(change.kind === 'insert' ? [] : [change.before]),
        ...(change.kind === 'delete' ? [] : [change.after]),
      ]);
    const large = images.filter((row) => row.length === 7);
    for (const row of large) expect(row.slice(2, 6)).toEqual([null, null, null, null]);
    expect(large.map((row) => row[6])).toEqual(['1', '1', '1', '2', '2', '1', '5', '5', '5']);
  });
});
