import { describe, expect, test } from 'vitest';
import { openWorld, text } from './world.ts';
import type { Speaker } from './world.ts';

async function scnNow(speaker: Speaker): Promise<string> {
  const [[scn] = []] = await speaker.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  return scn ?? '';
}

async function fill(speaker: Speaker): Promise<void> {
  await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(10))');
  await speaker.run("INSERT INTO T SELECT LEVEL, 'old' FROM DUAL CONNECT BY LEVEL <= 500");
  await speaker.session.commit();
}

const countAsOf = async (speaker: Speaker, scn: string, where = '1 = 1'): Promise<string | null | undefined> => {
  const [[found] = []] = await speaker.query(
    `SELECT COUNT(*) FROM T AS OF SCN TO_NUMBER(:s) WHERE ${where}`,
    text(scn),
  );
  return found;
};

describe('undo that is gone', () => {
  test('is missed only where a block has changed since', async () => {
    const world = openWorld();
    const speaker = world.connect();
    await fill(speaker);
    const before = await scnNow(speaker);
    await speaker.run("UPDATE T SET V = 'new' WHERE ID = 250");
    await speaker.session.commit();
    expect(await countAsOf(speaker, before, "V = 'old'")).toBe('500');
    world.database.undo.forgetBefore(Number(await scnNow(speaker)));
    await expect(countAsOf(speaker, before)).rejects.toMatchObject({ number: 1555 });
    await expect(countAsOf(speaker, before, 'ID = 299')).rejects.toMatchObject({ number: 1555 });
    expect(await countAsOf(speaker, before, 'ID = 99')).toBe('1');
    expect(await countAsOf(speaker, await scnNow(speaker))).toBe('500');
  });

  test('is not missed for changes after the horizon, nor for those of open transactions', async () => {
    const world = openWorld();
    const speaker = world.connect();
    await fill(speaker);
    const before = await scnNow(speaker);
    world.database.undo.forgetBefore(Number(before));
    await speaker.run("UPDATE T SET V = 'new' WHERE ID = 250");
    await speaker.session.commit();
    expect(await countAsOf(speaker, before, "V = 'old'")).toBe('500');
    await speaker.run("UPDATE T SET V = 'newer' WHERE ID = 50");
    world.database.undo.forgetBefore(Number.POSITIVE_INFINITY);
    const other = world.connect();
    expect(await countAsOf(other, before, 'ID = 50')).toBe('1');
    expect(await other.query('SELECT V FROM T WHERE ID = 50')).toEqual([['old']]);
    await expect(countAsOf(other, before, 'ID = 250')).rejects.toMatchObject({ number: 1555 });
  });

  test('fails an ordinary query in mid-fetch at the first block that changed after its start', async () => {
    const world = openWorld();
    const speaker = world.connect();
    await fill(speaker);
    const writer = world.connect();
    const query = await speaker.session.execute('SELECT ID FROM T', [], { batchErrors: false });
    if (query.kind !== 'query') throw new Error('no query');
    expect(await query.fetch(50)).toHaveLength(50);
    await writer.run('DELETE FROM T WHERE ID = 450');
    await writer.session.commit();
    world.database.undo.forgetBefore(Number.POSITIVE_INFINITY);
    expect(await query.fetch(150)).toHaveLength(150);
    await expect(query.fetch(1000)).rejects.toMatchObject({ number: 1555 });
  });

  test('goes by itself when only so many SCNs are retained', async () => {
    const world = openWorld();
    const speaker = world.connect();
    await fill(speaker);
    world.database.undo.retain(20);
    const before = await scnNow(speaker);
    await speaker.run("UPDATE T SET V = 'new' WHERE ID = 1");
    await speaker.session.commit();
    expect(await countAsOf(speaker, before)).toBe('500');
    world.pass(60_000);
    await expect(countAsOf(speaker, before)).rejects.toMatchObject({ number: 1555 });
    world.database.undo.retain(undefined);
    await expect(countAsOf(speaker, before)).rejects.toMatchObject({ number: 1555 });
  });
});
