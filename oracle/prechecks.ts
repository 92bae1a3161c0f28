/** What the precheck items ask of the source. */
import type { Chunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import type { SourceMeasures, TableMeasures } from '../model/precheck-items.ts';
import { scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { copyStatement } from './chunk-reader.ts';
import { chunkBinds } from './chunk-rows.ts';
import { isReadable } from './column-values.ts';
import { Dictionary } from './dictionary.ts';
import { lacksRootService } from './mining-place.ts';
import type { Session } from './session.ts';

const DATABASE =
  'SELECT LOG_MODE, SUPPLEMENTAL_LOG_DATA_MIN, SUPPLEMENTAL_LOG_DATA_ALL, DATABASE_ROLE, OPEN_MODE, TO_CHAR(CURRENT_SCN) FROM V$DATABASE';

/** A ROWID of no table. */
const NO_ROWID = 'AAAAAAAAAAAAAAAAAA';

/** Nothing: the statement is parsed and its privileges are checked, and no row is read. */
const nothingOf = ({ indexOrganized }: TableDescription): Chunk =>
  indexOrganized ? { number: 1, bucket: 0, of: 1 } : { number: 1, firstRowid: NO_ROWID, lastRowid: NO_ROWID };

/** False when SELECT or FLASHBACK on the table is missing; other errors will show where the table is really read. */
async function canBeRead(
  session: Session,
  description: TableDescription,
  asOf: Scn,
  signal: AbortSignal,
): Promise<boolean> {
  if (description.unsupported !== undefined || !description.columns.every(isReadable)) return true;
  try {
    const chunk = nothingOf(description);
    await session.query(`${copyStatement(description, chunk)} AND 1 = 0`, chunkBinds({ chunk, asOf }), signal);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'source-privilege-missing') return false;
    if (error.kind === 'source-rejected') return true;
    throw error;
  }
}

/** @throws Failure source-privilege-missing without access to the DBA and V$ views */
export async function measureSource(
  session: Session,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<SourceMeasures> {
  const [instance] = await session.query('SELECT VERSION FROM V$INSTANCE', {}, signal);
  const version = instance?.[0] ?? '';
  const [database] = await session.query(DATABASE, {}, signal);
  const [logMode, minimal, all, role, openMode, currentScn] = database ?? [];
  const dictionary = new Dictionary(session, signal);
  const found = await dictionary.find(tables);
  const logging = await dictionary.withAllColumnsLogging(tables);
  const measures: TableMeasures[] = [];
  for (const table of tables) {
    const description = found.get(table);
    const readable =
      description !== undefined && (await canBeRead(session, description, scn(currentScn ?? ''), signal));
    measures.push({ table, allColumnsLogging: logging.has(table), ...(readable ? { description } : {}) });
  }
  return {
    version,
    archiveLog: logMode === 'ARCHIVELOG',
    // IMPLICIT: another kind of supplemental logging is on, which includes the minimal one.
    minimalSupplementalLogging: minimal === 'YES' || minimal === 'IMPLICIT',
    databaseAllColumnsLogging: all === 'YES',
    rootServiceMissing: await lacksRootService(session, version, signal),
    databaseRole: role ?? '',
    openMode: openMode ?? '',
    tables: measures,
  };
}
