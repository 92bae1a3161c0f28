import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { block, codeOf, numbers, Service, T, Upload } from './service.ts';

describe('an upload session', () => {
  test('shows nothing before its commit and everything after it', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await upload.write(7, numbers(1n, 2n));
    await upload.write(0, deflateSync(numbers(3n)), 'deflate');
    expect(await upload.status()).toMatchObject({
      Status: 'normal',
      UploadedBlockList: [{ BlockID: 0 }, { BlockID: 7 }],
    });
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['0']);
    expect(JSON.parse(String((await upload.commit()).body))).toMatchObject({ Status: 'closed' });
    expect(await service.rows('SELECT a FROM t ORDER BY a LIMIT 9;')).toEqual(['1', '2', '3']);
    expect(await upload.status()).toMatchObject({ Status: 'closed' });
  });

  test('replaces a block that is written again', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await upload.write(0, numbers(1n, 2n));
    await upload.write(0, numbers(5n));
    await upload.commit();
    expect(await service.rows('SELECT a FROM t;')).toEqual(['5']);
  });

  test('answers a second commit as told, and adds nothing', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await upload.write(0, numbers(1n));
    await upload.commit();
    expect((await upload.commit()).status).toBe(200);
    service.routes.faults.commitPersonality = 'conflict';
    expect(await codeOf(upload.commit())).toBe('409 StatusConflict');
    expect(await codeOf(upload.write(1, numbers(2n)))).toBe('409 StatusConflict');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['1']);
  });

  test('expires 24 hours after it was opened', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await upload.write(0, numbers(1n));
    service.clock.time += 24 * 3_600_000 - 1;
    expect(await upload.status()).toMatchObject({ Status: 'normal' });
    service.clock.time += 1;
    expect(await upload.status()).toMatchObject({ Status: 'expired' });
    expect(await codeOf(upload.commit())).toBe('409 StatusConflict');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['0']);
  });

  test.each([
    ['a block id of 20000', (upload: Upload) => upload.write(20_000, numbers(1n)), '400 InvalidBlockID'],
    ['a block id of -1', (upload: Upload) => upload.write(-1, numbers(1n)), '400 InvalidBlockID'],
    ['an unknown encoding', (upload: Upload) => upload.write(0, numbers(1n), 'x-snappy-framed'), '400 InvalidArgument'],
    ['raw bytes called deflate', (upload: Upload) => upload.write(0, numbers(1n), 'deflate'), 'CorruptedDataStream'],
    ['half a block', (upload: Upload) => upload.write(0, numbers(1n).subarray(0, 5)), 'IncompleteBody'],
    [
      'half a zlib stream',
      (upload: Upload) => upload.write(0, deflateSync(numbers(1n)).subarray(0, 12), 'deflate'),
      'IncompleteBody',
    ],
    [
      'more fields than columns',
      (upload: Upload) => upload.write(0, block(['bigint', 'bigint'], [1n, 2n])),
      'InvalidColumnSpec',
    ],
  ])('refuses %s', async (_rule, write, code) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    expect(await codeOf(write(upload))).toBe(code);
    expect((await upload.status()).UploadedBlockList).toEqual([]);
  });

  test('takes records with fewer fields than columns; the rest is NULL', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT, b STRING);');
    const upload = await Upload.open(service);
    await upload.write(19_999, numbers(1n));
    await upload.commit();
    expect(await service.rows('SELECT a, b FROM t;')).toEqual([String.raw`1,\N`]);
  });

  test('belongs to its partition, which every call repeats', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (dt STRING);');
    expect(await codeOf(Upload.open(service))).toBe('400 MissingPartitionSpec');
    expect(await codeOf(Upload.open(service, '', '&partition=dt=1'))).toBe('404 NoSuchPartition');
    expect(await codeOf(Upload.open(service, '', '&partition=hh=1'))).toBe('400 InvalidPartitionSpec');
    const upload = await Upload.open(service, '&create_partition=true', '&partition=dt=1');
    await service.sql("ALTER TABLE t ADD PARTITION (dt='2');");
    expect(await codeOf(service.send('GET', `${T}?uploadid=${upload.id}`))).toBe('400 MissingPartitionSpec');
    expect(await codeOf(service.send('GET', `${T}?uploadid=${upload.id}&partition=dt=2`))).toBe(
      '400 InvalidPartitionSpec',
    );
    await upload.write(0, numbers(4n));
    await upload.commit();
    expect(await service.rows("SELECT a, dt FROM t WHERE dt = '1';")).toEqual(['4,1']);
    expect(await service.rows("SELECT COUNT(*) FROM t WHERE dt = '2';")).toEqual(['0']);
  });

  test('with overwrite replaces the rows of its partition only', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (dt STRING);');
    for (const [partition, mode, value] of [
      ['1', '', 1n],
      ['2', '', 2n],
      ['1', '&overwrite=true', 3n],
    ] as const) {
      const upload = await Upload.open(service, `&create_partition=true${mode}`, `&partition=dt=${partition}`);
      await upload.write(0, numbers(value));
      await upload.commit();
    }
    expect(await service.rows("SELECT a, dt FROM t WHERE dt > '' ORDER BY dt LIMIT 9;")).toEqual(['3,1', '2,2']);
  });

  test('is unknown on another table, also one that took the name', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await service.sql('ALTER TABLE t RENAME TO u;');
    expect(await codeOf(upload.commit())).toBe('404 NoSuchTable');
    await service.sql('CREATE TABLE t (a BIGINT);');
    expect(await codeOf(upload.commit())).toBe('404 NoSuchUpload');
    expect(await codeOf(service.send('GET', `${T}?uploadid=nonsense`))).toBe('404 NoSuchUpload');
  });
});

describe('injected faults', () => {
  test.each([
    ['before', '0'],
    ['after', '1'],
  ] as const)('a commit that fails %s it took effect leaves %s rows', async (when, rows) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    await upload.write(0, numbers(1n));
    service.routes.faults.failNext({ operation: 'commit', when, status: 503 });
    expect(await codeOf(upload.commit())).toBe('503 ServiceUnavailable');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual([rows]);
    expect((await upload.commit()).status).toBe(200);
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['1']);
  });

  test('a statement whose answer is lost has run', async () => {
    await using service = await Service.open();
    service.routes.faults.failNext({ operation: 'sql', when: 'after', status: 500 });
    expect(await codeOf(service.sql('CREATE TABLE t (a BIGINT);'))).toBe('500 InternalServerError');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['0']);
  });
});
