import { readFileSync } from 'node:fs';
import { DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../../sandbox/maxcompute/answers.ts';
import { pair } from '../../../../sandbox/maxcompute/cell-text.ts';
import { block, codeOf, decodeBlock, idOf, Service, T, Upload } from './service.ts';

describe('values', () => {
  const COLUMNS = 'n TIMESTAMP_NTZ, i TIMESTAMP, d DECIMAL(38,18), s STRING';
  const TYPES = ['timestamp_ntz', 'timestamp', 'decimal(38,18)', 'string'];
  const ROWS: readonly (readonly DuckDBValue[])[] = [
    [
      pair('timestamp_ntz', -62_135_596_800n, 1),
      pair('timestamp', 0n, 0),
      new DuckDBDecimalValue(-(10n ** 38n) + 1n, 38, 18),
      'a"b,\nc',
    ],
    [
      pair('timestamp_ntz', 253_402_300_799n, 999_999_999),
      pair('timestamp', 1_700_000_000n, 5),
      new DuckDBDecimalValue(1n, 38, 18),
      '',
    ],
    [null, null, null, null],
  ];

  test('survive exactly, from year 1 to 9999, to the nanosecond and 38 digits', async () => {
    await using service = await Service.open();
    await service.sql(`CREATE TABLE t (${COLUMNS});`);
    const upload = await Upload.open(service);
    await upload.write(0, block(TYPES, ...ROWS));
    await upload.commit();
    expect(await service.sql('SELECT * FROM t;')).toBe(
      [
        '"n","i","d","s"',
        '"0001-01-01 00:00:00.000000001","1970-01-01 08:00:00","-99999999999999999999.999999999999999999","a""b,\nc"',
        '"9999-12-31 23:59:59.999999999","2023-11-15 06:13:20.000000005","0.000000000000000001",""',
        String.raw`\N,\N,\N,\N`,
        '',
      ].join('\n'),
    );
    const session = await service.send('POST', `${T}?downloads`);
    const data = await service.send('GET', `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=(0,3)`);
    expect(Buffer.from(data.body)).toEqual(block(TYPES, ...ROWS));
  });

  test.each([
    [`MAX(n)`, '9999-12-31 23:59:59.999999999'],
    [`CAST(MIN(n) AS STRING)`, '0001-01-01 00:00:00.000000001'],
    [`CAST(CAST('2024-02-29 01:02:03.5' AS TIMESTAMP_NTZ) AS STRING)`, '2024-02-29 01:02:03.500000000'],
    [`CAST(TIMESTAMP '1970-01-01 08:00:00' AS STRING)`, '1970-01-01 08:00:00'],
    [`CAST(DATETIME '1988-07-01 00:00:00' AS STRING)`, '1988-07-01 00:00:00'],
    [`COUNT(*)`, '3'],
    [`CAST('1.50' AS DECIMAL(10,2))`, '1.5'],
  ])('SELECT %s gives %s', async (expression, expected) => {
    await using service = await Service.open();
    await service.sql(`CREATE TABLE t (${COLUMNS});`);
    const upload = await Upload.open(service);
    await upload.write(0, block(TYPES, ...ROWS));
    await upload.commit();
    const aggregate = /^(?:COUNT|CAST\(M|MAX)/.test(expression) ? ' FROM t' : '';
    expect(await service.rows(`SELECT ${expression}${aggregate};`)).toEqual([expected]);
  });

  test('instants are shown in the zone of the hint, else in Asia/Shanghai', async () => {
    await using service = await Service.open();
    const query =
      "SELECT CAST(DATETIME '2024-01-01 00:00:00' AS TIMESTAMP_NTZ) AS n, DATETIME '2024-01-01 00:00:00' AS d;";
    expect(await service.rows(query)).toEqual(['2024-01-01 00:00:00,2024-01-01 00:00:00']);
    await service.sql('CREATE TABLE t (i TIMESTAMP);');
    const upload = await Upload.open(service);
    await upload.write(0, block(['timestamp'], [pair('timestamp', 0n, 0)]));
    await upload.commit();
    expect(await service.rows('SELECT i FROM t;')).toEqual(['1970-01-01 08:00:00']);
    expect(await service.rows('SELECT i FROM t;', { 'odps.sql.timezone': 'America/New_York' })).toEqual([
      '1969-12-31 19:00:00',
    ]);
    await expect(service.sql('SELECT i FROM t;', { 'odps.sql.timezone': 'Nowhere' })).rejects.toThrow(
      /invalid time zone/,
    );
  });
});

describe('tables', () => {
  test.each([
    ['DROP TABLE t;', /^ODPS-0130131:.*table p\.t cannot be resolved/],
    ['ALTER TABLE t RENAME TO u;', /^ODPS-0130131/],
    ['CREATE TABLE u (a BIGINT);', /^ODPS-0110061: Failed to run ddltask - AlreadyExistsException/],
    ["ALTER TABLE u ADD PARTITION (dt='1');", /^ODPS-0130071/],
    ['SELECT nothing FROM u;', /^ODPS-0130071/],
    ['SELECT 1', /^ODPS-0130161/],
    ["SELECT CAST('x' AS BIGINT);", /^ODPS-0121095/],
    ["SELECT CAST('x' AS TIMESTAMP_NTZ);", /^ODPS-0121095/],
  ])('%s fails', async (statement, problem) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE u (a BIGINT);');
    await service.sql('CREATE TABLE IF NOT EXISTS u (other STRING);');
    await expect(service.sql(statement)).rejects.toThrow(problem);
  });

  test('a table is not renamed over another', async () => {
    await using service = await Service.open();
    for (const name of ['t', 'u']) await service.sql(`CREATE TABLE ${name} (a BIGINT);`);
    await expect(service.sql('ALTER TABLE t RENAME TO u;')).rejects.toThrow(/already exists/);
  });

  test('a partition is added twice only IF NOT EXISTS', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (y STRING, m STRING);');
    await service.sql("ALTER TABLE t ADD PARTITION (m='02',y='2024');");
    await service.sql("ALTER TABLE t ADD IF NOT EXISTS PARTITION (y='2024',m='02');");
    await expect(service.sql("ALTER TABLE t ADD PARTITION (y='2024',m='02');")).rejects.toThrow(
      /Partition already exists/,
    );
    const listed = await service.send('GET', `${T}?partitions&expectmarker=true`, { plane: 'rest' });
    expect(String(listed.body)).toContain(
      '<Column Name="y" Value="2024"></Column><Column Name="m" Value="02"></Column>',
    );
  });

  test('a long list comes in pages, each behind the marker of the one before', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (dt STRING);');
    const specs = Array.from({ length: 1001 }, (_spec, index) => `PARTITION (dt='${String(index)}')`);
    await service.sql(`ALTER TABLE t ADD ${specs.join(' ')};`);
    const page = async (marker: string): Promise<string> =>
      String((await service.send('GET', `${T}?partitions&expectmarker=true&marker=${marker}`, { plane: 'rest' })).body);
    const first = await page('');
    const marker = /<Marker>(.*)<\/Marker>/.exec(first)?.[1] ?? '';
    expect([marker, first.split('<Partition>').length - 1]).toEqual(['dt=999', 1000]);
    const second = await page(marker);
    expect([second.includes('<Marker></Marker>'), second.split('<Partition>').length - 1]).toEqual([true, 1]);
  });

  test('the Schema JSON carries Reserved as a JSON text', async () => {
    await using service = await Service.open();
    await service.sql(
      "CREATE TABLE `T` (A DECIMAL(10,2) COMMENT 'x]]>y') COMMENT '表' PARTITIONED BY (dt STRING) LIFECYCLE 3;",
    );
    const body = String((await service.send('GET', '/projects/p/tables/T', { plane: 'rest' })).body);
    const json = [...body.matchAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g)].map(([, section]) => section).join('');
    const schema = JSON.parse(json) as Readonly<Record<string, unknown>>;
    expect(schema).toMatchObject({
      lifecycle: 3,
      comment: '表',
      columns: [{ name: 'a', type: 'decimal(10,2)', comment: 'x]]>y' }],
    });
    expect(JSON.parse(String(schema['Reserved']))).toMatchObject({ Transactional: 'false' });
    expect(await codeOf(service.send('GET', '/projects/p/tables/u', { plane: 'rest' }))).toBe('404 NoSuchObject');
    expect(await codeOf(service.send('GET', '/projects/q/tables/t', { plane: 'rest' }))).toBe('404 NoSuchProject');
  });
});

describe('a download session', () => {
  const golden = readFileSync(new URL('../../../golden/tunnel/text.java.bin', import.meta.url));

  test('is a snapshot; columns and rows are chosen; its end has a footer', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (s STRING, v VARCHAR(10), c CHAR(4), b BINARY);');
    const write = async (): Promise<void> => {
      const upload = await Upload.open(service);
      await upload.write(0, golden);
      await upload.commit();
    };
    await write();
    const session = await service.send('POST', `${T}?downloads&asyncmode=true`);
    await write();
    expect(JSON.parse(String(session.body))).toMatchObject({ RecordCount: 2, Status: 'normal' });
    const read = (range: string): Promise<Answer> =>
      service.send('GET', `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=${range}&columns=v,s`);
    const two = await read('(0,99)');
    const decoded = decodeBlock(Buffer.from(two.body), [{ kind: 'string' }, { kind: 'string' }]);
    expect(decoded).toEqual({
      rows: 2,
      columns: [
        ['abc', ''],
        ['中文é😀', ''],
      ],
    });
    expect(decodeBlock(Buffer.from((await read('(1,1)')).body), [{ kind: 'string' }, { kind: 'string' }]).rows).toBe(1);
    expect(await codeOf(read('(3,1)'))).toBe('400 InvalidRowRange');
    service.clock.time += 24 * 3_600_000;
    expect(await codeOf(read('(0,1)'))).toBe('409 StatusConflict');
  });
});
