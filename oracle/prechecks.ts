/** What the precheck items ask of the source. */
import { Failure } from '../model/failure.ts';
import type { SourceMeasures, TableMeasures } from '../model/precheck-items.ts';
import { scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { copyStatement } from './chunk-reader.ts';
import { isReadable } from './column-values.ts';
import { Dictionary } from './dictionary.ts';
import { lacksRootService } from './mining-place.ts';
import type { Session } from './session.ts';

const DATABASE =
  'SELECT LOG_MODE, SUPPLEMENTAL_LOG_DATA_MIN, SUPPLEMENTAL_LOG_DATA_ALL, DATABASE_ROLE, OPEN_MODE, TO_CHAR(CURRENT_SCN) FROM V$DATABASE';

/** A ROWID of no table: the statement is parsed and its privileges are checked, and no row is read. */
const NO_ROWID = 'AAAAAAAAAAAAAAAAAA';

/** False when SELECT or FLASHBACK on the table is missing; other errors will show where the table is really read. */
async function canBeRead(
  session: Session,
  description: TableDescription,
  asOf: Scn,
  signal: AbortSignal,
): Promise<boolean> {
  if (!description.columns.every(isReadable)) return true;
  try {
    await session.query(copyStatement(description), { s: asOf, a: NO_ROWID, b: NO_ROWID }, signal);
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
