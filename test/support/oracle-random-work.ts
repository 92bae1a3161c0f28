/** Random transactions of several writers, and what a reader of redo must make of them. */
import type oracledb from 'oracledb';
import type { CommittedTransaction } from '../../model/change.ts';
import type { Tail } from './oracle-tail.ts';

export interface Work {
  readonly table: string;
  readonly writers: readonly oracledb.Connection[];
  readonly tail: Tail;
  readonly steps: number;
  readonly seed: number;
}

/** Numbers from 0 to below `limit`, the same for the same seed (mulberry32). */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Short transactions of two rows each, one after the other. */
export async function writePairs(
  writer: oracledb.Connection,
  table: string,
  { from, until }: { readonly from: number; readonly until: AbortSignal },
): Promise<void> {
  for (let id = from; !until.aborted; id += 2) {
    await writer.execute(`INSERT INTO ${table} (ID, NAME) VALUES (:1, 'first')`, [id]);
    await writer.execute(`INSERT INTO ${table} (ID, NAME) VALUES (:1, 'second')`, [id + 1]);
    await writer.commit();
  }
}

/** One writer with rows of its own: what it did since its last commit, and its rows, also as they were at the last commit and savepoint. */
interface Scribe {
  readonly writer: oracledb.Connection;
  readonly base: number;
  rows: ReadonlyMap<number, string>;
  done: readonly string[];
  committed: ReadonlyMap<number, string>;
  saved: { readonly rows: ReadonlyMap<number, string>; readonly done: readonly string[] } | undefined;
}

/** Random statements, savepoints, commits and rollbacks, one after the other, so that the order of commits is known. */
export async function randomWork({
  table,
  writers,
  tail,
  steps,
  seed,
}: Work): Promise<{ expected: string[]; mined: CommittedTransaction[] }> {
  const pick = random(seed);
  const scribes = writers.map((writer, i): Scribe => {
    return { writer, base: (i + 1) * 1000, rows: new Map(), done: [], committed: new Map(), saved: undefined };
  });
  const expected: string[] = [];
  const mined: CommittedTransaction[] = [];
  const end = async (scribe: Scribe, commit: boolean): Promise<void> => {
    await (commit ? scribe.writer.commit() : scribe.writer.rollback());
    if (commit && scribe.done.length > 0) expected.push(scribe.done.join(' '));
    scribe.committed = commit ? scribe.rows : scribe.committed;
    Object.assign(scribe, { rows: scribe.committed, done: [], saved: undefined });
  };
  for (let step = 0; step < steps; step++) {
    const scribe = scribes[pick(scribes.length)];
    if (!scribe) continue;
    const choice = pick(20);
    if (choice < 14) await change(scribe, table, pick, `s${step}`);
    else if (choice < 15) await savepoint(scribe);
    else if (choice < 16) await backToSavepoint(scribe);
    else await end(scribe, choice < 19);
    if (pick(12) === 0) mined.push(...(await tail.nextOnDisk()));
    if (pick(60) === 0) await scribe.writer.execute('ALTER SYSTEM SWITCH LOGFILE');
  }
  for (const scribe of scribes) await end(scribe, true);
  mined.push(...(await tail.next()));
  return { expected, mined };
}

async function change(scribe: Scribe, table: string, pick: (limit: number) => number, text: string): Promise<void> {
  const id = scribe.base + pick(8);
  const rows = new Map(scribe.rows);
  const old = rows.get(id);
  if (old === undefined) {
    await scribe.writer.execute(`INSERT INTO ${table} (ID, NAME) VALUES (:1, :2)`, [id, text]);
    rows.set(id, text);
    scribe.done = [...scribe.done, `+${id},${text}`];
  } else if (pick(3) === 0) {
    await scribe.writer.execute(`DELETE FROM ${table} WHERE ID = :1`, [id]);
    rows.delete(id);
    scribe.done = [...scribe.done, `-${id},${old}`];
  } else {
    await scribe.writer.execute(`UPDATE ${table} SET NAME = :1 WHERE ID = :2`, [text, id]);
    rows.set(id, text);
    scribe.done = [...scribe.done, `${id},${old}>${id},${text}`];
  }
  scribe.rows = rows;
}

async function savepoint(scribe: Scribe): Promise<void> {
  await scribe.writer.execute('SAVEPOINT S');
  scribe.saved = { rows: scribe.rows, done: scribe.done };
}

async function backToSavepoint(scribe: Scribe): Promise<void> {
  if (!scribe.saved) return;
  await scribe.writer.execute('ROLLBACK TO S');
  Object.assign(scribe, scribe.saved);
}
