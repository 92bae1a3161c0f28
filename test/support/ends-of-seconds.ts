/** Moments of a source where one SCN is the end of a second, found by asking the database alone, while others write. */
import { setTimeout as wait } from 'node:timers/promises';
import type oracledb from 'oracledb';
import { readSource, type JudgedTable } from '../../demo/source.ts';
import type { TextRow } from '../../demo/warehouse.ts';

export interface EndOfSecond {
  /** The second that begins, `2026-11-22T17:15:00Z`. */
  readonly at: string;
  readonly scn: string;
  /** By flashback at that SCN, each as one text, sorted. */
  readonly rows: readonly string[];
}

const LOOK_EVERY_MS = 10;
const LOOK =
  "SELECT TO_CHAR(CURRENT_SCN), TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS') FROM V$DATABASE";

export const sortedTexts = (rows: readonly TextRow[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row)).toSorted();

interface Look {
  readonly scn: string;
  readonly second: string;
}

async function look(connection: oracledb.Connection): Promise<Look> {
  const { rows: [[scn, second] = ['', '']] = [] } = await connection.execute<[string, string]>(LOOK);
  return { scn, second };
}

/**
 * Changes are stamped in seconds. What committed up to the last SCN that is seen in a second is stamped at most with that second; what
 * commits after the first SCN that is seen in a later one is stamped at least with that one. A moment where nothing happened between
 * the two, and where the table is not what it was at the moment before, is given; any other is passed over.
 */
export async function* endsOfSeconds(
  connection: oracledb.Connection,
  table: JudgedTable,
  times: number,
): AsyncGenerator<EndOfSecond, void> {
  const rowsAt = async (scn: string): Promise<readonly string[]> =>
    sortedTexts(await readSource(connection, table, scn));
  let shown = '';
  let last = await look(connection);
  for (let left = times; left > 0;) {
    await wait(LOOK_EVERY_MS);
    const before = last;
    last = await look(connection);
    if (last.second === before.second) continue;
    const rows = await rowsAt(before.scn);
    const text = rows.join('\n');
    if (text === shown || text !== (await rowsAt(last.scn)).join('\n')) continue;
    shown = text;
    left -= 1;
    yield { at: `${last.second.replace(' ', 'T')}Z`, scn: before.scn, rows };
  }
}
