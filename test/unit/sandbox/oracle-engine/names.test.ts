import { describe, expect, test } from 'vitest';
import { mine, openWorld, text } from './world.ts';

describe('names', () => {
  test.each([
    ['"Mixed Case"'],
    ['"订单 明细"'],
    ['"select"'],
    ['订单'],
    [`"${'x'.repeat(128)}"`],
    [`"${'表'.repeat(42)}"`],
  ])('table and columns may be called %s', async (name) => {
    const speaker = openWorld().connect();
    await speaker.run(`CREATE TABLE ${name} (ID NUMBER PRIMARY KEY, ${name} VARCHAR2(20))`);
    await speaker.run(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    await speaker.run(`INSERT INTO "HR".${name} (ID, ${name}) VALUES (1, '值')`);
    await speaker.session.commit();
    expect(await speaker.query(`SELECT t.${name} FROM HR.${name} t WHERE t.${name} = '值'`)).toEqual([['值']]);
    const plain = name.startsWith('"') ? name.slice(1, -1) : name.toUpperCase();
    const columns = 'SELECT COLUMN_NAME FROM DBA_TAB_COLS WHERE OWNER = :o AND TABLE_NAME = :t ORDER BY COLUMN_ID';
    expect(await speaker.query(columns, text('HR'), text(plain))).toEqual([['ID'], [plain]]);
    const [[sql] = []] = await mine(speaker, 'SQL_REDO', { where: 'OPERATION_CODE = 1' });
    expect(sql).toBe(`insert into "HR"."${plain}"("ID","${plain}") values ('1','值')`);
  });

  test.each([
    [`CREATE TABLE ${'x'.repeat(129)} (A NUMBER)`, 972],
    [`CREATE TABLE "${'表'.repeat(43)}" (A NUMBER)`, 972],
    [`CREATE TABLE T ("${'列'.repeat(43)}" NUMBER)`, 972],
    ['CREATE TABLE T ("" NUMBER)', 1741],
  ])('too long or empty: %s', async (sql, error) => {
    await expect(openWorld().connect().run(sql)).rejects.toMatchObject({ number: error });
  });

  test('a table has 1,000 columns and not one more', async () => {
    const speaker = openWorld().connect();
    const columns = (count: number): string =>
      Array.from({ length: count }, (_, index) => `C${index} NUMBER`).join(', ');
    await speaker.run(`CREATE TABLE WIDE (${columns(1000)})`);
    await speaker.run('INSERT INTO WIDE (C999) VALUES (7)');
    expect(await speaker.query('SELECT C999, C0 FROM WIDE')).toEqual([['7', null]]);
    await expect(speaker.run(`CREATE TABLE WIDER (${columns(1001)})`)).rejects.toMatchObject({ number: 1792 });
  });

  test('unique keys compare what is not NULL; a table without a key takes equal rows', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE U (A NUMBER UNIQUE, B NUMBER, C NUMBER, CONSTRAINT BC UNIQUE (B, C))');
    for (const row of ['1, 1, 1', 'NULL, NULL, NULL', 'NULL, NULL, NULL', '2, 1, NULL', '3, NULL, 1']) {
      await speaker.run(`INSERT INTO U VALUES (${row})`);
    }
    for (const row of ['1, 9, 9', '4, 1, 1', '5, 1, NULL', '6, NULL, 1']) {
      await expect(speaker.run(`INSERT INTO U VALUES (${row})`)).rejects.toMatchObject({ number: 1 });
    }
    await speaker.run('CREATE TABLE K (A NUMBER)');
    await speaker.run('INSERT INTO K SELECT 1 FROM DUAL CONNECT BY LEVEL <= 2');
    expect(await speaker.query('SELECT COUNT(*) FROM K')).toEqual([['2']]);
    expect(await speaker.query("SELECT COUNT(*) FROM DBA_CONSTRAINTS WHERE TABLE_NAME = 'K'")).toEqual([['0']]);
  });
});

describe('a schema of 2,000 tables', () => {
  test('is made and asked about in seconds', async () => {
    const speaker = openWorld().connect();
    const started = process.cpuUsage();
    for (let table = 0; table < 2000; table++) {
      await speaker.run(
        `CREATE TABLE T${table} (ID NUMBER PRIMARY KEY, A VARCHAR2(9) NOT NULL, B DATE, C NUMBER, D NUMBER)`,
      );
    }
    const owned = await speaker.query("SELECT TABLE_NAME FROM DBA_TABLES WHERE OWNER = 'HR'");
    expect(owned).toHaveLength(2000);
    const columns = await speaker.query(
      'SELECT TABLE_NAME, COLUMN_NAME FROM DBA_TAB_COLS WHERE OWNER = :o',
      text('HR'),
    );
    expect(columns).toHaveLength(10_000);
    const wanted = Array.from({ length: 400 }, (_, index) => `T${index * 5}`);
    const pairs = wanted.map(() => '(OWNER = :o AND TABLE_NAME = :t)').join(' OR ');
    const binds = wanted.flatMap((name) => [text('HR'), text(name)]);
    const some = await speaker.query(`SELECT TABLE_NAME, COLUMN_NAME FROM DBA_TAB_COLS WHERE ${pairs}`, ...binds);
    expect(some).toHaveLength(2000);
    const tuples = wanted.map(() => '(:o, :t)').join(', ');
    const keys = await speaker.query(
      `SELECT c.TABLE_NAME, cc.COLUMN_NAME FROM DBA_CONSTRAINTS c JOIN DBA_CONS_COLUMNS cc
         ON cc.OWNER = c.OWNER AND cc.CONSTRAINT_NAME = c.CONSTRAINT_NAME
       WHERE (c.OWNER, c.TABLE_NAME) IN (${tuples}) AND c.CONSTRAINT_TYPE = 'P'`,
      ...binds,
    );
    expect(keys).toHaveLength(400);
    const used = process.cpuUsage(started);
    expect((used.user + used.system) / 1e6).toBeLessThan(8);
  });
});
