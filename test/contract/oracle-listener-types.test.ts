/** Every scalar type through an unmodified node-oracledb: described, written by literals and binds, read back. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../sandbox/oracle/database.ts';
import { listen, type OracleListener } from '../../sandbox/oracle/listener.ts';

const EXACT_NUMBERS: NonNullable<oracledb.ExecuteOptions['fetchTypeHandler']> = (column) =>
  column.dbType === oracledb.DB_TYPE_NUMBER ? { type: oracledb.STRING } : undefined;

const COLUMNS =
  'ID NUMBER(3) PRIMARY KEY, N NUMBER(38,20), F FLOAT(20), BF BINARY_FLOAT, BD BINARY_DOUBLE, VC VARCHAR2(32767), CH CHAR(4 CHAR), ' +
  'NC NCHAR(4), NV NVARCHAR2(16383), R RAW(32767), D DATE, T TIMESTAMP(3), TZ TIMESTAMP(6) WITH TIME ZONE, ' +
  'LZ TIMESTAMP(9) WITH LOCAL TIME ZONE, YM INTERVAL YEAR(4) TO MONTH, DS INTERVAL DAY(3) TO SECOND(9)';

const NAMES = [...COLUMNS.matchAll(/(?:^|, )([A-Z]+) /g)].map(([, name]) => name ?? '');
const instant = new Date('2024-07-01T10:00:00.125Z');
const written: Readonly<Record<string, unknown>> = {
  ID: 1,
  N: '-123456789012345678.12345678901234567891',
  F: 0.5,
  BF: 1.5,
  BD: -0.1,
  VC: '订'.repeat(100),
  CH: 'é',
  NC: '单',
  NV: 'é😀'.repeat(100),
  R: Buffer.alloc(300, 7),
  D: new Date(2024, 1, 29, 13, 30, 15),
  T: new Date(2024, 1, 29, 13, 30, 15, 123),
  TZ: instant,
  LZ: instant,
  YM: Object.assign(new oracledb.IntervalYM(), { years: -3, months: -6 }),
  DS: Object.assign(new oracledb.IntervalDS(), { days: 5, hours: 4, minutes: 3, seconds: 2, fseconds: 100_000_000 }),
};

const bound: Readonly<Record<string, oracledb.BindDefinition>> = {
  ID: { type: oracledb.NUMBER },
  N: { type: oracledb.STRING, maxSize: 60 },
  F: { type: oracledb.NUMBER },
  BF: { type: oracledb.DB_TYPE_BINARY_FLOAT },
  BD: { type: oracledb.DB_TYPE_BINARY_DOUBLE },
  VC: { type: oracledb.STRING, maxSize: 32_767 },
  CH: { type: oracledb.DB_TYPE_CHAR, maxSize: 10 },
  NC: { type: oracledb.DB_TYPE_NCHAR, maxSize: 10 },
  NV: { type: oracledb.DB_TYPE_NVARCHAR, maxSize: 32_767 },
  R: { type: oracledb.BUFFER, maxSize: 32_767 },
  D: { type: oracledb.DB_TYPE_DATE },
  T: { type: oracledb.DB_TYPE_TIMESTAMP },
  TZ: { type: oracledb.DB_TYPE_TIMESTAMP_TZ },
  LZ: { type: oracledb.DB_TYPE_TIMESTAMP_LTZ },
  YM: { type: oracledb.DB_TYPE_INTERVAL_YM },
  DS: { type: oracledb.DB_TYPE_INTERVAL_DS },
};

/** What is read for what was written: padded, and numbers as the driver spells them. */
const readBack: Readonly<Record<string, unknown>> = { ...written, ID: '1', F: '.5', CH: 'é   ', NC: '单   ' };

describe.each(['19c', '23ai'] as const)('every type through oracledb on %s', (profile) => {
  let listener: OracleListener;
  let connection: oracledb.Connection;

  beforeAll(async () => {
    const database = createDatabase({ seed: 'empty' });
    listener = await listen(database, { port: 0, profile });
    const connectString = `127.0.0.1:${listener.port}/${database.service}`;
    const password = database.passwords.get(database.user) ?? '';
    connection = await oracledb.getConnection({ user: database.user, password, connectString });
    await connection.execute(`CREATE TABLE EVERY_TYPE (${COLUMNS})`);
  });

  afterAll(async () => {
    await connection.close();
    await listener.close();
  });

  const rows = async (sql: string): Promise<unknown[][]> =>
    (await connection.execute<unknown[]>(sql, [], { fetchTypeHandler: EXACT_NUMBERS })).rows ?? [];

  test('the columns are described with their types, sizes, precisions and scales', async () => {
    const { metaData = [] } = await connection.execute('SELECT * FROM EVERY_TYPE');
    const described = metaData.map(({ name, dbTypeName, byteSize, precision, scale }) =>
      [name, dbTypeName, byteSize, precision, scale].filter((part) => part !== undefined).join(' '),
    );
    expect(described).toEqual([
      'ID NUMBER 3 0',
      'N NUMBER 38 20',
      'F NUMBER 20 -127',
      'BF BINARY_FLOAT',
      'BD BINARY_DOUBLE',
      'VC VARCHAR2 32767',
      'CH CHAR 16',
      'NC NCHAR 4',
      'NV NVARCHAR2 16383',
      'R RAW 32767',
      'D DATE',
      'T TIMESTAMP 3',
      'TZ TIMESTAMP WITH TIME ZONE 6',
      'LZ TIMESTAMP WITH LOCAL TIME ZONE 9',
      'YM INTERVAL YEAR TO MONTH',
      'DS INTERVAL DAY TO SECOND',
    ]);
  });

  test('rows written by array binds come back, NULLs among them', async () => {
    const insert = `INSERT INTO EVERY_TYPE (${NAMES.join(', ')}) VALUES (${NAMES.map((name) => `:${name}`).join(', ')})`;
    const values = NAMES.map((name) => written[name]);
    const bindRows = [values, [2, ...NAMES.slice(1).map(() => null)], [3, ...values.slice(1)]];
    const result = await connection.executeMany(insert, bindRows, { bindDefs: NAMES.map((name) => bound[name] ?? {}) });
    expect(result.rowsAffected).toBe(3);
    const [first = [], second = [], last = []] = await rows(`SELECT ${NAMES.join(', ')} FROM EVERY_TYPE ORDER BY ID`);
    const expected = NAMES.map((name) => [name, readBack[name]]);
    const singles = Object.fromEntries(NAMES.map((name, index) => [name, first[index]]));
    expect(singles).toEqual(Object.fromEntries(expected));
    expect(second).toEqual(['2', ...NAMES.slice(1).map(() => null)]);
    expect(last.slice(1)).toEqual(first.slice(1));
    await connection.rollback();
  });

  test('values of 32767 bytes come back whole', async () => {
    const long = { VC: `${'订'.repeat(10_922)}x`, NV: 'é😀'.repeat(5461), R: Buffer.alloc(32_767, 7) };
    await connection.executeMany(
      'INSERT INTO EVERY_TYPE (ID, VC, NV, R) VALUES (:ID, :VC, :NV, :R)',
      [1, 2].map((id) => ({ ID: id, ...long })),
      { bindDefs: Object.fromEntries(['ID', 'VC', 'NV', 'R'].map((name) => [name, bound[name] ?? {}])) },
    );
    const read = await rows('SELECT VC, NV, R FROM EVERY_TYPE ORDER BY ID');
    // Not by toEqual, whose message would print them.
    const equal = read.map(([text, national, raw]) => [
      text === long.VC,
      national === long.NV,
      Buffer.isBuffer(raw) && raw.equals(long.R),
    ]);
    expect(equal).toEqual([
      [true, true, true],
      [true, true, true],
    ]);
    await connection.rollback();
  });

  test('NaN, the infinities, zero and the smallest values survive binds, the store and the wire; -0 becomes 0', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, -Number.MAX_VALUE];
    await connection.executeMany(
      'INSERT INTO EVERY_TYPE (ID, BF, BD) VALUES (:1, :2, :3)',
      values.map((value, index) => [index, value, value]),
      { bindDefs: [{ type: oracledb.NUMBER }, bound['BF'] ?? {}, bound['BD'] ?? {}] },
    );
    const read = await rows('SELECT BF, BD FROM EVERY_TYPE ORDER BY ID');
    expect(read.map(([float]) => float)).toEqual(values.map((value) => Math.fround(value) + 0));
    expect(read.map(([, double]) => double)).toEqual(values.map((value) => value + 0));
    await connection.rollback();
  });

  test('dates before our era, regions and skipped digits are read as text', async () => {
    await connection.execute(
      "INSERT INTO EVERY_TYPE (ID, D, TZ, LZ) VALUES (1, TO_DATE(:1, 'SYYYY-MM-DD HH24:MI:SS'), " +
        "TO_TIMESTAMP_TZ(:2, 'YYYY-MM-DD HH24:MI:SS.FF TZR'), FROM_TZ(TIMESTAMP '2024-07-01 12:00:00.123456789', 'Asia/Shanghai'))",
      ['-4712-01-01 00:00:00', '2024-10-27 01:30:00.1234567 Europe/Berlin'],
    );
    const sql =
      "SELECT TO_CHAR(D, 'SYYYY-MM-DD'), TO_CHAR(TZ, 'YYYY-MM-DD HH24:MI:SS.FF TZR'), " +
      "TO_CHAR(SYS_EXTRACT_UTC(LZ), 'HH24:MI:SS.FF9'), TZ FROM EVERY_TYPE";
    expect(await rows(sql)).toEqual([
      [
        '-4712-01-01',
        '2024-10-27 01:30:00.123457 EUROPE/BERLIN',
        '04:00:00.123456789',
        new Date('2024-10-26T23:30:00.123Z'),
      ],
    ]);
    await connection.rollback();
  });

  test.each([
    ["INSERT INTO EVERY_TYPE (ID, CH) VALUES (1, '12345')", 12_899],
    ['INSERT INTO EVERY_TYPE (ID) VALUES (1000)', 1438],
    ["INSERT INTO EVERY_TYPE (ID, YM) VALUES (1, TO_YMINTERVAL('10000-0'))", 1873],
  ])('%s fails with ORA-%i and the connection goes on', async (sql, errorNum) => {
    await expect(connection.execute(sql)).rejects.toMatchObject({ errorNum });
    expect(await rows('SELECT 1 FROM DUAL')).toEqual([['1']]);
  });
});
