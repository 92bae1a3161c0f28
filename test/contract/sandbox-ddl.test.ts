/** DDL and the redo around it, as node-oracledb sees them. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';

const TEXT: NonNullable<oracledb.ExecuteOptions['fetchTypeHandler']> = () => ({ type: oracledb.STRING });
/** DICT_FROM_ONLINE_CATALOG, NO_SQL_DELIMITER, NO_ROWID_IN_STMT. */
const OPTIONS = 16 + 64 + 2048;

describe.each(['19c', '23ai'] as const)('oracledb and DDL on %s', (profile) => {
  let sandbox: Sandbox;
  let connection: oracledb.Connection;
  let other: oracledb.Connection;

  beforeAll(async () => {
    sandbox = await startSandbox({ profile });
    const { user, password, connectString } = sandbox.oracle;
    [connection, other] = [
      await oracledb.getConnection({ user, password, connectString }),
      await oracledb.getConnection({ user, password, connectString }),
    ];
  });

  afterAll(async () => {
    await connection.close();
    await other.close();
    await sandbox[Symbol.asyncDispose]();
  });

  const rows = async (sql: string): Promise<readonly unknown[]> =>
    (await connection.execute<unknown[]>(sql, [], { fetchTypeHandler: TEXT, maxRows: 10_000 })).rows ?? [];

  const all = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await connection.execute(statement);
    await connection.commit();
  };

  /** Of everything that the current log holds about the table of that object number. */
  const mined = async (columns: string, objectId: unknown): Promise<readonly unknown[]> => {
    const [[member] = []] = (await rows(
      "SELECT f.MEMBER FROM V$LOG l JOIN V$LOGFILE f ON f.GROUP# = l.GROUP# WHERE l.STATUS = 'CURRENT'",
    )) as unknown[][];
    const [[from, to] = []] = (await rows(
      "SELECT TO_CHAR(l.FIRST_CHANGE#), TO_CHAR(d.CURRENT_SCN) FROM V$LOG l, V$DATABASE d WHERE l.STATUS = 'CURRENT'",
    )) as unknown[][];
    await connection.execute('BEGIN DBMS_LOGMNR.ADD_LOGFILE(LOGFILENAME => :f, OPTIONS => 1); END;', [String(member)]);
    await connection.execute(
      'BEGIN DBMS_LOGMNR.START_LOGMNR(STARTSCN => TO_NUMBER(:a), ENDSCN => TO_NUMBER(:b), OPTIONS => :o); END;',
      [String(from), String(to), OPTIONS],
    );
    const found = await rows(
      `SELECT ${columns} FROM V$LOGMNR_CONTENTS WHERE DATA_OBJ# = ${String(objectId)} OR OPERATION_CODE = 34`,
    );
    await connection.execute('BEGIN DBMS_LOGMNR.END_LOGMNR; END;');
    return found;
  };

  const objectOf = async (name: string): Promise<unknown> => {
    const [[id] = []] = (await rows(
      `SELECT TO_CHAR(OBJECT_ID) FROM DBA_OBJECTS WHERE OBJECT_NAME = '${name}' AND OBJECT_TYPE = 'TABLE'`,
    )) as unknown[][];
    return id;
  };

  const post = async (path: string, body: unknown = {}): Promise<number> =>
    (await fetch(sandbox.control + path, { method: 'POST', body: JSON.stringify(body) })).status;

  test('a table lives through every change, and its redo tells of each in order', async () => {
    await all(
      'CREATE TABLE LIFE (ID NUMBER PRIMARY KEY, V VARCHAR2(10))',
      'ALTER TABLE LIFE ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS',
      "INSERT INTO LIFE VALUES (1, 'a')",
    );
    const id = await objectOf('LIFE');
    const ddl = [
      "ALTER TABLE LIFE ADD (A NUMBER(3) DEFAULT 7 NOT NULL, B VARCHAR2(5) DEFAULT 'x')",
      'ALTER TABLE LIFE MODIFY (V VARCHAR2(40))',
      'ALTER TABLE LIFE RENAME COLUMN B TO C',
      'ALTER TABLE LIFE SET UNUSED (A)',
      'ALTER TABLE LIFE DROP UNUSED COLUMNS',
      "COMMENT ON TABLE LIFE IS 'a life'",
      'GRANT SELECT ON LIFE TO SYS',
      'CREATE INDEX LIFE_V ON LIFE (V)',
      'ALTER TABLE LIFE ADD CONSTRAINT LIFE_C CHECK (ID > 0)',
      'RENAME LIFE TO AFTERLIFE',
    ];
    await all(...ddl);
    expect(await rows('SELECT * FROM AFTERLIFE')).toEqual([['1', 'a', 'x']]);
    await all('TRUNCATE TABLE AFTERLIFE', 'DROP TABLE AFTERLIFE');
    const marks = (await mined('SQL_REDO, INFO', id)).filter((row) => String(row).includes('USER DDL'));
    const user = 'USER DDL (PlSql=0 RecDep=0)';
    expect(marks.slice(2)).toEqual([
      ...ddl.map((text) => [text, user]),
      ['TRUNCATE TABLE AFTERLIFE', user],
      [expect.stringMatching(/^DROP TABLE AFTERLIFE AS "BIN\$.{22}==\$0"$/), user],
    ]);
    await all('FLASHBACK TABLE AFTERLIFE TO BEFORE DROP', 'DROP TABLE AFTERLIFE PURGE');
    const [row] = await mined('SEG_OWNER, TABLE_NAME, STATUS', id);
    expect(row).toEqual(['HR', 'LIFE', '0']);
    expect(await mined('SEG_OWNER, TABLE_NAME, STATUS', id)).toContainEqual(['UNKNOWN', `OBJ# ${String(id)}`, '2']);
  });

  test('DDL commits what the session had open, and waits for no other', async () => {
    await all('CREATE TABLE BUSY (ID NUMBER)', 'CREATE TABLE IDLE (ID NUMBER)');
    await other.execute('INSERT INTO BUSY VALUES (1)');
    await connection.execute('INSERT INTO IDLE VALUES (1)');
    await connection.execute('ALTER TABLE BUSY ADD A NUMBER');
    await connection.rollback();
    expect(await rows('SELECT ID FROM IDLE')).toEqual([['1']]);
    await expect(connection.execute('ALTER TABLE BUSY DROP COLUMN A')).rejects.toThrow('ORA-00054');
    await other.rollback();
    await connection.execute('ALTER TABLE BUSY DROP COLUMN A');
  });

  test('a query that is open goes on over a column that is dropped, and the past is closed', async () => {
    await all('CREATE TABLE WIDE (ID NUMBER, GONE VARCHAR2(9), LAST_ONE VARCHAR2(9))');
    await connection.executeMany(
      "INSERT INTO WIDE VALUES (:1, 'gone', 'kept')",
      Array.from({ length: 300 }, (_, index) => [index]),
    );
    await connection.commit();
    const [[scn] = []] = (await rows('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE')) as unknown[][];
    const { resultSet } = await other.execute<unknown[]>('SELECT GONE, LAST_ONE FROM WIDE', [], {
      resultSet: true,
      fetchArraySize: 10,
    });
    expect(await resultSet?.getRows(10)).toHaveLength(10);
    await connection.execute('ALTER TABLE WIDE DROP (GONE)');
    const rest = (await resultSet?.getRows(1000)) ?? [];
    await resultSet?.close();
    expect(new Set(rest.map(String))).toEqual(new Set(['gone,kept']));
    expect(rest).toHaveLength(290);
    expect(await rows('SELECT * FROM WIDE WHERE ID = 299')).toEqual([['299', 'kept']]);
    await expect(connection.execute(`SELECT * FROM WIDE AS OF SCN ${String(scn)}`)).rejects.toThrow('ORA-01466');
  });

  test('a row of before a column came is printed by column numbers, one of after by names', async () => {
    await all('CREATE TABLE GROWN (ID NUMBER, D DATE)', "INSERT INTO GROWN VALUES (100, DATE '2024-02-29')");
    await all('ALTER TABLE GROWN ADD N NVARCHAR2(3)', "INSERT INTO GROWN VALUES (-1, NULL, '日')");
    const found = await mined('SQL_REDO, INFO, DATA_OBJV#', await objectOf('GROWN'));
    expect(found.filter((row) => String(row).startsWith('insert'))).toEqual([
      [
        `insert into "HR"."GROWN"("COL 1","COL 2") values (HEXTORAW('c202'),HEXTORAW('787c021d010101'))`,
        'Dictionary Version Mismatch',
        '1',
      ],
      [String.raw`insert into "HR"."GROWN"("ID","D","N") values ('-1',NULL,UNISTR('\65E5'))`, null, '2'],
    ]);
  });

  test('DATA_DEFAULT_VC is there where the release has it', async () => {
    await all("CREATE TABLE DEFAULTS (ID NUMBER, V VARCHAR2(5) DEFAULT 'a''b')");
    const text = async (column: string): Promise<readonly unknown[]> =>
      rows(`SELECT ${column} FROM DBA_TAB_COLUMNS WHERE TABLE_NAME = 'DEFAULTS' AND COLUMN_NAME = 'V'`);
    expect(await text('DATA_DEFAULT')).toEqual([["'a''b'"]]);
    if (profile === '23ai') expect(await text('DATA_DEFAULT_VC')).toEqual([["'a''b'"]]);
    else await expect(text('DATA_DEFAULT_VC')).rejects.toThrow('ORA-00904');
  });

  test('oddities of redo come by order of the control port', async () => {
    await all('CREATE TABLE ODD (ID NUMBER, V VARCHAR2(9))');
    const odd = { owner: 'HR', table: 'ODD' };
    expect(await post('/oracle/redo-oddity', { ...odd, as: 'unsupported' })).toBe(200);
    await all("INSERT INTO ODD VALUES (1, 'it''s')");
    expect(await post('/oracle/redo-oddity', { ...odd, as: 'unescaped', times: 1 })).toBe(200);
    await all("INSERT INTO ODD VALUES (2, 'it''s')");
    expect(await post('/oracle/redo-oddity', { ...odd, as: 'internal' })).toBe(200);
    expect(await post('/oracle/redo-oddity', { ...odd, as: 'locked' })).toBe(200);
    await all("INSERT INTO ODD VALUES (3, 'c')", 'UPDATE ODD SET ID = 4 WHERE ID = 3');
    expect(await post('/oracle/missing-scn')).toBe(200);
    expect(await post('/oracle/redo-oddity', { ...odd, as: 'strange' })).toBe(400);
    const found = await mined('OPERATION_CODE, SQL_REDO', await objectOf('ODD'));
    expect(found.filter((row) => !String(row).startsWith('5,'))).toEqual([
      ['255', 'Unsupported'],
      ['1', `insert into "HR"."ODD"("ID","V") values ('2','it's')`],
      ['0', null],
      ['1', `insert into "HR"."ODD"("ID","V") values ('3','c')`],
      ['25', `select "ID","V" from "HR"."ODD" where "ID" = '3' for update`],
      ['3', `update "HR"."ODD" set "ID" = '4' where "ID" = '3'`],
      ['34', null],
    ]);
  });
});
