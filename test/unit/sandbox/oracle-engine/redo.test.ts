import { describe, expect, test } from 'vitest';
import { ISO_SESSION, mine, number, openWorld, startMining, text } from './world.ts';
import type { Speaker, World } from './world.ts';

async function openTable(logging = true): Promise<{ world: World; speaker: Speaker }> {
  const world = openWorld();
  const speaker = world.connect();
  await speaker.run(ISO_SESSION);
  await speaker.run(
    'CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(20), D DATE, S TIMESTAMP(3), R RAW(4), C CHAR(3), N NUMBER)',
  );
  if (logging) await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
  return { world, speaker };
}

const OUTLINE = 'OPERATION, ROLLBACK, SQL_REDO';
const EVERYTHING = "OPERATION_CODE <> 5 AND (SEG_OWNER = 'HR' OR SEG_OWNER IS NULL)";

describe('SQL_REDO', () => {
  test('prints every type as LogMiner does', async () => {
    const { speaker } = await openTable();
    await speaker.run(
      "INSERT INTO T VALUES (1, 'it''s', DATE '2024-02-29', TIMESTAMP '2024-02-29 01:02:03.5', HEXTORAW('0AFF'), 'x', -0.5)",
    );
    await speaker.run('UPDATE T SET N = 12.50, V = NULL WHERE ID = 1');
    await speaker.run('DELETE FROM T');
    await speaker.session.commit();
    const date = "TO_DATE('2024-02-29 00:00:00', 'YYYY-MM-DD HH24:MI:SS')";
    const time = "TO_TIMESTAMP('2024-02-29 01:02:03.500000000')";
    expect(await mine(speaker, 'SQL_REDO')).toEqual([
      [
        `insert into "HR"."T"("ID","V","D","S","R","C","N") values ('1','it''s',${date},${time},HEXTORAW('0aff'),'x  ','-.5')`,
      ],
      [
        `update "HR"."T" set "V" = NULL, "N" = '12.5' where "ID" = '1' and "V" = 'it''s' and "D" = ${date} and "S" = ${time} ` +
          `and "R" = HEXTORAW('0aff') and "C" = 'x  ' and "N" = '-.5'`,
      ],
      [
        `delete from "HR"."T" where "ID" = '1' and "V" IS NULL and "D" = ${date} and "S" = ${time} ` +
          `and "R" = HEXTORAW('0aff') and "C" = 'x  ' and "N" = '12.5'`,
      ],
    ]);
  });

  const NULLS = ['V', 'D', 'S', 'R', 'C', 'N'].map((name) => `"${name}" IS NULL`).join(' and ');

  test.each([
    [16 + 64, `delete from "HR"."T" where "ID" = '1' and ${NULLS} and ROWID = 'AAAR65AAEAAAACDAAA'`],
    [16 + 2048, `delete from "HR"."T" where "ID" = '1' and ${NULLS};`],
  ])('with options %i it keeps ROWID or semicolon', async (options, expected) => {
    const { speaker } = await openTable(false);
    await speaker.run('INSERT INTO T (ID) VALUES (1)');
    await speaker.run('DELETE FROM T');
    await speaker.session.commit();
    expect(await mine(speaker, 'SQL_REDO', { options, where: 'OPERATION_CODE = 2' })).toEqual([[expected]]);
  });

  test('without ALL COLUMNS logging an UPDATE shows only what it changed', async () => {
    const { speaker } = await openTable(false);
    await speaker.run("INSERT INTO T (ID, V, N) VALUES (1, 'a', 2)");
    await speaker.run('UPDATE T SET N = 3');
    await speaker.session.commit();
    expect(await mine(speaker, 'SQL_REDO', { where: 'OPERATION_CODE = 3' })).toEqual([
      [`update "HR"."T" set "N" = '3' where "N" = '2'`],
    ]);
  });

  test('an UPDATE to equal values and a key change are both written', async () => {
    const { speaker } = await openTable(false);
    await speaker.run("INSERT INTO T (ID, V) VALUES (1, 'a')");
    await speaker.run("UPDATE T SET V = 'a'");
    await speaker.run('UPDATE T SET ID = 2');
    await speaker.session.commit();
    expect(await mine(speaker, 'SQL_REDO', { where: 'OPERATION_CODE = 3' })).toEqual([
      [`update "HR"."T" set "V" = 'a' where "V" = 'a'`],
      [`update "HR"."T" set "ID" = '2' where "ID" = '1'`],
    ]);
  });

  test('a purged table is known by its number only, a dropped one by its name in the recycle bin', async () => {
    const { speaker } = await openTable();
    await speaker.run("INSERT INTO T (ID, V) VALUES (-123.45, 'a')");
    await speaker.run('CREATE TABLE S (A NUMBER)');
    await speaker.run('INSERT INTO S VALUES (1)');
    await speaker.run('DROP TABLE T PURGE');
    await speaker.run('DROP TABLE S');
    const rows = await mine(speaker, 'SEG_OWNER, TABLE_NAME, STATUS, INFO, SQL_REDO', { where: 'OPERATION_CODE = 1' });
    expect(rows[0]).toEqual([
      'UNKNOWN',
      'OBJ# 73401',
      '2',
      'Dictionary Mismatch',
      `insert into "UNKNOWN"."OBJ# 73401"("COL 1","COL 2","COL 3","COL 4","COL 5","COL 6","COL 7") values ` +
        `(HEXTORAW('3d644e3866'),HEXTORAW('61'),NULL,NULL,NULL,NULL,NULL)`,
    ]);
    expect(rows[1]?.[1]).toMatch(/^BIN\$.{22}==\$0$/);
  });
});

describe('what is undone', () => {
  test('ROLLBACK TO SAVEPOINT compensates newest first and the transaction goes on', async () => {
    const { speaker } = await openTable();
    await speaker.run("INSERT INTO T (ID, V) VALUES (1, 'a')");
    await speaker.run('SAVEPOINT s');
    await speaker.run("UPDATE T SET V = 'b' WHERE ID = 1");
    await speaker.run('INSERT INTO T (ID) VALUES (2)');
    await speaker.run('DELETE FROM T WHERE ID = 1');
    await speaker.run('ROLLBACK TO SAVEPOINT s');
    await speaker.session.commit();
    const rows = await mine(speaker, OUTLINE, { where: EVERYTHING });
    const own = rows.slice(rows.findIndex(([, , sql]) => sql?.startsWith('insert') === true));
    expect(own.filter(([, rollback]) => rollback === '1').map(([, , sql]) => sql)).toEqual([
      `insert into "HR"."T"("ID","V","D","S","R","C","N") values ('1','b',NULL,NULL,NULL,NULL,NULL)`,
      `delete from "HR"."T"`,
      `update "HR"."T" set "V" = 'a'`,
    ]);
    expect(own.map(([operation]) => operation)).toEqual([
      'INSERT',
      'UPDATE',
      'INSERT',
      'DELETE',
      'INSERT',
      'DELETE',
      'UPDATE',
      'COMMIT',
    ]);
    expect(await speaker.query('SELECT ID, V FROM T')).toEqual([['1', 'a']]);
    await expect(speaker.run('ROLLBACK TO s')).rejects.toMatchObject({ number: 1086 });
  });

  test('a statement that fails at its third row compensates the first two with the ROWIDs of the originals', async () => {
    const { speaker } = await openTable();
    await speaker.run('INSERT INTO T (ID) VALUES (3)');
    await speaker.session.commit();
    const insert = 'INSERT INTO T (ID) SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 4';
    await expect(speaker.run(insert)).rejects.toMatchObject({ number: 1 });
    expect(speaker.session.inTransaction).toBe(true);
    await speaker.session.commit();
    const rows = await mine(speaker, 'OPERATION, ROLLBACK, ROW_ID');
    expect(rows.slice(1).map(([operation, rollback]) => `${operation ?? ''}${rollback ?? ''}`)).toEqual([
      'INSERT0',
      'INSERT0',
      'INSERT0',
      'DELETE1',
      'DELETE1',
      'DELETE1',
    ]);
    const rowids = rows.slice(1).map(([, , rowid]) => rowid);
    expect(rowids.slice(3)).toEqual(rowids.slice(0, 3).reverse());
  });

  test('a full rollback compensates everything and ends with ROLLBACK', async () => {
    const { speaker, world } = await openTable();
    await speaker.run('INSERT INTO T (ID) VALUES (1)');
    await speaker.run('UPDATE T SET N = 1');
    await speaker.session.rollback();
    expect(await mine(speaker, OUTLINE, { end: '1000099', where: 'OPERATION_CODE = 36' })).toEqual([]);
    world.pass(1500);
    const rows = await mine(speaker, OUTLINE);
    expect(rows.map(([operation, rollback]) => `${operation ?? ''}${rollback ?? ''}`)).toEqual([
      'INSERT0',
      'UPDATE0',
      'UPDATE1',
      'DELETE1',
      'ROLLBACK0',
    ]);
  });

  test('a compensation mined without the START of its transaction has an unknown sequence', async () => {
    const { speaker } = await openTable();
    await speaker.run('INSERT INTO T (ID) VALUES (1)');
    const [[scn] = []] = await speaker.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
    await speaker.run('SAVEPOINT s');
    await speaker.run('INSERT INTO T (ID) VALUES (2)');
    await speaker.run('ROLLBACK TO s');
    await speaker.session.commit();
    const late = await mine(speaker, 'OPERATION, XIDUSN, XIDSLT, XIDSQN, RAWTOHEX(XID)', {
      start: scn ?? '',
      where: '1 = 1',
    });
    expect(late.map(([operation, , , sequence]) => [operation, sequence])).toEqual([
      ['INSERT', '801'],
      ['DELETE', '4294967295'],
      ['COMMIT', '801'],
    ]);
    expect(late[1]?.[4]).toBe('03000000FFFFFFFF');
    const whole = await mine(speaker, 'XIDSQN', { where: 'ROLLBACK = 1' });
    expect(whole).toEqual([['801']]);
  });
});

describe('rows of the view', () => {
  test('rows of one statement share SCN and RS_ID; an array insert counts SSN, an array delete does not', async () => {
    const { speaker } = await openTable();
    await speaker.array('INSERT INTO T (ID) VALUES (:1)', [[number('1')], [number('2')], [number('3')]]);
    await speaker.run('DELETE FROM T');
    await speaker.session.commit();
    const rows = await mine(speaker, 'OPERATION, TO_CHAR(SCN), RS_ID, SSN');
    expect(new Set(rows.map(([operation, scn, record]) => [operation, scn, record].join())).size).toBe(2);
    expect(rows.map(([, , , ssn]) => ssn)).toEqual(['0', '1', '2', '0', '0', '0']);
    expect(rows[0]?.[2]).toMatch(/^ 0x[0-9a-f]{6}\.[0-9a-f]{8}\.[0-9a-f]{4} $/);
  });

  test('DDL is a transaction of its own and says that a user wrote it', async () => {
    const { speaker } = await openTable();
    const rows = await mine(speaker, 'OPERATION, INFO, TABLE_NAME, SQL_REDO', { where: "SQL_REDO LIKE 'ALTER%'" });
    expect(rows).toEqual([
      ['DDL', 'USER DDL (PlSql=0 RecDep=0)', 'T', 'ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS'],
    ]);
  });

  test('a statement over 4000 bytes is cut between characters, even inside quotes', async () => {
    const { speaker } = await openTable();
    await speaker.run('CREATE TABLE W (A VARCHAR2(4000), B VARCHAR2(4000))');
    const long = '€'.repeat(1300);
    await speaker.run('INSERT INTO W VALUES (:a, :b)', text(long), text("'".repeat(3000)));
    await speaker.session.commit();
    const rows = await mine(speaker, 'CSF, SQL_REDO, TO_CHAR(SCN) || RS_ID || SSN', { where: 'OPERATION_CODE = 1' });
    expect(rows.map(([csf]) => csf)).toEqual(['1', '1', '0']);
    expect(new Set(rows.map(([, , place]) => place)).size).toBe(1);
    expect(rows.every(([, sql]) => Buffer.byteLength(sql ?? '') <= 4000)).toBe(true);
    expect(rows.map(([, sql]) => sql).join('')).toBe(
      `insert into "HR"."W"("A","B") values ('${long}','${"''".repeat(3000)}')`,
    );
  });

  test('only redo that reached the disk is there, and never less than LAST_REDO_CHANGE# promises', async () => {
    const { world, speaker } = await openTable();
    await speaker.run('INSERT INTO T (ID) VALUES (1)');
    const [[early] = []] = await speaker.query('SELECT TO_CHAR(LAST_REDO_CHANGE#) FROM V$THREAD');
    expect(await mine(speaker, 'SQL_REDO', { end: '1000099' })).toEqual([]);
    world.pass(1000);
    const [[late] = []] = await speaker.query('SELECT TO_CHAR(LAST_REDO_CHANGE#) FROM V$THREAD');
    expect(Number(late)).toBeGreaterThan(Number(early));
    expect((await mine(speaker, 'SQL_REDO', { end: late ?? '' })).length).toBe(1);
    await speaker.run('INSERT INTO T (ID) VALUES (2)');
    await speaker.session.commit();
    expect((await mine(speaker, 'SQL_REDO', { end: late ?? '' })).length).toBe(1);
  });

  test('SCNs pass with time also when nobody writes', async () => {
    const { world, speaker } = await openTable();
    const read = async (): Promise<readonly number[]> => {
      const [row = []] = await speaker.query(
        'SELECT TO_CHAR(t.LAST_REDO_CHANGE#), TO_CHAR(d.CURRENT_SCN) FROM V$THREAD t, V$DATABASE d',
      );
      return row.map(Number);
    };
    const [last = 0, current = 0] = await read();
    world.pass(60_000);
    const [lastLater = 0, currentLater = 0] = await read();
    expect(lastLater).toBeGreaterThan(current);
    expect(currentLater).toBeGreaterThan(current + 50);
    expect(currentLater).toBeGreaterThan(lastLater);
    expect(last).toBeLessThanOrEqual(current);
  });
});

test('GV$TRANSACTION shows an open transaction with the SCN of its START', async () => {
  const { speaker } = await openTable();
  const sql = 'SELECT RAWTOHEX(XID), TO_CHAR(START_SCN) FROM GV$TRANSACTION';
  expect(await speaker.query(sql)).toEqual([]);
  await speaker.run('INSERT INTO T (ID) VALUES (1)');
  const open = await speaker.query(sql);
  await speaker.session.commit();
  await startMining(speaker);
  const started = await speaker.query(
    'SELECT RAWTOHEX(XID), TO_CHAR(SCN) FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 6 ORDER BY SCN DESC FETCH FIRST 1 ROWS ONLY',
  );
  expect(open).toEqual(started);
  expect(await speaker.query(sql)).toEqual([]);
});
