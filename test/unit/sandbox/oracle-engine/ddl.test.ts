import { describe, expect, test } from 'vitest';
import { dictionary, insert, open, redoOf, scn } from './ddl-world.ts';
import { mine } from './world.ts';

describe('ALTER TABLE ADD', () => {
  test('gives the rows of before the default without redo, and new rows all columns', async () => {
    const { world, speaker } = await open();
    await insert(speaker);
    const other = world.connect();
    await other.run("UPDATE T SET V = 'open' WHERE ID = 1");
    await speaker.run("ALTER TABLE T ADD (A VARCHAR2(5) DEFAULT 'x' NOT NULL, B DATE DEFAULT SYSDATE, C NUMBER)");
    await other.session.rollback();
    await insert(speaker, "2, 'b', 3, 'y', NULL, 7");
    expect(await speaker.query("SELECT ID, V, A, TO_CHAR(B, 'YYYY'), C FROM T ORDER BY ID")).toEqual([
      ['1', 'a', 'x', '2026', null],
      ['2', 'b', 'y', null, '7'],
    ]);
    expect((await redoOf(speaker, 'OPERATION_CODE = 3')).length).toBe(2);
    expect(await dictionary(speaker)).toEqual([
      ['ID', '1', '1', 'NO', 'N', null],
      ['V', '2', '2', 'NO', 'Y', null],
      ['N', '3', '3', 'NO', 'Y', null],
      ['A', '4', '4', 'NO', 'N', "'x'"],
      ['B', '5', '5', 'NO', 'Y', 'SYSDATE'],
      ['C', '6', '6', 'NO', 'Y', null],
    ]);
  });

  test('leaves the past readable and shows the default there', async () => {
    const { speaker } = await open();
    await insert(speaker);
    const before = await scn(speaker);
    await speaker.run('UPDATE T SET N = 9');
    await speaker.session.commit();
    await speaker.run("ALTER TABLE T ADD A CHAR(3) DEFAULT 'd'");
    expect(await speaker.query(`SELECT N, A FROM T AS OF SCN ${before ?? ''}`)).toEqual([['2.5', 'd  ']]);
  });

  test('an update of an old row has the default in its image', async () => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run('ALTER TABLE T ADD A NUMBER DEFAULT 4');
    await speaker.run('UPDATE T SET N = 1');
    await speaker.session.commit();
    expect(await redoOf(speaker, 'OPERATION_CODE = 3')).toEqual([
      `update "HR"."T" set "N" = '1' where "ID" = '1' and "V" = 'a' and "N" = '2.5' and "A" = '4'`,
    ]);
  });
});

describe('rows of another version of their table', () => {
  test('come with column numbers and stored bytes, by the number of the column in the segment', async () => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run('UPDATE T SET V = NULL');
    await speaker.run('DELETE FROM T');
    await speaker.session.commit();
    await speaker.run('ALTER TABLE T ADD A NUMBER');
    await insert(speaker, "2, 'b', NULL, NULL");
    const rows = await mine(speaker, 'SQL_REDO, SEG_OWNER, TABLE_NAME, STATUS, INFO, DATA_OBJV#', {
      where: 'OPERATION_CODE IN (1, 2, 3)',
    });
    const old = ['HR', 'T', '2', 'Dictionary Version Mismatch', '1'];
    expect(rows).toEqual([
      [
        `insert into "HR"."T"("COL 1","COL 2","COL 3") values (HEXTORAW('c102'),HEXTORAW('61'),HEXTORAW('c10333'))`,
        ...old,
      ],
      [
        `update "HR"."T" set "COL 2" = NULL where "COL 1" = HEXTORAW('c102') and "COL 2" = HEXTORAW('61') ` +
          `and "COL 3" = HEXTORAW('c10333')`,
        ...old,
      ],
      [
        `delete from "HR"."T" where "COL 1" = HEXTORAW('c102') and "COL 2" IS NULL and "COL 3" = HEXTORAW('c10333')`,
        ...old,
      ],
      [`insert into "HR"."T"("ID","V","N","A") values ('2','b',NULL,NULL)`, 'HR', 'T', '0', null, '2'],
    ]);
  });

  test.each([
    ['DATE', "DATE '2024-02-29'", '787c021d010101'],
    ['TIMESTAMP', "TIMESTAMP '2024-02-29 01:02:03.5'", '787c021d0203041dcd6500'],
    ['TIMESTAMP(0)', "TIMESTAMP '2024-02-29 01:02:03'", '787c021d020304'],
    ['TIMESTAMP WITH TIME ZONE', "TIMESTAMP '2024-02-29 01:02:03.5 +01:30'", '787c021c1821041dcd6500155a'],
    ['INTERVAL YEAR TO MONTH', "INTERVAL '1-2' YEAR TO MONTH", '800000013e'],
    ['INTERVAL DAY TO SECOND', "INTERVAL '1 02:03:04.5' DAY TO SECOND", '800000013e3f409dcd6500'],
    ['RAW(4)', "HEXTORAW('00ff')", '00ff'],
    ['VARCHAR2(10)', "'ü'", 'c3bc'],
    ['NVARCHAR2(10)', "'ü'", '00fc'],
    ['BINARY_FLOAT', '1.5f', 'bfc00000'],
    ['BINARY_DOUBLE', '-1.5d', '4007ffffffffffff'],
    ['NUMBER', '-12.5', '3e5933' + '66'],
    ['NUMBER', '0', '80'],
  ])('print a value of %s in its internal format', async (type, literal, bytes) => {
    const { speaker } = await open(`CREATE TABLE T (C ${type})`);
    await insert(speaker, literal);
    await speaker.run('ALTER TABLE T ADD A NUMBER');
    expect(await redoOf(speaker)).toEqual([`insert into "HR"."T"("COL 1") values (HEXTORAW('${bytes}'))`]);
  });

  test.each([
    ['ALTER TABLE T MODIFY V VARCHAR2(20)', 1],
    ['ALTER TABLE T MODIFY (V NOT NULL)', 1],
    ['ALTER TABLE T RENAME COLUMN V TO W', 1],
    ['ALTER TABLE T DROP COLUMN N', 1],
    ['ALTER TABLE T SET UNUSED (N)', 1],
    ["ALTER TABLE T MODIFY V DEFAULT 'x'", 0],
    ['ALTER TABLE T ADD CONSTRAINT C1 CHECK (N > 0)', 0],
    ['ALTER TABLE T ADD CONSTRAINT U1 UNIQUE (V)', 0],
    ['CREATE INDEX I1 ON T (V)', 0],
    ["COMMENT ON COLUMN T.V IS 'it''s'", 0],
    ['GRANT SELECT, UPDATE ON T TO SYS', 0],
    ['ALTER TABLE T RENAME TO S', 0],
    ['RENAME T TO S', 0],
    ['ALTER TABLE T DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS', 0],
  ])('come after %s: %i', async (ddl, count) => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run(ddl);
    const rows = await redoOf(speaker, "INFO = 'Dictionary Version Mismatch'");
    expect(rows.length).toBe(count);
    const marks = await mine(speaker, 'SQL_REDO, INFO, SEG_OWNER, TABLE_NAME, TO_CHAR(DATA_OBJ#)', {
      where: 'OPERATION_CODE = 5',
    });
    expect(marks.at(-1)).toEqual([ddl, 'USER DDL (PlSql=0 RecDep=0)', 'HR', 'T', '73401']);
  });
});

describe('MODIFY', () => {
  test('widens, pads and keeps what is there', async () => {
    const { speaker } = await open('CREATE TABLE T (ID NUMBER(3), C CHAR(2), V VARCHAR2(3))');
    await insert(speaker, "1, 'a', 'abc'");
    await speaker.run("ALTER TABLE T MODIFY (ID NUMBER(5), C CHAR(4), V VARCHAR2(30) DEFAULT 'd' NOT NULL)");
    await speaker.run('INSERT INTO T (ID) VALUES (12345)');
    expect(await speaker.query('SELECT ID, C, V FROM T')).toEqual([
      ['1', 'a   ', 'abc'],
      ['12345', null, 'd'],
    ]);
    await expect(speaker.run('UPDATE T SET V = NULL')).rejects.toThrow('ORA-01407');
  });

  test.each([
    ['MODIFY V NUMBER', 'ORA-01439'],
    ['MODIFY N NUMBER(4,2)', 'ORA-01440'],
    ['MODIFY V VARCHAR2(2)', 'ORA-01441'],
    ['MODIFY V NULL', 'ORA-01451'],
    ['MODIFY ID NOT NULL', 'ORA-01442'],
    ['MODIFY W NUMBER', 'ORA-00904'],
    ['ADD V NUMBER', 'ORA-01430'],
    ['ADD W NUMBER NOT NULL', 'ORA-01758'],
    ['DROP (ID, V, N)', 'ORA-12983'],
    ['ADD CONSTRAINT C1 CHECK (N > 100)', 'ORA-02293'],
    ['ADD PRIMARY KEY (V)', 'ORA-02260'],
    ['DROP CONSTRAINT NONE', 'ORA-02443'],
    ['TRUNCATE PARTITION P', 'ORA-14501'],
    ['FROBNICATE', 'ORA-01735'],
  ])('and others: %s is %s', async (clause, error) => {
    const { speaker } = await open();
    await insert(speaker, "1, 'abcdef', 2.5");
    await expect(speaker.run(`ALTER TABLE T ${clause}`)).rejects.toThrow(error);
    expect(await redoOf(speaker, "INFO = 'Dictionary Version Mismatch'")).toEqual([]);
  });
});
