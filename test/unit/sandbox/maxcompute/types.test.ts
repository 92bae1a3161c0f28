import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { pair } from '../../../../sandbox/maxcompute/cell-text.ts';
import { block, decodeBlock, codeOf, idOf, Service, T, Upload } from './service.ts';
import { parseType } from '../../../../sandbox/maxcompute/column-types.ts';

const decimal = (value: bigint, width: number, scale: number): DuckDBDecimalValue =>
  new DuckDBDecimalValue(value, width, scale);

/** A type, and values with the text that a SELECT shows. */
const CASES: readonly (readonly [type: string, values: readonly (readonly [DuckDBValue, string])[]])[] = [
  [
    'tinyint',
    [
      [-128, '-128'],
      [127, '127'],
    ],
  ],
  [
    'smallint',
    [
      [-32_768, '-32768'],
      [32_767, '32767'],
    ],
  ],
  [
    'int',
    [
      [-2_147_483_648, '-2147483648'],
      [2_147_483_647, '2147483647'],
      [-1, '-1'],
    ],
  ],
  [
    'bigint',
    [
      [-(2n ** 63n), '-9223372036854775808'],
      [2n ** 63n - 1n, '9223372036854775807'],
      [-(2n ** 32n), '-4294967296'],
    ],
  ],
  [
    'boolean',
    [
      [true, 'true'],
      [false, 'false'],
    ],
  ],
  [
    'float',
    [
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
      [-0, '-0.0'],
      [Math.fround(0.1), '0.1'],
      [3.4028234663852886e38, '3.4028235e+38'],
    ],
  ],
  [
    'double',
    [
      [NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [-0, '-0.0'],
      [5e-324, '5e-324'],
      [0.1, '0.1'],
      [1e300, '1e+300'],
    ],
  ],
  [
    'decimal(4,2)',
    [
      [decimal(-9999n, 4, 2), '-99.99'],
      [decimal(5n, 4, 2), '0.05'],
    ],
  ],
  ['decimal(9,0)', [[decimal(-999_999_999n, 9, 0), '-999999999']]],
  [
    'decimal(18,18)',
    [
      [decimal(10n ** 18n - 1n, 18, 18), '0.999999999999999999'],
      [decimal(-1n, 18, 18), '-0.000000000000000001'],
    ],
  ],
  [
    'decimal(38,18)',
    [
      [decimal(-(10n ** 38n) + 1n, 38, 18), `-${'9'.repeat(20)}.${'9'.repeat(18)}`],
      [decimal(-1n, 38, 18), '-0.000000000000000001'],
      [decimal(-(10n ** 18n), 38, 18), '-1'],
    ],
  ],
  [
    'decimal(38,0)',
    [
      [decimal(2n ** 64n, 38, 0), '18446744073709551616'],
      [decimal(-(2n ** 64n), 38, 0), '-18446744073709551616'],
    ],
  ],
  [
    'string',
    [
      ['', ''],
      ['twelve bytes', 'twelve bytes'],
      ['thirteen byte', 'thirteen byte'],
      ['中文é😀 and so on', '中文é😀 and so on'],
    ],
  ],
  ['varchar(3)', [['中文😀', '中文😀']]],
  ['char(255)', [['x'.repeat(255), 'x'.repeat(255)]]],
  [
    'binary',
    [
      [new DuckDBBlobValue(Uint8Array.of(0, 255, 65, 61)), '=00=FFA=3D'],
      [new DuckDBBlobValue(new Uint8Array(0)), ''],
    ],
  ],
  [
    'date',
    [
      [new DuckDBDateValue(-719_162), '0001-01-01'],
      [new DuckDBDateValue(2_932_896), '9999-12-31'],
    ],
  ],
  [
    'datetime',
    [
      [new DuckDBTimestampValue(-62_135_625_943_000_000n), '0001-01-01 00:00:00'],
      [new DuckDBTimestampValue(1_000n), '1970-01-01 08:00:00.001'],
    ],
  ],
  ['timestamp', [[pair('timestamp', -1n, 999_999_999), '1970-01-01 07:59:59.999999999']]],
  ['timestamp_ntz', [[pair('timestamp_ntz', 253_402_300_799n, 1), '9999-12-31 23:59:59.000000001']]],
];

describe('every type', () => {
  test.each(CASES)('%s goes in by upload and comes out by SELECT and download exactly', async (type, values) => {
    await using service = await Service.open();
    const hints = { 'odps.sql.type.system.odps2': 'true', 'odps.sql.timezone': 'Asia/Shanghai' };
    await service.sql(`CREATE TABLE t (n BIGINT, v ${type});`, hints);
    const rows = [...values.map(([value]) => value), null].map((value, index) => [BigInt(index), value]);
    const sent = block(['bigint', type], ...rows);
    const upload = await Upload.open(service);
    await upload.write(0, sent);
    await upload.commit();
    const shown = await service.rows('SELECT n, v FROM t ORDER BY n LIMIT 99;', hints);
    expect(shown).toEqual(
      [...values.map(([, text]) => text), String.raw`\N`].map((text, index) => `${String(index)},${text}`),
    );
    const session = await service.send('POST', `${T}?downloads`);
    const got = await service.send('GET', `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=(0,99)`);
    expect(Buffer.from(got.body)).toEqual(sent);
  });

  test('a STRING holds 8 MB, not a byte more', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (v STRING);');
    const upload = await Upload.open(service);
    const longest = 'é'.repeat(4 * 1024 * 1024);
    await upload.write(0, block(['string'], [longest], [longest]));
    expect(await codeOf(upload.write(1, block(['string'], [`${longest}x`])))).toBe('MalformedDataStream');
    await upload.commit();
    expect(await service.rows(`SELECT COUNT(*) FROM t WHERE v = '${'é'.repeat(9)}';`)).toEqual(['0']);
    const session = await service.send('POST', `${T}?downloads`);
    const got = await service.send('GET', `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=(0,1)`);
    expect(decodeBlock(Buffer.from(got.body), [parseType('string')]).columns[0]?.[0] === longest).toBe(true);
  });

  test('blocks of many chunks keep their rows, their order and their NULLs', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (n BIGINT, s STRING, w TIMESTAMP_NTZ) PARTITIONED BY (dt STRING);');
    const types = ['bigint', 'string', 'timestamp_ntz'];
    const rows = Array.from({ length: 10_000 }, (_row, index): readonly DuckDBValue[] => [
      BigInt(index),
      index % 3 === 0 ? null : `row number ${String(index)}`,
      index % 5 === 0 ? null : pair('timestamp_ntz', BigInt(index), index),
    ]);
    const partition = '&partition=dt=a-partition-of-a-long-name';
    for (let round = 0; round < 2; round++) {
      const upload = await Upload.open(service, '&create_partition=true&overwrite=true', partition);
      await upload.write(1, block(types, ...rows.slice(5_000)));
      await upload.write(0, block(types, ...rows.slice(0, 5_000)));
      await upload.commit();
    }
    const session = await service.send('POST', `${T}?downloads${partition}`);
    const url = `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=(0,10000)${partition}`;
    expect(Buffer.from((await service.send('GET', url)).body).equals(block(types, ...rows))).toBe(true);
    expect(await service.rows("SELECT dt, COUNT(*), COUNT(s), COUNT(w) FROM t WHERE dt > '' GROUP BY dt;")).toEqual([
      'a-partition-of-a-long-name,10000,6666,8000',
    ]);
  });
});

describe('a project of 2,000 tables', () => {
  test('lists and describes them quickly', async () => {
    await using service = await Service.open();
    for (let index = 0; index < 2_000; index++)
      await service.sql(`CREATE TABLE t${String(index)} (a BIGINT, b STRING);`);
    const before = process.cpuUsage();
    const first = String((await service.send('GET', '/projects/p/tables?expectmarker=true', { plane: 'rest' })).body);
    const marker = /<Marker>(.*)<\/Marker>/.exec(first)?.[1] ?? '';
    const url = `/projects/p/tables?expectmarker=true&marker=${marker}`;
    const second = String((await service.send('GET', url, { plane: 'rest' })).body);
    expect(first.split('<Table>').length + second.split('<Table>').length - 2).toBe(2_000);
    for (let index = 0; index < 200; index++)
      await service.send('GET', `/projects/p/tables/t${String(index)}`, { plane: 'rest' });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(4_000);
  }, 60_000);
});
