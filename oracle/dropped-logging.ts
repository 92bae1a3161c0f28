/** Supplemental logging that is off: as the database says now, for what the redo itself does not tell. */
import type { TableStop } from '../model/change.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { Dictionary } from './dictionary.ts';
import type { Session } from './session.ts';
import type { DatabaseState } from './threads.ts';

const ALL = 'SELECT SUPPLEMENTAL_LOG_DATA_ALL FROM V$DATABASE';

interface Range {
  /** Exclusive. */
  readonly from: Scn;
  readonly tables: readonly TableDescription[];
}

/** While minimal logging is off, LogMiner cannot be relied on for any table, and since when cannot be told: each stops where it is. */
export function withoutMinimalLogging(
  { minimalLogging }: Pick<DatabaseState, 'minimalLogging'>,
  { tables, from }: Range,
): readonly TableStop[] {
  if (minimalLogging) return [];
  return tables.map(({ table }) => ({
    table,
    scn: from,
    reason: 'logging-dropped',
    text:
      `minimal supplemental logging is off (V$DATABASE.SUPPLEMENTAL_LOG_DATA_MIN is NO): ALTER DATABASE ADD SUPPLEMENTAL LOG DATA; ` +
      `ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`,
  }));
}

/** The same stops; a change that cannot be read, of a table that does not log all columns any more, is told by its cause. */
export async function withCause(
  session: Session,
  stops: readonly TableStop[],
  signal: AbortSignal,
): Promise<readonly TableStop[]> {
  const unreadable = stops.filter(({ reason }) => reason === 'undecodable').map(({ table }) => table);
  if (unreadable.length === 0) return stops;
  const [[everywhere] = []] = await session.query(ALL, {}, signal);
  if (everywhere === 'YES') return stops;
  const logged = await new Dictionary(session, signal).withAllColumnsLogging(unreadable);
  return stops.map((stop) => {
    if (stop.reason !== 'undecodable' || logged.has(stop.table)) return stop;
    const text = `${stop.text} Supplemental logging of ALL COLUMNS is off for it now.`;
    return { ...stop, reason: 'logging-dropped', text };
  });
}
