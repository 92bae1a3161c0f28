import { expect, test } from 'vitest';
import { openWorld } from './world.ts';
import type { Speaker, World } from './world.ts';

async function openTable(): Promise<{ world: World; one: Speaker; two: Speaker }> {
  const world = openWorld();
  const one = world.connect();
  await one.run('CREATE TABLE T (ID NUMBER CONSTRAINT T_PK PRIMARY KEY, N NUMBER)');
  await one.run('INSERT INTO T SELECT LEVEL, 0 FROM DUAL CONNECT BY LEVEL <= 3');
  await one.session.commit();
  return { world, one, two: world.connect() };
}

/** Whether the promise is still open after the event loop went round. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const turn = new Promise((resolve) => {
    setImmediate(() => {
      setImmediate(resolve, open);
    });
  });
  return (await Promise.race([promise.catch(() => undefined), turn])) === open;
}

test('an UPDATE waits for the row and then starts again with what was committed', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 10 WHERE ID = 1');
  const second = two.run('UPDATE T SET N = N + 1 WHERE ID = 1');
  expect(await waits(second)).toBe(true);
  await one.session.commit();
  await second;
  await two.session.commit();
  expect(await one.query('SELECT N FROM T WHERE ID = 1')).toEqual([['11']]);
});

test('a DELETE that waited for a row that is gone deletes nothing', async () => {
  const { one, two } = await openTable();
  await one.run('DELETE FROM T WHERE ID = 1');
  const second = two.run('DELETE FROM T WHERE ID = 1');
  expect(await waits(second)).toBe(true);
  await one.session.commit();
  expect(await second).toMatchObject({ rowCount: 0 });
});

test.each([
  ['commits', 'commit', 'refused'],
  ['rolls back', 'rollback', 'inserted'],
] as const)(
  'an INSERT of a key that another open transaction inserted waits; what that one does decides (%s)',
  async (_how, end, outcome) => {
    const { one, two } = await openTable();
    await one.run('INSERT INTO T VALUES (9, 1)');
    const second = two.run('INSERT INTO T VALUES (9, 2)');
    expect(await waits(second)).toBe(true);
    await one.session[end]();
    if (outcome === 'refused') await expect(second).rejects.toMatchObject({ number: 1 });
    else expect(await second).toMatchObject({ rowCount: 1 });
  },
);

test('an INSERT of a key that another open transaction deleted waits for its end', async () => {
  const { one, two } = await openTable();
  await one.run('DELETE FROM T WHERE ID = 2');
  const second = two.run('INSERT INTO T VALUES (2, 5)');
  expect(await waits(second)).toBe(true);
  await one.session.rollback();
  await expect(second).rejects.toMatchObject({ number: 1 });
});

test('closing a session rolls back and frees its rows', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 1');
  const second = two.run('UPDATE T SET N = N + 5 WHERE ID = 3');
  expect(await waits(second)).toBe(true);
  await one.session.close();
  await second;
  expect(await two.query('SELECT N FROM T ORDER BY ID')).toEqual([['0'], ['0'], ['5']]);
});

test('a cancelled wait ends with ORA-01013 and leaves the transaction usable', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 1 WHERE ID = 1');
  await two.run('UPDATE T SET N = 2 WHERE ID = 2');
  const second = two.run('UPDATE T SET N = 2 WHERE ID = 1');
  expect(await waits(second)).toBe(true);
  two.session.cancel();
  await expect(second).rejects.toMatchObject({ number: 1013 });
  await two.session.commit();
  expect(await two.query('SELECT N FROM T ORDER BY ID')).toEqual([['0'], ['2'], ['0']]);
});

test('two transactions that wait for each other: the second one is told so', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 1 WHERE ID = 1');
  await two.run('UPDATE T SET N = 2 WHERE ID = 2');
  const first = one.run('UPDATE T SET N = 1 WHERE ID = 2');
  expect(await waits(first)).toBe(true);
  await expect(two.run('UPDATE T SET N = 2 WHERE ID = 1')).rejects.toMatchObject({ number: 60 });
  await two.session.rollback();
  await first;
});

test('readers never wait', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 7');
  expect(await two.query('SELECT SUM(N) FROM T')).toEqual([['0']]);
});

test('DDL on a table with open changes is refused, and commits its own session first', async () => {
  const { one, two } = await openTable();
  await one.run('UPDATE T SET N = 7 WHERE ID = 1');
  await expect(two.run('DROP TABLE T')).rejects.toMatchObject({ number: 54 });
  await one.run('CREATE TABLE S (A NUMBER)');
  expect(one.session.inTransaction).toBe(false);
  await two.run('DROP TABLE T PURGE');
  await expect(one.query('SELECT * FROM T')).rejects.toMatchObject({ number: 942 });
});
