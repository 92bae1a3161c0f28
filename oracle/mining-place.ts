/**
 * Where LogMiner works in a container database (Oracle Database Utilities, "Using LogMiner in a CDB"). Redo belongs to the whole database.
 * In CDB$ROOT files are given as ever, and rows of all containers come: ours are told by SRC_CON_UID, because pluggable databases with undo
 * of their own give out the same XIDs. Inside a pluggable database (from 19.10 on) no file may be given: the server finds them, and shows
 * only that container's rows.
 */
import { Failure } from '../model/failure.ts';
import type { SourceConnection } from './connection.ts';
import { Session } from './session.ts';

export interface Miner {
  /** In which DBMS_LOGMNR is called; what the dictionary says is asked elsewhere. */
  readonly session: Session;
  /** Rows of other containers are not ours. Absent: all are. */
  readonly containerUid?: string;
  /** ADD_LOGFILE is refused (ORA-65040). */
  readonly findsFiles: boolean;
}

/** A pluggable database sees itself, the root all containers, and a database without containers one of number 0. */
const CONTAINERS = 'SELECT TO_CHAR(CON_ID), TO_CHAR(CON_UID) FROM V$CONTAINERS ORDER BY CON_ID';

const NO_CONTAINER = '0';
const ROOT = '1';

const inRoot = ({ sid: _sid, rootService: service, ...rest }: SourceConnection): SourceConnection =>
  service === undefined ? rest : { ...rest, service };

/** A login of its own to the root, where the connection names one; it ends with the session. */
export async function minerOf(session: Session, signal: AbortSignal): Promise<Miner> {
  const { to, callSeconds } = session;
  const [[id, containerUid] = []] = await session.query(CONTAINERS, {}, signal);
  if (id === NO_CONTAINER) return { session, findsFiles: false };
  if (typeof containerUid !== 'string')
    throw new Failure('source-rejected', `V$CONTAINERS of Oracle ${session.where} does not show its own container.`);
  if (id === ROOT) return { session, containerUid, findsFiles: false };
  if (to.rootService === undefined) return { session, findsFiles: true };
  session.companion ??= await Session.open(inRoot(to), callSeconds, signal);
  return { session: session.companion, containerUid, findsFiles: false };
}

const FULL_VERSION = 'SELECT VERSION_FULL FROM V$INSTANCE';

/** DBMS_LOGMNR inside a pluggable database (Oracle Database Utilities 19c, "Using LogMiner in a CDB"). */
const MINES_INSIDE = [19, 10] as const;

/** @param version V$INSTANCE.VERSION, which names only the release from 18 on */
export async function lacksRootService(session: Session, version: string, signal: AbortSignal): Promise<boolean> {
  const [[id = ''] = []] = await session.query(CONTAINERS, {}, signal);
  if (id === NO_CONTAINER || id === ROOT || session.to.rootService !== undefined) return false;
  const [release, update] = MINES_INSIDE;
  const major = Number.parseInt(version, 10);
  if (major !== release) return major < release;
  const [[full] = []] = await session.query(FULL_VERSION, {}, signal);
  return Number(full?.split('.')[1] ?? 0) < update;
}
