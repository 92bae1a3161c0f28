/** How a database stores characters and local times: DATABASE_PROPERTIES, which every user may select (Oracle Database Reference). */
import { Failure } from '../model/failure.ts';
import type { DatabaseSettings } from '../model/table.ts';
import type { Session } from './session.ts';

const PROPERTIES =
  'SELECT PROPERTY_NAME, PROPERTY_VALUE FROM DATABASE_PROPERTIES ' +
  "WHERE PROPERTY_NAME IN ('NLS_CHARACTERSET', 'NLS_NCHAR_CHARACTERSET', 'DBTIMEZONE')";

/** Undefined when the view cannot be seen: only redo in stored bytes needs it. */
export async function readDatabaseSettings(
  session: Pick<Session, 'query'>,
  signal: AbortSignal,
): Promise<DatabaseSettings | undefined> {
  let rows;
  try {
    rows = await session.query(PROPERTIES, {}, signal);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'source-privilege-missing') return undefined;
    throw error;
  }
  const values = new Map(rows.map(([name, value]) => [name, value ?? '']));
  return {
    characterSet: values.get('NLS_CHARACTERSET') ?? '',
    nationalCharacterSet: values.get('NLS_NCHAR_CHARACTERSET') ?? '',
    timeZone: values.get('DBTIMEZONE') ?? '',
  };
}
