import { expect, test } from 'vitest';
import { openWorld, text } from './world.ts';
import type { Speaker } from './world.ts';

async function scnNow(speaker: Speaker): Promise<string> {
  const [[scn] = []] = await speaker.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  return scn ?? '';
}

async function asOf(speaker: Speaker, scn: string): Promise<readonly (string | null)[]> {
  const rows = await speaker.query('SELECT V FROM T AS OF SCN TO_NUMBER(:s) ORDER BY ID', text(scn));
  return rows.map(([value]) => value ?? null);
}

async function openTable(): Promise<{ world: ReturnType<typeof openWorld>; writer: Speaker; reader: Speaker }> {
  const world = openWorld();
  const writer = world.connect();
  await writer.run('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(10))');
  return { world, writer, reader: world.connect() };
}

test('AS OF SCN sees exactly the transactions that had committed', async () => {
  const { writer, reader } = await openTable();
  const before = await scnNow(reader);
  await writer.run("INSERT INTO T VALUES (1, 'a')");
  const open = await scnNow(reader);
  await writer.session.commit();
  const committed = await scnNow(reader);
  await writer.run("UPDATE T SET V = 'b', ID = 5 WHERE ID = 1");
  await writer.session.commit();
  const changed = await scnNow(reader);
  await writer.run('DELETE FROM T');
  await writer.session.commit();
  expect(await asOf(reader, before)).toEqual([]);
  expect(await asOf(reader, open)).toEqual([]);
  expect(await asOf(reader, committed)).toEqual(['a']);
  expect(await asOf(reader, changed)).toEqual(['b']);
  expect(await asOf(reader, await scnNow(reader))).toEqual([]);
  expect(await reader.query('SELECT V FROM T AS OF SCN TO_NUMBER(:s) WHERE ID = 1', text(committed))).toEqual([['a']]);
});

test('a commit belongs to its own SCN and not to the one before', async () => {
  const { world, writer, reader } = await openTable();
  for (const value of ['a', 'b', 'c']) {
    await writer.run('INSERT INTO T SELECT COUNT(*), :v FROM T', text(value));
    await writer.session.commit();
  }
  for (const [index, { commitScn }] of world.database.journal(0).entries()) {
    expect((await asOf(reader, commitScn)).length).toBe(index + 1);
    expect((await asOf(reader, String(Number(commitScn) - 1))).length).toBe(index);
  }
});

test('AS OF SCN does not see own changes that are not committed, an ordinary query does', async () => {
  const { writer } = await openTable();
  await writer.run("INSERT INTO T VALUES (1, 'a')");
  expect(await asOf(writer, await scnNow(writer))).toEqual([]);
  expect(await writer.query('SELECT V FROM T')).toEqual([['a']]);
});

test('an SCN from the future is ORA-08181, one before the table ORA-01466', async () => {
  const { reader } = await openTable();
  await expect(asOf(reader, '999999999')).rejects.toMatchObject({ number: 8181 });
  await expect(asOf(reader, '1000000')).rejects.toMatchObject({ number: 1466 });
});

test('an open cursor stays with the rows of its start, whoever changes them', async () => {
  const { writer, reader } = await openTable();
  await writer.run("INSERT INTO T SELECT LEVEL, 'old' FROM DUAL CONNECT BY LEVEL <= 300");
  await writer.session.commit();
  const others = await reader.session.execute('SELECT V FROM T', [], { batchErrors: false });
  const own = await writer.session.execute('SELECT V FROM T', [], { batchErrors: false });
  if (others.kind !== 'query' || own.kind !== 'query') throw new Error('no query');
  await others.fetch(1);
  await own.fetch(1);
  await writer.run("UPDATE T SET V = 'new'");
  await writer.run('DELETE FROM T WHERE ID > 200');
  const ownRows = await own.fetch(1000);
  await writer.session.commit();
  const otherRows = await others.fetch(1000);
  expect([ownRows.length, otherRows.length]).toEqual([299, 299]);
  expect(new Set([...ownRows, ...otherRows].flat())).toEqual(new Set(['old']));
});

test('the journal holds what was committed, with rows before and after, and nothing that was undone', async () => {
  const { world, writer } = await openTable();
  await writer.run("INSERT INTO T VALUES (1, 'a')");
  await writer.run('SAVEPOINT s');
  await writer.run("INSERT INTO T VALUES (2, 'b')");
  await writer.run('ROLLBACK TO s');
  await writer.run("UPDATE T SET V = 'c' WHERE ID = 1");
  await writer.session.commit();
  await writer.run('DELETE FROM T');
  await writer.session.rollback();
  await writer.run('DELETE FROM T');
  await writer.session.commit();
  const [first, second] = world.database.journal(0);
  expect(first?.changes).toEqual([
    { table: 'HR.T', kind: 'insert', before: null, after: { ID: '1', V: 'a' } },
    { table: 'HR.T', kind: 'update', before: { ID: '1', V: 'a' }, after: { ID: '1', V: 'c' } },
  ]);
  expect(world.database.journal(1)).toEqual([second]);
  expect(second).toMatchObject({ number: 2, changes: [{ kind: 'delete', before: { ID: '1', V: 'c' }, after: null }] });
});
