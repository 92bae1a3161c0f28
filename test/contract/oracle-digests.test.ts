/**
 * Digests that the database computes, and the rows of buckets: the same as test/support/expected-digests.ts makes of the rows that the
 * chunk reader gives. DIGESTS_SEED repeats the random rows.
 */
import type oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../activities/ports.ts';
import type { Chunk } from '../../model/chunk.ts';
import type { RowText } from '../../model/row-text.ts';
import type { Scn } from '../../model/scn.ts';
import type { BucketDigest } from '../../model/table-state.ts';
import { tableName } from '../../model/table.ts';
import type { Row, TableDescription } from '../../model/table.ts';
import { added, bucketOf, expectedDigests, sorted, textFor } from '../support/expected-digests.ts';
import { collect, never } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';
import { randomColumns } from '../support/random-columns.ts';
import { createTable as createRandomTable, insertRows, randomRows } from '../support/random-rows.ts';
import { Chance } from '../support/random-texts.ts';
import { families } from '../support/typed-columns.ts';
import type { Typed } from '../support/typed-columns.ts';

const seed = Number(process.env['DIGESTS_SEED'] ?? Date.now() % 2 ** 31);
const CHUNKS = { chunkMegabytes: 1, chunksMin: 4, chunksMax: 100 };

/** Only the columns that the databases make texts of. */
const digestible = (description: TableDescription): TableDescription => ({
  ...description,
  columns: description.columns.filter((column) => textFor([column], [])),
});

function wholeText({ columns, key }: TableDescription): RowText {
  const text = textFor(columns, key.columns);
  if (!text) throw new Error('the databases make no text of such rows');
  return text;
}

interface Asked {
  readonly description: TableDescription;
  readonly chunks: readonly Chunk[];
  readonly asOf: Scn;
  readonly text: RowText;
  readonly count: number;
}

const eachChunk = async <T>({ chunks }: Asked, ask: (chunk: Chunk) => Promise<readonly T[]>): Promise<readonly T[]> =>
  (await Promise.all(chunks.map(ask))).flat();

const digests = (source: Source, asked: Asked): Promise<readonly BucketDigest[]> =>
  eachChunk(asked, (chunk) => source.digestChunk(asked.description, { ...asked, chunk }, asked, never));

const allRows = (source: Source, asked: Asked): Promise<readonly Row[]> =>
  eachChunk(asked, async (chunk) =>
    (await collect(source.readChunk(asked.description, chunk, asked.asOf, never))).flat(),
  );

const rowsOfBuckets = (source: Source, asked: Asked, wanted?: readonly number[]): Promise<readonly Row[]> =>
  eachChunk(asked, async (chunk) => {
    const buckets = { text: asked.text, count: asked.count, ...(wanted && { wanted }) };
    return (await collect(source.readBuckets(asked.description, { ...asked, chunk }, buckets, never))).flat();
  });

const more: readonly Typed[] = [
  {
    declared: 'NUMBER',
    written: '?',
    values: ['.5', '-.5', '1E40', '-1E63', '1E64', '1.5E100', '-12345678901234567890.5', '1E-63', '-1.05E-64'].map(
      (text) => [text, null] as const,
    ),
  },
  { declared: 'NUMBER(12,2)', written: '?', values: ['.5', '-.05', '-1234567890.99', '0'].map((t) => [t, null]) },
  { declared: 'NUMBER(38,37)', written: '?', values: ['1E-37', '-9.5', '-1E-37'].map((t) => [t, null]) },
];

describe.each(databases)('the digests of %s', (database) => {
  let world: OracleWorld;
  let writer: oracledb.Connection;
  let source: Source;
  const created: string[] = [];

  beforeAll(async () => {
    world = await oracleWorld(database);
    source = world.source;
    writer = await world.openWriter();
  });

  afterAll(async () => {
    for (const name of created) await writer.execute(`DROP TABLE ${name} PURGE`);
    await world[Symbol.asyncDispose]();
  });

  const newName = (): string => {
    const name = `RF_DIGESTS_${process.pid}_${created.length + 1}`;
    created.push(name);
    return name;
  };

  async function describeTable(name: string): Promise<TableDescription> {
    const [found] = await source.describe([tableName({ owner: world.connection.user.toUpperCase(), name })]);
    if (!found) throw new Error(`${name} is not described`);
    return found;
  }

  const ask = async (description: TableDescription, count: number, text = wholeText(description)): Promise<Asked> => ({
    description,
    chunks: await source.planChunks(description, CHUNKS),
    asOf: await source.currentScn(),
    text,
    count,
  });

  describe('of a table of all types', () => {
    const types = [...families.flatMap(([, typed]) => typed), ...more];
    const rows = Math.max(...types.map(({ values }) => values.length));
    let table: TableDescription;
    let asked: Asked;
    let read: readonly Row[];

    beforeAll(async () => {
      const name = newName();
      const columns = types.map(({ declared }, i) => `C${i} ${declared}`).join(', ');
      await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) PRIMARY KEY, ${columns})`);
      for (let n = 0; n < rows; n++) {
        const values = types.map(({ written, values: of }) => written.replace('?', () => of[n % of.length]?.[0] ?? ''));
        await writer.execute(`INSERT INTO ${name} VALUES (${n + 1}, ${values.join(', ')})`);
      }
      await writer.execute(`INSERT INTO ${name} (ID) VALUES (${rows + 1})`);
      await writer.commit();
      table = digestible(await describeTable(name));
      asked = await ask(table, 3);
      read = await allRows(source, asked);
    });

    test('are there for every type of which both databases make a text', () => {
      const bases = new Set(table.columns.map(({ type }) => type.base));
      expect([...bases].toSorted()).toEqual(
        [
          ...['CHAR', 'DATE', 'FLOAT', 'NCHAR', 'NUMBER', 'NVARCHAR2', 'RAW', 'TIMESTAMP'],
          ...['TIMESTAMP WITH LOCAL TIME ZONE', 'TIMESTAMP WITH TIME ZONE', 'VARCHAR2'],
        ].toSorted(),
      );
      expect(read).toHaveLength(rows + 1);
    });

    test('are those of each column for itself', async () => {
      const differing: string[] = [];
      for (const [index, { name, type }] of table.columns.entries()) {
        const text: RowText = { row: [[index]], key: [[0]] };
        const found = added(await digests(source, { ...asked, text, count: 1000 }));
        const expected = expectedDigests(read, text, 1000);
        if (JSON.stringify(found) !== JSON.stringify(expected)) differing.push(`${name} ${JSON.stringify(type)}`);
      }
      expect(differing).toEqual([]);
    });

    test('are those of the rows, in several groups of columns', async () => {
      const indexes = asked.text.row.flat();
      const row = Array.from({ length: Math.ceil(indexes.length / 5) }, (_, i) => indexes.slice(i * 5, (i + 1) * 5));
      const text: RowText = { row, key: [[0], [1, 2]] };
      expect(added(await digests(source, { ...asked, text }))).toEqual(expectedDigests(read, text, asked.count));
      expect(sorted(await rowsOfBuckets(source, { ...asked, text }, [0]))).toEqual(
        sorted(read.filter((one) => bucketOf(one, text, asked.count) === 0)),
      );
    });

    test('are those of the rows, in one group', async () => {
      expect(asked.text.row).toHaveLength(1);
      expect(added(await digests(source, asked))).toEqual(expectedDigests(read, asked.text, asked.count));
    });

    test('are those of rows that have no key, whose text is the key', async () => {
      const text: RowText = { row: asked.text.row, key: structuredClone(asked.text.row) };
      expect(added(await digests(source, { ...asked, text }))).toEqual(expectedDigests(read, text, asked.count));
      const [wanted = 0] = expectedDigests(read, text, asked.count).map(({ bucket }) => bucket);
      expect(sorted(await rowsOfBuckets(source, { ...asked, text }, [wanted]))).toEqual(
        sorted(read.filter((row) => bucketOf(row, text, asked.count) === wanted)),
      );
    });
  });

  describe('of a table of several chunks', () => {
    const ROWS = 1500;
    const BUCKETS = 12;
    let name: string;
    let description: TableDescription;
    let asked: Asked;
    let read: readonly Row[];

    beforeAll(async () => {
      ({ name, description } = await world.createTable());
      const filler = "it's 订单 😀 ".repeat(2);
      await writer.executeMany(
        `INSERT INTO ${name} (ID, NAME, AMOUNT, CODE) VALUES (:1, :2, :3 / 8, :4)`,
        Array.from({ length: ROWS }, (_, i) => [i + 1, `${filler}${i}`, i % 100, i % 2 ? 'ab' : null]),
      );
      await writer.commit();
      asked = await ask(description, BUCKETS);
      read = await allRows(source, asked);
      await writer.execute(`UPDATE ${name} SET NAME = 'later', AMOUNT = AMOUNT + 1 WHERE ID > ${ROWS / 2}`);
      await writer.execute(`DELETE FROM ${name} WHERE ID < 100`);
      await world.insert(writer, name, ROWS + 1, 'new');
      await writer.commit();
    });

    test('add up, as of the SCN', async () => {
      expect(asked.chunks.length).toBeGreaterThan(1);
      expect(read).toHaveLength(ROWS);
      expect(added(await digests(source, asked))).toEqual(expectedDigests(read, asked.text, asked.count));
    });

    test('are others after the rows have changed', async () => {
      const now = await ask(description, BUCKETS);
      const rows = await allRows(source, now);
      expect(rows).toHaveLength(ROWS - 98);
      expect(added(await digests(source, now))).toEqual(expectedDigests(rows, now.text, BUCKETS));
      expect(await digests(source, now)).not.toEqual(await digests(source, asked));
    });

    test('are parts of the table: the rows of all buckets are its rows, each once', async () => {
      const parts = await Promise.all(
        Array.from({ length: asked.count }, (_, bucket) => rowsOfBuckets(source, asked, [bucket])),
      );
      for (const [bucket, part] of parts.entries())
        expect(part.filter((row) => bucketOf(row, asked.text, asked.count) !== bucket)).toEqual([]);
      expect(sorted(parts.flat())).toEqual(sorted(read));
    });

    test('read rows of the buckets wanted, of none and of all', async () => {
      const wanted = [2, 3, 11];
      expect(sorted(await rowsOfBuckets(source, asked, wanted))).toEqual(
        sorted(read.filter((row) => wanted.includes(bucketOf(row, asked.text, asked.count)))),
      );
      expect(await rowsOfBuckets(source, asked, [])).toEqual([]);
      expect(sorted(await rowsOfBuckets(source, asked))).toEqual(sorted(read));
    });

    test('take more buckets than a list of SQL may have', async () => {
      const many = { ...asked, count: 100_000 };
      const wanted = [...new Set(read.map((row) => bucketOf(row, asked.text, many.count)))].slice(0, 1200);
      expect(sorted(await rowsOfBuckets(source, many, wanted))).toEqual(
        sorted(read.filter((row) => wanted.includes(bucketOf(row, asked.text, many.count)))),
      );
    });

    test('end with the reason of a signal', async () => {
      const [chunk] = asked.chunks;
      if (!chunk) throw new Error('no chunk');
      const signal = AbortSignal.abort(new Error('paused by the operator'));
      await expect(source.digestChunk(description, { chunk, asOf: asked.asOf }, asked, signal)).rejects.toThrow(
        'paused by the operator',
      );
    });
  });

  test(`of random rows are those of the rows (seed ${seed})`, async () => {
    const chance = new Chance(seed);
    const name = newName();
    await createRandomTable(writer, name, randomColumns);
    await insertRows(writer, name, randomRows(chance, 120));
    const described = digestible(await describeTable(name));
    // Half of a surrogate pair, which that column may hold, has no form in UTF-8.
    const columns = described.columns.filter(({ type }) => !(type.base === 'NVARCHAR2' && type.length === 60));
    const asked = await ask({ ...described, columns }, chance.between(2, 40));
    const read = await allRows(source, asked);
    expect(asked.text.row.length).toBeGreaterThan(1);
    expect(added(await digests(source, asked))).toEqual(expectedDigests(read, asked.text, asked.count));
    const keys = asked.text.row.flat();
    const key = [[...new Set([keys, keys, keys].map((of) => of[chance.between(0, of.length - 1)] ?? 0))]];
    const other = { ...asked, text: { ...asked.text, key } };
    expect(added(await digests(source, other))).toEqual(expectedDigests(read, other.text, asked.count));
    expect(sorted(await rowsOfBuckets(source, other, [0, 1]))).toEqual(
      sorted(read.filter((row) => bucketOf(row, other.text, asked.count) < 2)),
    );
  });
});
