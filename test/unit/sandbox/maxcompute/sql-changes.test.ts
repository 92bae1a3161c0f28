import { describe, expect, test } from 'vitest';
import { codeOf, numbers, Service, T, Upload } from './service.ts';

const FULL = { 'odps.sql.type.system.odps2': 'true', 'odps.sql.allow.fullscan': 'true' };

/** t (k, v) = (1, a), (2, b), (NULL, c); u (k, v) = (2, x), (3, y), (NULL, z). */
async function joined(): Promise<Service> {
  const service = await Service.open();
  await service.sql('CREATE TABLE t (k BIGINT, v STRING);');
  await service.sql('CREATE TABLE u (k BIGINT, v STRING);');
  await service.sql("INSERT INTO TABLE t VALUES (1, 'a'), (2, 'b'), (NULL, 'c');");
  await service.sql("INSERT INTO u (v, k) VALUES ('x', 2), ('y', 3), ('z', NULL);");
  return service;
}

describe('queries over several tables', () => {
  test.each([
    ['SELECT t.v, u.v FROM t JOIN u ON t.k = u.k;', ['b,x']],
    [
      'SELECT t.v, u.v AS w FROM t LEFT OUTER JOIN u ON t.k = u.k ORDER BY v LIMIT 9;',
      [String.raw`a,\N`, 'b,x', String.raw`c,\N`],
    ],
    ['SELECT v FROM t LEFT ANTI JOIN u ON t.k = u.k ORDER BY v LIMIT 9;', ['a', 'c']],
    ['SELECT * FROM t LEFT SEMI JOIN u ON t.k = u.k;', ['2,b']],
    ['SELECT v FROM (SELECT v FROM t UNION ALL SELECT v FROM u) a ORDER BY v DESC LIMIT 2;', ['z', 'y']],
    [
      'SELECT k FROM (SELECT k FROM t UNION ALL SELECT k FROM u) a GROUP BY k HAVING COUNT(*) > 1 ORDER BY k LIMIT 9;',
      [String.raw`\N`, '2'],
    ],
    [
      'SELECT v FROM (SELECT v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM (SELECT k, v FROM t UNION ALL SELECT k, v FROM u) a) b WHERE n = 1 ORDER BY v LIMIT 9;',
      ['a', 'x', 'y', 'z'],
    ],
    ["SELECT SUM(k), MAX(COALESCE(k, 9)), MIN(CASE WHEN k = 1 THEN 'one' ELSE v END), COUNT(k) FROM t;", ['3,9,b,2']],
  ])('%s', async (query, expected) => {
    await using service = await joined();
    expect(await service.rows(query)).toEqual(expected);
  });
});

describe('INSERT', () => {
  test('INTO adds, OVERWRITE replaces, also by what the table itself holds', async () => {
    await using service = await joined();
    await service.sql('INSERT INTO t SELECT k, v FROM u WHERE k = 3;');
    expect(await service.rows('SELECT v FROM t ORDER BY v LIMIT 9;')).toEqual(['a', 'b', 'c', 'y']);
    await service.sql(
      'INSERT OVERWRITE TABLE t SELECT t.k, t.v FROM t LEFT ANTI JOIN u ON t.k = u.k UNION ALL SELECT * FROM u;',
    );
    expect(await service.rows('SELECT v FROM t ORDER BY v LIMIT 9;')).toEqual(['a', 'c', 'x', 'y', 'z']);
    await service.sql('INSERT OVERWRITE TABLE t SELECT NULL, v FROM u WHERE k = 99;');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['0']);
  });

  test('goes to one partition, or to those that the rows name', async () => {
    await using service = await joined();
    await service.sql('CREATE TABLE p (k BIGINT, v STRING) PARTITIONED BY (dt STRING, hh STRING);');
    await service.sql("INSERT OVERWRITE TABLE p PARTITION (dt='1', hh='00') SELECT k, v FROM t;");
    await service.sql("INSERT INTO p PARTITION (dt, hh) SELECT k, v, '2', v FROM u;");
    expect(await service.sql('SHOW PARTITIONS p;')).toBe('dt=1/hh=00\ndt=2/hh=x\ndt=2/hh=y\ndt=2/hh=z\n');
    await service.sql("INSERT OVERWRITE TABLE p PARTITION (dt='2', hh) SELECT 7, 'new', 'x';");
    expect(await service.rows("SELECT k, v, hh FROM p WHERE dt = '2' ORDER BY hh LIMIT 9;")).toEqual([
      '7,new,x',
      '3,y,y',
      String.raw`\N,z,z`,
    ]);
    await service.sql("TRUNCATE TABLE p PARTITION (dt='1', hh='00');");
    await service.sql("ALTER TABLE p DROP IF EXISTS PARTITION (dt='2', hh='x'), PARTITION (dt='9', hh='x');");
    expect(await service.rows('SELECT COUNT(*) FROM p;', FULL)).toEqual(['2']);
    expect(await service.sql('SHOW PARTITIONS p;')).toBe('dt=1/hh=00\ndt=2/hh=y\ndt=2/hh=z\n');
  });

  test.each([
    ['INSERT INTO t SELECT k FROM u;', /^ODPS-0130071.*wrong columns count/],
    ['INSERT INTO t SELECT v, k FROM u;', /^ODPS-0130071.*cannot be assigned to column k of type bigint/],
    ['INSERT INTO t PARTITION (dt) SELECT k, v, v FROM u;', /^ODPS-0130071/],
    ['INSERT INTO nowhere SELECT 1;', /^ODPS-0130131/],
    ['INSERT OVERWRITE TABLE t SELECT CAST(v AS BIGINT), v FROM u;', /^ODPS-0121095/],
    ['INSERT INTO t SELECT 1, 2', /^ODPS-0130161/],
    ['INSERT OVERWRITE TABLE t (k, v) SELECT k, v FROM u;', /^ODPS-0130161/],
    ['UPDATE t SET v = 1;', /^ODPS-0130161/],
    ['DELETE FROM t;', /^ODPS-0130161/],
    ['MERGE INTO t USING u ON t.k = u.k WHEN MATCHED THEN DELETE;', /^ODPS-0130161/],
    ['DESC t;', /^ODPS-0130161/],
    ['SHOW TABLES;', /^ODPS-0130161/],
    ['SET a.b=1', /^ODPS-0130161/],
  ])('%s fails and changes nothing', async (statement, problem) => {
    await using service = await joined();
    await expect(service.sql(statement)).rejects.toThrow(problem);
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['3']);
  });
});

describe('tables that change', () => {
  test('get columns, which are NULL in old rows and behind the others; a session from before still fits', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (dt STRING);');
    const old = await Upload.open(service, '&create_partition=true', '&partition=dt=1');
    await old.write(0, numbers(1n));
    await service.sql("ALTER TABLE t ADD COLUMNS (b STRING COMMENT 'new', c TIMESTAMP_NTZ);");
    await service.sql('ALTER TABLE t ADD COLUMNS IF NOT EXISTS (B STRING);');
    await expect(service.sql('ALTER TABLE t ADD COLUMNS (b STRING);')).rejects.toThrow(/already exists/);
    await old.commit();
    expect(await service.sql("SELECT * FROM t WHERE dt = '1';")).toBe(
      ['"a","b","c","dt"', String.raw`"1",\N,\N,"1"`, ''].join('\n'),
    );
    expect(String((await service.send('GET', T, { plane: 'rest' })).body)).toContain('"comment":"new"');
  });

  test('lose columns; a session that has one of them cannot be published any more', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT, b STRING, c STRING);');
    await service.sql("INSERT INTO t VALUES (1, 'x', 'y');");
    const narrow = await Upload.open(service);
    await narrow.write(0, numbers(1n));
    await service.sql('ALTER TABLE t DROP COLUMNS b, c;');
    expect(await service.sql('SELECT * FROM t;')).toBe('"a"\n"1"\n');
    expect(await codeOf(narrow.commit())).toBe('400 InvalidColumnSpec');
    expect(await narrow.status()).toMatchObject({ Status: 'normal' });
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['1']);
    await expect(service.sql('ALTER TABLE t DROP COLUMN z;')).rejects.toThrow(/column z cannot be resolved/);
    await expect(service.sql('ALTER TABLE t DROP COLUMN a;')).rejects.toThrow(/one column at least/);
  });

  test('get other names, wider types and comments for their columns', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a INT, d DECIMAL(10,2));');
    await service.sql('INSERT INTO t VALUES (1, 2.5);');
    await service.sql("ALTER TABLE t CHANGE COLUMN a b BIGINT COMMENT 'x';");
    await service.sql('ALTER TABLE t CHANGE COLUMN d d STRING;');
    expect(await service.sql('SELECT * FROM t;')).toBe('"b","d"\n"1","2.5"\n');
    await expect(service.sql('ALTER TABLE t CHANGE COLUMN b b INT;')).rejects.toThrow(/cannot become/);
    await expect(service.sql('ALTER TABLE t CHANGE COLUMN z y INT;')).rejects.toThrow(/cannot be resolved/);
    await service.sql('TRUNCATE TABLE t;');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['0']);
  });

  test('SET lines are hints', async () => {
    await using service = await Service.open();
    await service.sql('SET odps.sql.type.system.odps2=true;\nset a.b = c;CREATE TABLE t (a INT);', {});
    await expect(service.sql('SET a.b=c;\nSELECT nowhere FROM;')).rejects.toThrow(/^ODPS-0130161:\[2,20\]/);
  });
});
