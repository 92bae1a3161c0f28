/** Every column type that is read: the copy and the redo give the same canonical value (test/support/oracle-world.ts names the databases). */
import type oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableName } from '../../model/table.ts';
import type { Row, TableDescription } from '../../model/table.ts';
import { collect, never, Tail } from '../support/oracle-tail.ts';
import { databases, oracleWorld } from '../support/oracle-world.ts';
import type { OracleWorld } from '../support/oracle-world.ts';

const TIME = "'SYYYY-MM-DD HH24:MI:SS'";
const FINE_TIME = "'SYYYY-MM-DD HH24:MI:SS.FF9'";

interface Typed {
  readonly declared: string;
  /** SQL of the value; `?` stands for the text. */
  readonly written: string;
  /** What is written → what both paths give. NULL → NULL is tried for every column. */
  readonly values: readonly (readonly [string, string | Uint8Array | null])[];
}

const plain = (declared: string, values: Typed['values']): Typed => ({ declared, written: "'?'", values });
const number = (declared: string, values: Typed['values']): Typed => ({ declared, written: '?', values });
const timestamp = (digits: number, values: Typed['values']): Typed => ({
  declared: `TIMESTAMP(${digits})`,
  written: `TO_TIMESTAMP('?', ${FINE_TIME})`,
  values,
});

const types: readonly Typed[] = [
  number('NUMBER', [
    ['-0.000001', '-0.000001'],
    ['1E125', `1${'0'.repeat(125)}`],
    ['0', '0'],
  ]),
  number('FLOAT', [
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['-1E-20', '-0.00000000000000000001'],
    ['1E100', `1${'0'.repeat(100)}`],
  ]),
  number('FLOAT(5)', [
    ['123.45', '120'],
    ['-0.00123', '-0.0012'],
    ['7', '7'],
  ]),
  plain('VARCHAR2(40)', [
    [' both sides  ', ' both sides  '],
    ["it''s 订单 \\ 😀", "it's 订单 \\ 😀"],
    ['', null],
  ]),
  plain('CHAR(5)', [
    ['ab', 'ab   '],
    ['   ', '     '],
    ['', null],
  ]),
  {
    declared: 'DATE',
    written: `TO_DATE('?', ${TIME})`,
    values: [
      ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
      ['9999-12-31 23:59:59', '9999-12-31 23:59:59'],
      ['-0044-03-15 12:00:00', '-0044-03-15 12:00:00'],
    ],
  },
  timestamp(9, [
    ['0001-01-01 00:00:00.000000001', '0001-01-01 00:00:00.000000001'],
    ['9999-12-31 23:59:59.999999999', '9999-12-31 23:59:59.999999999'],
    ['-0044-03-15 12:00:00.120000000', '-0044-03-15 12:00:00.120000000'],
  ]),
  timestamp(6, [
    ['2026-03-08 02:30:00.123456', '2026-03-08 02:30:00.123456000'],
    ['1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999000'],
    ['2026-11-01 01:30:00', '2026-11-01 01:30:00'],
  ]),
  timestamp(3, [
    ['2024-02-29 23:59:59.500', '2024-02-29 23:59:59.500000000'],
    ['2024-02-29 23:59:59.9996', '2024-03-01 00:00:00'],
    ['2024-02-29 00:00:00.001', '2024-02-29 00:00:00.001000000'],
  ]),
  timestamp(0, [
    ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
    ['2024-12-31 23:59:59', '2024-12-31 23:59:59'],
    ['9999-12-31 23:59:59', '9999-12-31 23:59:59'],
  ]),
  {
    declared: 'RAW(16)',
    written: "HEXTORAW('?')",
    values: [
      ['00', Uint8Array.of(0)],
      ['3D0AFF27222C', Uint8Array.of(0x3d, 0x0a, 0xff, 0x27, 0x22, 0x2c)],
      ['', null],
    ],
  },
];

/** One row per value, and a last one of NULLs; ID counts from 1. */
const ROWS = [0, 1, 2];
const written = [
  ...ROWS.map((i) => types.map(({ written: sql, values }) => sql.replace('?', () => values[i]?.[0] ?? ''))),
  types.map(() => 'NULL'),
];
const expected: readonly Row[] = [
  ...ROWS.map((i): Row => [String(i + 1), ...types.map(({ values }) => values[i]?.[1] ?? null)]),
  ['4', ...types.map(() => null)],
];

describe.each(databases)('column types on %s', (database) => {
  const name = `RF_TYPES_${process.pid}`;
  let world: OracleWorld;
  let writer: oracledb.Connection;
  let description: TableDescription;
  let mined: readonly (readonly (Row | undefined)[])[];

  beforeAll(async () => {
    world = await oracleWorld(database);
    writer = await world.openWriter();
    const columns = types.map(({ declared }, i) => `C${i} ${declared}`).join(', ');
    await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) PRIMARY KEY, ${columns})`);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const [found] = await world.source.describe([tableName({ owner: world.connection.user.toUpperCase(), name })]);
    if (!found) throw new Error(`${name} is not described`);
    description = found;
    const tail = await Tail.start(world.source, [description]);
    for (const [i, values] of written.entries())
      await writer.execute(`INSERT INTO ${name} VALUES (${i + 1}, ${values.join(', ')})`);
    await writer.execute(`UPDATE ${name} SET ID = ID + 100`);
    await writer.execute(`UPDATE ${name} SET ID = ID - 100`);
    const swapped = types.map(
      ({ written: sql, values }, i) => `C${i} = ${sql.replace('?', () => values[1]?.[0] ?? '')}`,
    );
    await writer.execute(`UPDATE ${name} SET ${swapped.join(', ')} WHERE ID = 4`);
    await writer.execute(`UPDATE ${name} SET ${types.map((_type, i) => `C${i} = NULL`).join(', ')} WHERE ID = 4`);
    await writer.commit();
    mined = (await tail.next()).flatMap(({ changes }) =>
      changes.map((change) => [
        change.kind === 'insert' ? undefined : change.before,
        change.kind === 'delete' ? undefined : change.after,
      ]),
    );
  });

  afterAll(async () => {
    await writer.execute(`DROP TABLE ${name} PURGE`);
    await world[Symbol.asyncDispose]();
  });

  const withId = (add: number): readonly Row[] =>
    expected.map(([id = null, ...values]) => [String(Number(id) + add), ...values]);

  test('are described as they were declared', () => {
    expect(
      description.columns.slice(1).map(({ type: { base, precision, scale } }) => [base, precision ?? scale]),
    ).toEqual(
      types.map(({ declared }) => {
        const [, base = '', digits] = /^(\w+)(?:\((\d+)\))?$/.exec(declared) ?? [];
        if (base === 'FLOAT') return [base, Number(digits ?? '126')];
        return [base, base === 'TIMESTAMP' ? Number(digits) : undefined];
      }),
    );
  });

  test('give their canonical values in the copy', async () => {
    const asOf = await world.source.currentScn();
    const chunks = await world.source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 10 });
    const batches = await Promise.all(
      chunks.map((chunk) => collect(world.source.readChunk(description, chunk, asOf, never))),
    );
    expect(batches.flat(2).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected);
  });

  test('give the same values in the redo, in every image', () => {
    const [, , , last = []] = expected;
    const filled: Row = ['4', ...types.map(({ values }) => values[1]?.[1] ?? null)];
    const pairs = (before: readonly Row[], after: readonly Row[]): readonly (readonly (Row | undefined)[])[] =>
      before.map((row, i) => [row, after[i]]);
    expect(mined).toEqual([
      ...expected.map((row) => [undefined, row]),
      ...pairs(expected, withId(100)),
      ...pairs(withId(100), expected),
      [last, filled],
      [filled, last],
    ]);
  });
});
