import { expect, test } from 'vitest';
import type { Bind } from '../../../../sandbox/oracle/engine.ts';
import { writeRows } from '../../../../sandbox/oracle/values.ts';
import { WireWriter } from '../../../../sandbox/oracle/wire-writer.ts';
import { number, openWorld, text } from './world.ts';
import type { Speaker } from './world.ts';

const ROWS = 1000;

async function filled(): Promise<Speaker> {
  const speaker = openWorld().connect();
  await speaker.run(
    'CREATE TABLE T (ID NUMBER(9) NOT NULL, A VARCHAR2(300), D DATE, S TIMESTAMP(6), N NUMBER, R RAW(9))',
  );
  await speaker.run(
    "INSERT INTO T SELECT LEVEL, CASE WHEN MOD(LEVEL, 7) = 0 THEN NULL ELSE RPAD('é', MOD(LEVEL, 290), 'xy') END, " +
      "DATE '2020-01-01' + LEVEL / 7, TIMESTAMP '2020-01-01 00:00:00.123456', LEVEL / 8, HEXTORAW('00FF') " +
      `FROM DUAL CONNECT BY LEVEL <= ${ROWS}`,
  );
  await speaker.run('UPDATE T SET D = NULL, S = NULL WHERE MOD(ID, 3) = 0');
  await speaker.run('DELETE FROM T WHERE MOD(ID, 10) = 4');
  await speaker.session.commit();
  return speaker;
}

const LIST = `"ID", "A", TO_CHAR("D",'SYYYY-MM-DD HH24:MI:SS') "D", TO_CHAR("S",'YYYY-MM-DD HH24:MI:SS.FF9') "S", "N", "R"`;

/** The same query by its values and by its bytes, three rows a call. */
async function bothWays(
  speaker: Speaker,
  sql: string,
  binds: readonly Bind[],
): Promise<readonly [Buffer, Buffer, number]> {
  const asked = [await speaker.run(sql, ...binds), await speaker.run(sql, ...binds)] as const;
  const [byValues, byBytes] = asked;
  if (byValues.kind !== 'query' || byBytes.kind !== 'query') throw new Error(`no query: ${sql}`);
  if (byBytes.fetchInto === undefined) throw new Error(`not streamed: ${sql}`);
  const [expected, written] = [new WireWriter(), new WireWriter()];
  writeRows(expected, byValues.columns, await byValues.fetch(1_000_000));
  let count = 0;
  for (let more = true; more;) {
    let begun = 0;
    const made = await byBytes.fetchInto(written, 3, () => (begun += 1));
    expect(begun).toBe(made > 0 ? 1 : 0);
    count += made;
    more = made === 3;
  }
  return [Buffer.from(expected.view()), Buffer.from(written.view()), count];
}

test.each([
  ['whole rows', `SELECT ${LIST} FROM T`, 900],
  ['columns out of order, twice and computed', `SELECT N, ID, A, ID, D, S, ROWID, ID + 1, A || '!' FROM T`, 900],
  ['rows of a condition', `SELECT ${LIST} FROM T WHERE MOD(ID, 2) = 0 AND A IS NOT NULL`, 341],
  ['the first rows', `SELECT ${LIST} FROM T FETCH FIRST 5 ROWS ONLY`, 5],
  ['no row', `SELECT ${LIST} FROM T WHERE 1 = 0`, 0],
  ['a view', "SELECT NAME, LOG_MODE, DBID FROM V$DATABASE WHERE NAME = 'ORCL'", 1],
  ['a join', 'SELECT A.ID, B.N FROM T A JOIN T B ON B.ID = A.ID WHERE A.ID <= 3', 3],
])('%s are the same bytes as their values written one by one', async (_what, sql, count) => {
  const [expected, written, rows] = await bothWays(await filled(), sql, []);
  expect(written.equals(expected)).toBe(true);
  expect(rows).toBe(count);
});

test('ROWID ranges that follow each other read every row once, in order, as of their SCN', async () => {
  const speaker = await filled();
  const all = (await speaker.query('SELECT ROWID, ID FROM T')).map(([rowid, id]) => ({ rowid: rowid ?? '', id }));
  const [[scn] = []] = await speaker.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  await speaker.run('UPDATE T SET N = -1');
  await speaker.run('DELETE FROM T WHERE ID > 500');
  await speaker.session.commit();
  const cuts = [0, 1, 97, 98, 450, 899].map((index) => all[index]?.rowid ?? '');
  const ids: (string | null | undefined)[] = [];
  for (const [index, low] of cuts.entries()) {
    const high = cuts[index + 1];
    const sql = `SELECT ID, N FROM T AS OF SCN TO_NUMBER(:s) WHERE ROWID >= CHARTOROWID(:a) AND ROWID ${high === undefined ? '>=' : '<'} :b`;
    const rows = await speaker.query(sql, text(scn ?? null), text(low), text(high ?? low));
    for (const [id, value] of rows) {
      ids.push(id);
      expect(Number(value) * 8).toBe(Number(id));
    }
  }
  expect(ids).toEqual(all.map(({ id }) => id));
});

test.each([
  ['ROWID = :a', 1],
  ['ROWID > :a AND ROWID <= :a', 0],
  ['ROWID < :a', 99],
  ['ROWID BETWEEN :a AND :a', 1],
  ['ROWID > :a AND ID <= 120', 8],
  ['ROWID <> :a', 899],
])('%s finds the rows that it says', async (condition, count) => {
  const speaker = await filled();
  const [[rowid] = []] = await speaker.query('SELECT ROWID FROM T WHERE ID = 111');
  const binds = [...condition.matchAll(/:a/g)].map(() => text(rowid ?? null));
  expect(await speaker.query(`SELECT ID FROM T WHERE ${condition}`, ...binds)).toHaveLength(count);
  expect(await speaker.query(`SELECT ID FROM T WHERE ${condition}`, ...binds.map(() => text(null)))).toHaveLength(0);
});

test('a range of another object, below or above, is empty or everything', async () => {
  const speaker = await filled();
  const [low, high] = ['AAAAAAAAEAAAACDAAA', 'AAB///AAEAAAACDAAA'];
  const count = async (condition: string, rowid: string): Promise<number> =>
    (await speaker.query(`SELECT ID FROM T WHERE ROWID ${condition} CHARTOROWID(:a)`, text(rowid))).length;
  expect([await count('>=', low), await count('<=', low)]).toEqual([900, 0]);
  expect([await count('>=', high), await count('<=', high)]).toEqual([0, 900]);
});

test('what fails at the first row fails in the execute call', async () => {
  const speaker = await filled();
  await expect(speaker.run('SELECT ID / 0 FROM T')).rejects.toMatchObject({ number: 1476 });
  await expect(speaker.run('SELECT ID FROM T WHERE ROWID > :a', text('nonsense'))).rejects.toMatchObject({
    number: 1410,
  });
  await expect(speaker.run('SELECT ID FROM T AS OF SCN :s', number('1'))).rejects.toMatchObject({ number: 1466 });
});

test('an open cursor goes on with its own snapshot while rows come and go', async () => {
  const speaker = await filled();
  const result = await speaker.run('SELECT ID FROM T');
  if (result.kind !== 'query') throw new Error('no query');
  const first = await result.fetch(10);
  await speaker.run('DELETE FROM T');
  await speaker.run(`INSERT INTO T (ID) SELECT LEVEL + 5000 FROM DUAL CONNECT BY LEVEL <= 200`);
  await speaker.session.commit();
  const rest = await result.fetch(5000);
  expect(first.length + rest.length).toBe(900);
  expect(await speaker.query('SELECT COUNT(*) FROM T')).toEqual([['200']]);
});

test('TO_CHAR of a date can also be what rows are grouped and sorted by', async () => {
  const speaker = await filled();
  const grouped = await speaker.query(
    "SELECT TO_CHAR(D, 'YYYY'), COUNT(*) FROM T WHERE D IS NOT NULL GROUP BY TO_CHAR(D, 'YYYY') ORDER BY 1",
  );
  expect(grouped).toEqual([['2020', '600']]);
});
