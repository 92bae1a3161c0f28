/**
 * Rows that were written without redo: V$DATAFILE.UNRECOVERABLE_CHANGE# is the SCN of the last such write in each file (Oracle Database
 * Reference). It does not say of which table. Every captured table that may be written so and has extents in that file is suspected: what
 * redo does not hold cannot be followed, and nothing else would tell of it.
 */
import type { TableStop } from '../model/change.ts';
import { scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { tableName, tableParts } from '../model/table.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import type { Binds, Session } from './session.ts';
import type { DatabaseState } from './threads.ts';

const FILES =
  'SELECT TO_CHAR(FILE#), TO_CHAR(UNRECOVERABLE_CHANGE#) FROM V$DATAFILE ' +
  'WHERE UNRECOVERABLE_CHANGE# > TO_NUMBER(:a) AND UNRECOVERABLE_CHANGE# <= TO_NUMBER(:b)';

/** Of a partitioned table LOGGING is NULL here, whatever its partitions say. */
const UNLOGGED = "SELECT OWNER, TABLE_NAME FROM DBA_TABLES WHERE (LOGGING IS NULL OR LOGGING <> 'YES') AND OWNER IN ";
const PLACES =
  "SELECT DISTINCT OWNER, SEGMENT_NAME, TO_CHAR(FILE_ID) FROM DBA_EXTENTS WHERE SEGMENT_TYPE LIKE 'TABLE%' AND OWNER IN ";

interface Range {
  /** Exclusive. */
  readonly from: Scn;
  /** Inclusive. */
  readonly to: Scn;
  readonly tables: readonly TableDescription[];
}

/**
 * Asked when the redo of the range is on disk, so that the control file knows of writes in it. Of several writes into one file only the last
 * is known: a table is then stopped by a later range.
 * @returns a stop at the write's SCN: its rows commit above
 */
export async function unloggedStops(
  session: Pick<Session, 'query'>,
  { forceLogging }: Pick<DatabaseState, 'forceLogging'>,
  { from, to, tables }: Range,
  signal: AbortSignal,
): Promise<readonly TableStop[]> {
  if (forceLogging || tables.length === 0) return [];
  const written = await session.query(FILES, { a: from, b: to }, signal);
  if (written.length === 0) return [];
  const suspects = await suspected(session, tables, signal);
  if (suspects.size === 0) return [];
  const at = new Map(written.map(([file, change]) => [file ?? '', scn(change ?? '')]));
  const { list, binds } = ownersOf([...suspects]);
  const places = await session.query(`${PLACES}${list}`, binds, signal);
  return places.flatMap(([owner, name, file]) => {
    const table = tableName({ owner: owner ?? '', name: name ?? '' });
    const change = at.get(file ?? '');
    return change !== undefined && suspects.has(table) ? [stopAt(table, change, file ?? '')] : [];
  });
}

async function suspected(
  session: Pick<Session, 'query'>,
  tables: readonly TableDescription[],
  signal: AbortSignal,
): Promise<ReadonlySet<TableName>> {
  const captured = new Set(tables.map(({ table }) => table));
  const { list, binds } = ownersOf([...captured]);
  const rows = await session.query(`${UNLOGGED}${list}`, binds, signal);
  const unlogged = rows.map(([owner, name]) => tableName({ owner: owner ?? '', name: name ?? '' }));
  return new Set(unlogged.filter((table) => captured.has(table)));
}

function ownersOf(tables: readonly TableName[]): { readonly list: string; readonly binds: Binds } {
  const owners = [...new Set(tables.map((table) => tableParts(table).owner))];
  const binds = Object.fromEntries(owners.map((owner, i) => [`o${i}`, owner]));
  return {
    list: `(${Object.keys(binds)
      .map((name) => `:${name}`)
      .join(', ')})`,
    binds,
  };
}

const stopAt = (table: TableName, change: Scn, file: string): TableStop => ({
  table,
  scn: change,
  reason: 'not-logged',
  text:
    `rows were written without redo at SCN ${change} into data file ${file}, which holds ${table} (V$DATAFILE.UNRECOVERABLE_CHANGE#), ` +
    'and its LOGGING is not YES; they may be its own',
});
