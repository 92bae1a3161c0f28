/** Every column type that is read: the copy and the redo give the same canonical value (test/support/oracle-world.ts names the databases). */
import type oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oracleTypeText, tableName } from '../../model/table.ts';
import type { Row, TableDescription } from '../../model/table.ts';
import { collect, never, Tail } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';
import { families } from '../support/typed-columns.ts';
import type { Typed } from '../support/typed-columns.ts';

/** The SQL of the n-th value of each column; the columns with fewer values begin again. */
const sqlOf = (types: readonly Typed[], n: number): readonly string[] =>
  types.map(({ written, values }) => written.replace('?', () => values[n % values.length]?.[0] ?? ''));
const valuesOf = (types: readonly Typed[], n: number): Row =>
  types.map(({ values }) => values[n % values.length]?.[1] ?? null);

describe.each(databases)('column types on %s', (database) => {
  let world: OracleWorld;
  let writer: oracledb.Connection;

  beforeAll(async () => {
    world = await oracleWorld(database);
    writer = await world.openWriter();
  });

  afterAll(async () => world[Symbol.asyncDispose]());

  describe.each(families)('of %s', (family, types) => {
    const name = `RF_TYPES_${process.pid}_${families.findIndex(([other]) => other === family)}`;
    const rows = Math.max(...types.map(({ values }) => values.length));
    const last = rows + 1;
    const nulls: Row = types.map(() => null);
    const expected: readonly Row[] = [
      ...Array.from({ length: rows }, (_row, n): Row => [String(n + 1), ...valuesOf(types, n)]),
      [String(last), ...nulls],
    ];
    let description: TableDescription;
    let mined: readonly (readonly (Row | undefined)[])[];

    beforeAll(async () => {
      const columns = types.map(({ declared }, i) => `C${i} ${declared}`).join(', ');
      await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) PRIMARY KEY, ${columns})`);
      await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
      const [found] = await world.source.describe([tableName({ owner: world.connection.user.toUpperCase(), name })]);
      if (!found) throw new Error(`${name} is not described`);
      description = found;
      const tail = await Tail.start(world.source, [description]);
      for (let n = 0; n < rows; n++)
        await writer.execute(`INSERT INTO ${name} VALUES (${n + 1}, ${sqlOf(types, n).join(', ')})`);
      await writer.execute(`INSERT INTO ${name} (ID) VALUES (${last})`);
      await writer.execute(`UPDATE ${name} SET ID = ID + 100`);
      await writer.execute(`UPDATE ${name} SET ID = ID - 100`);
      const filled = sqlOf(types, 1).map((sql, i) => `C${i} = ${sql}`);
      await writer.execute(`UPDATE ${name} SET ${filled.join(', ')} WHERE ID = ${last}`);
      await writer.execute(
        `UPDATE ${name} SET ${types.map((_type, i) => `C${i} = NULL`).join(', ')} WHERE ID = ${last}`,
      );
      await writer.execute(`DELETE FROM ${name} WHERE ID = 1`);
      await writer.commit();
      mined = (await tail.next()).flatMap(({ changes }) =>
        [...changes].map((change) => [
          change.kind === 'insert' ? undefined : change.before,
          change.kind === 'delete' ? undefined : change.after,
        ]),
      );
    });

    afterAll(async () => {
      await writer.execute(`DROP TABLE ${name} PURGE`);
    });

    test('are described as they were declared', () => {
      expect(description.columns.slice(1).map(({ type }) => oracleTypeText(type))).toEqual(
        types.map(({ declared, described = declared }) => described),
      );
    });

    test('give their canonical values in the copy', async () => {
      const asOf = await world.source.currentScn();
      const chunks = await world.source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 10 });
      const batches = await Promise.all(
        chunks.map((chunk) => collect(world.source.readChunk(description, chunk, asOf, never))),
      );
      expect(batches.flat(2).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected.slice(1));
    });

    test('give the same values in the redo, in every image', () => {
      const withId = (add: number): readonly Row[] =>
        expected.map(([id = null, ...values]) => [String(Number(id) + add), ...values]);
      const filled: Row = [String(last), ...valuesOf(types, 1)];
      const pairs = (before: readonly Row[], after: readonly Row[]): readonly (readonly (Row | undefined)[])[] =>
        before.map((row, i) => [row, after[i]]);
      expect(mined).toEqual([
        ...expected.map((row) => [undefined, row]),
        ...pairs(expected, withId(100)),
        ...pairs(withId(100), expected),
        [expected.at(-1), filled],
        [filled, expected.at(-1)],
        [expected[0], undefined],
      ]);
    });
  });
});
