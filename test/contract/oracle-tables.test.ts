/** Tables of every ordinary shape: described, copied in chunks, and mined. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../activities/ports.ts';
import { dataObjectIds, tableName } from '../../model/table.ts';
import type { Row, TableDescription } from '../../model/table.ts';
import { collect, never, shownAll, Tail, writtenSoFar } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

const small = { chunkMegabytes: 1, chunksMin: 4, chunksMax: 500 };

const partitionings = [
  [
    'range',
    'PARTITION BY RANGE (ID) (PARTITION P1 VALUES LESS THAN (700), PARTITION P2 VALUES LESS THAN (MAXVALUE))',
    2,
    2,
  ],
  ['list', "PARTITION BY LIST (V) (PARTITION P1 VALUES ('v1', 'v2'), PARTITION P2 VALUES (DEFAULT))", 2, 2],
  ['hash', 'PARTITION BY HASH (ID) PARTITIONS 5', 5, 5],
  [
    'range and hash',
    'PARTITION BY RANGE (ID) SUBPARTITION BY HASH (V) SUBPARTITIONS 3 ' +
      '(PARTITION P1 VALUES LESS THAN (700), PARTITION P2 VALUES LESS THAN (5000), PARTITION P3 VALUES LESS THAN (9000))',
    9,
    6,
  ],
] as const;

describe.each(databases)('tables on %s', (database) => {
  let world: OracleWorld;
  let source: Source;
  let writer: oracledb.Connection;
  const created: string[] = [];

  beforeAll(async () => {
    world = await oracleWorld(database);
    source = world.source;
    writer = await world.openWriter();
  });

  afterAll(async () => {
    await writer.rollback();
    for (const name of created) await writer.execute(`DROP TABLE ${name} PURGE`);
    await world[Symbol.asyncDispose]();
  });

  /** `name` as in SQL; all columns logged. */
  async function create(name: string, definition: string): Promise<void> {
    await writer.execute(`CREATE TABLE ${name} ${definition}`);
    created.push(name);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
  }

  async function described(stored: string): Promise<TableDescription> {
    const owner = world.connection.user.toUpperCase();
    const [description] = await source.describe([tableName({ owner, name: stored })]);
    if (!description) throw new Error(`${stored} is not described`);
    return description;
  }

  /** Rows of every chunk, as of now. */
  async function copied(description: TableDescription): Promise<readonly (readonly Row[])[]> {
    const asOf = await source.currentScn();
    const chunks = await source.planChunks(description, small);
    const read = chunks.map(async (chunk) => (await collect(source.readChunk(description, chunk, asOf, never))).flat());
    return Promise.all(read);
  }

  const fill = (name: string, rows: number): Promise<unknown> =>
    writer.executeMany(
      `INSERT INTO ${name} (ID, V) VALUES (:id, :v)`,
      Array.from({ length: rows }, (_, i) => ({ id: i + 1, v: `v${(i + 1) % 7}` })),
      { bindDefs: { id: { type: oracledb.NUMBER }, v: { type: oracledb.STRING, maxSize: 10 } } },
    );

  test.each(partitionings)('by %s: every row is in one chunk, and no chunk is of two partitions', async (...shape) => {
    const [kind, clause, segments, filled] = shape;
    const name = `RF_P_${kind.replaceAll(' ', '_').toUpperCase()}`;
    await create(name, `(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(10)) ${clause}`);
    await fill(name, 1500);
    await writer.commit();
    const description = await described(name);
    expect(description.unsupported).toBeUndefined();
    expect(description.segments).toHaveLength(segments);
    expect(description.dataObjectId).toBeNull();
    const chunks = await copied(description);
    expect(chunks.filter((rows) => rows.length > 0).length).toBeGreaterThanOrEqual(filled);
    expect(dataObjectIds(description)).toHaveLength(segments);
    const ids = chunks.flat().map(([id]) => Number(id));
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
  });

  test('changes of all partitions are mined, also of one that is added meanwhile; a row that moves is deleted and inserted', async () => {
    const name = 'RF_P_TAIL';
    await create(
      name,
      '(ID NUMBER(9), V VARCHAR2(10)) PARTITION BY RANGE (ID) ' +
        '(PARTITION P1 VALUES LESS THAN (100), PARTITION P2 VALUES LESS THAN (200)) ENABLE ROW MOVEMENT',
    );
    const tail = await Tail.start(source, [await described(name)]);
    await writer.execute(`INSERT INTO ${name} VALUES (1, 'a')`);
    await writer.execute(`INSERT INTO ${name} VALUES (101, 'b')`);
    await writer.execute(`UPDATE ${name} SET ID = 150 WHERE ID = 1`);
    await writer.execute(`SAVEPOINT S`);
    await writer.execute(`UPDATE ${name} SET ID = ID - 100`);
    await writer.execute(`ROLLBACK TO S`);
    await writer.commit();
    await writer.execute(`ALTER TABLE ${name} ADD PARTITION P3 VALUES LESS THAN (300)`);
    await writer.execute(`INSERT INTO ${name} VALUES (201, 'c')`);
    await writer.execute(`UPDATE ${name} SET ID = 250 WHERE ID = 150`);
    await writer.commit();
    await writer.execute(`DELETE FROM ${name} WHERE ID = 201`);
    await writer.commit();
    // The tail's own description is older than the partition.
    expect(shownAll(await tail.next())).toEqual(['+1,a +101,b -1,a +150,a', '+201,c -150,a +250,a', '-201,c']);
    expect((await described(name)).segments).toHaveLength(3);
    await writer.execute(`ALTER TABLE ${name} ADD PARTITION P4 VALUES LESS THAN (400)`);
    expect((await described(name)).segments).toHaveLength(4);
    await writer.execute(`UPDATE ${name} SET V = 'z', ID = 301 WHERE ID = 250`);
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(['-250,a +301,z']);
  });

  test('changes of a table that is gone since belong to nobody; other DDL on a captured table is a stop', async () => {
    await create('RF_KEPT', '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(10))');
    const tail = await Tail.start(source, [await described('RF_KEPT')]);
    await writer.execute('CREATE TABLE RF_GONE (ID NUMBER(9), V VARCHAR2(10))');
    await fill('RF_GONE', 20);
    await fill('RF_KEPT', 1);
    await writer.commit();
    await writer.execute('DROP TABLE RF_GONE PURGE');
    expect(shownAll(await tail.next())).toEqual(['+1,v1']);
    await writer.execute('ALTER TABLE RF_KEPT DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    expect(await tail.next()).toEqual([]);
    expect(tail.stops).toMatchObject([
      { reason: 'logging-dropped', text: expect.stringContaining('RF_KEPT') as string },
    ]);
  });

  test('a table without a segment has no chunk, until it gets its first rows', async () => {
    await create('RF_EMPTY', '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(10))');
    const description = await described('RF_EMPTY');
    expect(await copied(description)).toEqual([]);
    const tail = await Tail.start(source, [description]);
    await fill('RF_EMPTY', 2);
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(['+1,v1 +2,v2']);
    expect((await copied(await described('RF_EMPTY'))).flat()).toHaveLength(2);
  });

  test.each([
    ['a composite primary key', '(B NUMBER(3), A NUMBER(3), V VARCHAR2(9), PRIMARY KEY (A, B))', 'primary', ['A', 'B']],
    ['a unique key', '(ID NUMBER(9) NOT NULL UNIQUE, V VARCHAR2(9))', 'unique', ['ID']],
    ['no key', '(ID NUMBER(9), V VARCHAR2(9))', 'none', []],
  ] as const)('%s is found', async (name, definition, kind, columns) => {
    const table = `RF_${name.replaceAll(' ', '_').toUpperCase()}`;
    await create(table, definition);
    expect((await described(table)).key).toEqual({ kind, columns });
  });

  test.each([
    ['mixed case and blanks', 'Rf Mixed, "case', '"Order Id" NUMBER(9), "from" VARCHAR2(9)'],
    ['Chinese letters', 'RF_订单', '订单号 NUMBER(9), 名称 VARCHAR2(9)'],
  ])('names of %s are read and mined', async (_what, written, columns) => {
    const name = written.replaceAll('"', '');
    await create(`"${name}"`, `(${columns})`);
    await writer.execute(`INSERT INTO "${name}" VALUES (1, 'copied')`);
    await writer.commit();
    const description = await described(name);
    expect((await copied(description)).flat()).toEqual([['1', 'copied']]);
    const tail = await Tail.start(source, [description]);
    await writer.execute(`INSERT INTO "${name}" VALUES (2, 'it''s')`);
    await writer.commit();
    expect(shownAll(await tail.next())).toEqual(["+2,it's"]);
  });

  test('a thousand columns are read and mined', async () => {
    const columns = Array.from({ length: 1000 }, (_, i) => `C${i}`);
    await create('RF_WIDE', `(${columns.map((name) => `${name} VARCHAR2(20)`).join(', ')})`);
    const values = (from: string): Row => columns.map((name) => `${from} ${name}`);
    const insert = async (row: Row): Promise<void> => {
      await writer.execute(`INSERT INTO RF_WIDE VALUES (${row.map((value) => `'${String(value)}'`).join(', ')})`);
      await writer.commit();
    };
    await insert(values('copied'));
    const description = await described('RF_WIDE');
    expect((await copied(description)).flat()).toEqual([values('copied')]);
    await writtenSoFar(source);
    const tail = await Tail.start(source, [description]);
    await insert(values('mined'));
    await writer.execute("UPDATE RF_WIDE SET C999 = 'changed' WHERE C0 = 'mined C0'");
    await writer.commit();
    const changed = [...values('mined').slice(0, 999), 'changed'];
    expect((await tail.next()).flatMap(({ changes }) => [...changes])).toEqual([
      { kind: 'insert', table: description.table, after: values('mined') },
      { kind: 'update', table: description.table, before: values('mined'), after: changed },
    ]);
  });
});
