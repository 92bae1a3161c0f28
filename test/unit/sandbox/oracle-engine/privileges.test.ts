import { describe, expect, test } from 'vitest';
import { allLogs, number, openWorld, startMining, text } from './world.ts';
import type { Speaker, World } from './world.ts';

const CAPTURE = [
  'CREATE SESSION',
  'SELECT ON HR.T',
  'FLASHBACK ON HR.T',
  'SELECT_CATALOG_ROLE',
  'SELECT ANY TRANSACTION',
  'LOGMINING',
  'EXECUTE ON DBMS_LOGMNR',
];

async function openCapture(privileges: readonly string[] = CAPTURE): Promise<{ world: World; capture: Speaker }> {
  const world = openWorld();
  const owner = world.connect();
  await owner.run('CREATE TABLE T (ID NUMBER PRIMARY KEY)');
  await owner.run('INSERT INTO T VALUES (1)');
  await owner.session.commit();
  world.database.accounts.set({ name: 'capture', password: 'p', privileges: ['CREATE SESSION', ...privileges] });
  return { world, capture: world.connect('CAPTURE') };
}

const copy = async (capture: Speaker): Promise<unknown> => {
  const [[scn = null] = []] = await capture.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  return capture.query('SELECT ID FROM HR.T AS OF SCN TO_NUMBER(:s)', text(scn));
};
const mineAll = async (capture: Speaker): Promise<unknown> => {
  await startMining(capture);
  return capture.query('SELECT SCN FROM V$LOGMNR_CONTENTS');
};

describe('a capture user', () => {
  test('with all that it needs copies and mines', async () => {
    const { capture } = await openCapture();
    expect(await copy(capture)).toEqual([['1']]);
    expect(await mineAll(capture)).not.toEqual([]);
  });

  test.each([
    ['SELECT ON HR.T', copy, 1031],
    ['FLASHBACK ON HR.T', copy, 1031],
    ['SELECT_CATALOG_ROLE', copy, 942],
    ['SELECT ANY TRANSACTION', mineAll, 1031],
    ['LOGMINING', mineAll, 1031],
    ['EXECUTE ON DBMS_LOGMNR', mineAll, 6550],
  ])('fails from the next statement on when %s is revoked', async (privilege, work, error) => {
    const { world, capture } = await openCapture();
    await work(capture);
    world.database.accounts.existing('capture').revoke(privilege);
    await expect(work(capture)).rejects.toMatchObject({ number: error });
    world.database.accounts.existing('capture').grant(privilege);
    await capture.run('BEGIN DBMS_LOGMNR.END_LOGMNR; END;').catch(() => undefined);
    await work(capture);
  });

  test('does not see a table on which it has no privilege at all', async () => {
    const { capture } = await openCapture([]);
    await expect(capture.query('SELECT ID FROM HR.T')).rejects.toMatchObject({ number: 942 });
    await expect(capture.run('DELETE FROM HR.T')).rejects.toMatchObject({ number: 942 });
  });

  test.each([
    'INSERT INTO HR.T VALUES (2)',
    'UPDATE HR.T SET ID = 3',
    'DELETE FROM HR.T',
    'DROP TABLE HR.T',
    'ALTER TABLE HR.T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS',
    'CREATE TABLE MINE (A NUMBER)',
    'CREATE TABLE HR.THEIRS (A NUMBER)',
    'ALTER DATABASE ADD SUPPLEMENTAL LOG DATA',
    'ALTER SYSTEM SWITCH LOGFILE',
  ])('may read, but %s is ORA-01031', async (sql) => {
    const { capture } = await openCapture();
    await expect(capture.run(sql)).rejects.toMatchObject({ number: 1031 });
  });

  test.each(['SELECT ANY TABLE', 'READ ANY TABLE', 'READ ON HR.T', 'DBA'])(
    'reads with %s as well',
    async (privilege) => {
      const { capture } = await openCapture([privilege]);
      expect(await capture.query('SELECT ID FROM HR.T')).toEqual([['1']]);
    },
  );

  test.each(['SELECT ANY DICTIONARY', 'SELECT ON V_$DATABASE', 'SELECT ON SYS.V_$DATABASE'])(
    'sees V$DATABASE with %s',
    async (privilege) => {
      const { capture } = await openCapture([privilege]);
      expect(await capture.query('SELECT NAME FROM V$DATABASE')).toEqual([['ORCL']]);
    },
  );

  test('writes to tables of others and makes its own with the privileges for that', async () => {
    const { capture } = await openCapture(['INSERT ON HR.T', 'CREATE TABLE']);
    await capture.run('INSERT INTO HR.T VALUES (2)');
    await capture.run('CREATE TABLE MINE (A NUMBER)');
    await capture.run('INSERT INTO MINE VALUES (1)');
    await expect(capture.query('SELECT ID FROM HR.T')).rejects.toMatchObject({ number: 1031 });
  });

  test('without EXECUTE is told that the package is not declared', async () => {
    const { capture } = await openCapture([]);
    const call = capture.run('BEGIN DBMS_LOGMNR.ADD_LOGFILE(:n, :o); END;', text('x'), number('1'));
    await expect(call).rejects.toThrow(/PLS-00201: identifier 'DBMS_LOGMNR' must be declared/);
  });

  test('finds its privileges in the views about them', async () => {
    const { capture } = await openCapture();
    expect(await capture.query('SELECT PRIVILEGE FROM SESSION_PRIVS ORDER BY 1')).toEqual([
      ['CREATE SESSION'],
      ['LOGMINING'],
      ['SELECT ANY TRANSACTION'],
    ]);
    expect(await capture.query('SELECT ROLE FROM SESSION_ROLES')).toEqual([['SELECT_CATALOG_ROLE']]);
    const grants = [
      ['HR', 'T', 'FLASHBACK'],
      ['HR', 'T', 'SELECT'],
      ['SYS', 'DBMS_LOGMNR', 'EXECUTE'],
    ];
    expect(
      await capture.query('SELECT TABLE_SCHEMA, TABLE_NAME, PRIVILEGE FROM ALL_TAB_PRIVS ORDER BY 1, 2, 3'),
    ).toEqual(grants);
    expect(await capture.query('SELECT OWNER, TABLE_NAME, PRIVILEGE FROM USER_TAB_PRIVS ORDER BY 1, 2, 3')).toEqual(
      grants,
    );
  });
});

test.each([
  [{ privileges: [] }, 1045],
  [{ privileges: ['CONNECT'], status: 'locked' }, 28000],
  [{ privileges: ['CONNECT'], status: 'expired' }, 28001],
] as const)('a user %o does not log in', (user, error) => {
  const world = openWorld();
  world.database.accounts.set({ name: 'other', password: 'p', ...user });
  expect(() => world.connect('OTHER')).toThrow(expect.objectContaining({ number: error }));
});

test('a privilege that does not exist is refused', () => {
  const { accounts } = openWorld().database;
  const user = { name: 'other', password: 'p', privileges: ['SELECT ANY THING'] };
  expect(() => {
    accounts.set(user);
  }).toThrow(expect.objectContaining({ number: 990 }));
});

test('the schema owner has every privilege, as it always had', async () => {
  const owner = openWorld().connect();
  expect(
    await owner.query("SELECT COUNT(*) FROM SESSION_PRIVS WHERE PRIVILEGE IN ('LOGMINING', 'FLASHBACK ANY TABLE')"),
  ).toEqual([['2']]);
  expect(await owner.query('SELECT ROLE FROM SESSION_ROLES ORDER BY 1')).toEqual([
    ['DBA'],
    ['EXECUTE_CATALOG_ROLE'],
    ['SELECT_CATALOG_ROLE'],
  ]);
  expect(await allLogs(owner)).toHaveLength(1);
});
