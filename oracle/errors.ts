/** Oracle's and its driver's error codes → our closed list of failures. Data, not code: a decision is one line. */
import { Failure } from '../model/failure.ts';
import type { FailureKind } from '../model/failure.ts';
import { outOfResources } from '../model/worker-resources.ts';

/**
 * Server errors (Oracle Database Error Messages). The driver turns some into NJS-500 and keeps their number in `errorNum`,
 * so the number decides first: its flag `isRecoverable` says false for a listener that is merely down.
 */
const kindOfOra: Readonly<Record<number, FailureKind>> = {
  18: 'source-unreachable', // maximum number of sessions exceeded
  20: 'source-unreachable', // maximum number of processes exceeded
  28: 'source-unreachable', // your session has been killed
  31: 'source-unreachable', // session marked for kill
  257: 'source-unreachable', // archiver error: only SYSDBA may connect until space is freed
  600: 'source-rejected', // internal error: the connection is lost, but waiting for the network would not help
  602: 'source-rejected', // internal programming exception
  942: 'source-privilege-missing', // table or view does not exist: for a capture user, nearly always a missing grant
  1012: 'source-unreachable', // not logged on
  1013: 'source-rejected', // cancelled by the database's side (resource manager): our own cancels never get here
  1017: 'source-login-refused', // invalid user name or password
  1031: 'source-privilege-missing', // insufficient privileges
  1033: 'source-unreachable', // initialization or shutdown in progress
  1034: 'source-unreachable', // Oracle not available
  1041: 'source-unreachable', // host definition extension does not exist: a lost session
  1045: 'source-privilege-missing', // user lacks CREATE SESSION
  1089: 'source-unreachable', // immediate shutdown in progress
  1090: 'source-unreachable', // shutdown in progress
  1092: 'source-unreachable', // instance terminated
  1109: 'source-unreachable', // database not open
  1284: 'source-redo-missing', // log file cannot be opened
  1291: 'source-redo-missing', // missing log file between the bounds
  1343: 'source-redo-missing', // corrupt log stream; SKIP_CORRUPTION would lose changes in silence
  1466: 'source-table-redefined', // the table's definition is newer than the SCN that is read
  1368: 'source-redo-missing', // online log was reused while it was read
  1555: 'source-snapshot-too-old', // undo overwritten: the same SCN cannot be read again
  2396: 'source-unreachable', // exceeded maximum idle time
  2399: 'source-unreachable', // exceeded maximum connect time
  3113: 'source-unreachable', // end-of-file on communication channel
  3114: 'source-unreachable', // not connected
  3135: 'source-unreachable', // connection lost contact
  7445: 'source-rejected', // operating system exception in the server process
  12153: 'source-unreachable', // not connected
  12170: 'source-unreachable', // connect timeout
  12505: 'source-unreachable', // listener does not know the SID (also while an instance starts)
  12514: 'source-unreachable', // listener does not know the service (also while an instance starts)
  12516: 'source-unreachable', // no handler with matching protocol stack
  12518: 'source-unreachable', // listener could not hand off the connection
  12519: 'source-unreachable', // no appropriate service handler
  12520: 'source-unreachable', // no handler for the requested type of server
  12526: 'source-unreachable', // all instances in restricted mode
  12527: 'source-unreachable', // restricted mode or blocking new connections
  12528: 'source-unreachable', // all instances blocking new connections
  12537: 'source-unreachable', // connection closed
  12541: 'source-unreachable', // no listener
  12543: 'source-unreachable', // destination host unreachable
  12545: 'source-unreachable', // target host or object does not exist
  12547: 'source-unreachable', // lost contact
  12560: 'source-unreachable', // protocol adapter error
  12570: 'source-unreachable', // packet reader failure
  12571: 'source-unreachable', // packet writer failure
  12757: 'source-unreachable', // instance does not know the requested service
  22924: 'source-snapshot-too-old', // the same for LOB columns
  25408: 'source-unreachable', // call cannot be replayed after a failover
  28000: 'source-login-refused', // account locked
  28001: 'source-login-refused', // password expired
  28009: 'source-login-refused', // must connect as SYSDBA
  308: 'source-redo-missing', // archived log cannot be opened
  310: 'source-redo-missing', // archived log has another sequence: the file was reused
  333: 'source-redo-missing', // redo log cannot be read
  334: 'source-redo-missing', // archived log of another sequence
  353: 'source-redo-missing', // log corruption near a block
  354: 'source-redo-missing', // corrupt redo log block header
  355: 'source-redo-missing', // change numbers out of order
  368: 'source-redo-missing', // checksum error in a redo log block
};

/** Driver errors of node-oracledb in thin mode. */
const kindOfNjs: Readonly<Record<number, FailureKind>> = {
  3: 'source-unreachable', // invalid or closed connection
  40: 'source-unreachable', // waited too long for a session
  68: 'source-unreachable', // the driver lost its way among its own errors: it read a packet that it does not know
  102: 'source-unreachable', // the packet ends too early: what else it says is not believed, and the connection is given up
  103: 'source-unreachable', // a message of another type than any that may come
  111: 'source-unreachable', // a length that is negative
  112: 'source-unreachable', // an integer that is too long
  113: 'source-unreachable', // other bytes than any that may come
  116: 'source-login-refused', // password verifier that thin mode does not know (10G): the password must be set anew
  123: 'source-unreachable', // a round trip took longer than callTimeout
  138: 'not-yet-supported', // database older than 12.1
  127: 'source-unreachable', // a message from the server that does not exist
  500: 'source-unreachable', // connection closed or broken
  501: 'source-unreachable', // terminated unexpectedly
  509: 'source-unreachable', // packet of an unknown kind
  503: 'source-unreachable', // could not be established
  510: 'source-unreachable', // connect timeout
  511: 'source-unreachable', // refused by the listener
  513: 'source-unreachable', // the server asks to leave (in-band notification)
  518: 'source-unreachable', // service unknown to the listener (ORA-12514)
  519: 'source-unreachable', // SID unknown to the listener (ORA-12505)
  521: 'source-unreachable', // end-of-file on communication channel
  530: 'source-unreachable', // host name cannot be resolved
  533: 'not-yet-supported', // Native Network Encryption is required by the server
};

interface DriverError {
  readonly code: string;
  readonly message: string;
  readonly errorNum?: number;
}

function driverError(error: unknown): DriverError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  const errorNum: unknown = Reflect.get(error, 'errorNum');
  const known = typeof code === 'string' ? code : (/^(?:ORA|NJS)-\d+/.exec(error.message)?.[0] ?? '');
  if (!/^(?:ORA|NJS|DPI)-/.test(known)) return undefined;
  return { code: known, message: error.message, ...(typeof errorNum === 'number' && errorNum > 0 ? { errorNum } : {}) };
}

/** The server refused a call: the conversation is in order. After any other error it is not known where it stands. */
export const isServerError = (error: unknown): boolean => driverError(error)?.errorNum !== undefined;

/** The server's number, also where the driver names it only in its text (`NJS-511 … Cause: ORA-12516`). */
function oraNumber({ errorNum, message }: DriverError): number | undefined {
  if (errorNum !== undefined) return errorNum;
  const named = /ORA-(\d{3,5})/.exec(message)?.[1];
  return named === undefined ? undefined : Number(named);
}

/** PLS-00201: an identifier must be declared. For a package of Oracle's, EXECUTE is missing. */
const NO_PACKAGE = /PLS-00201.*DBMS_LOGMNR/s;

function kindOf(error: DriverError): FailureKind {
  if (NO_PACKAGE.test(error.message)) return 'source-privilege-missing';
  const ora = oraNumber(error);
  const decided = ora === undefined ? undefined : kindOfOra[ora];
  const njs = /^NJS-(\d+)/.exec(error.code)?.[1];
  return decided ?? (njs === undefined ? undefined : kindOfNjs[Number(njs)]) ?? 'source-rejected';
}

/** What an administrator runs against a refusal; undefined where nothing of the kind helps. `user`: the login's. */
function remedyOf(error: DriverError, kind: FailureKind, doing: string, user: string): string | undefined {
  if (kind === 'source-privilege-missing') return `GRANT ${privilegeFor(error, doing)} TO ${user}`;
  const ora = oraNumber(error);
  if (ora === 28_000) return `ALTER USER ${user} ACCOUNT UNLOCK`;
  return ora === 28_001 ? `ALTER USER ${user} IDENTIFIED BY …` : undefined;
}

/** By what was being done; a view of SYS is granted under its name behind the synonym (V$X is SYS.V_$X). */
function privilegeFor(error: DriverError, doing: string): string {
  if (doing.startsWith('logging in')) return 'CREATE SESSION';
  if (NO_PACKAGE.test(error.message)) return 'EXECUTE ON SYS.DBMS_LOGMNR';
  const object = /^querying (\S+)$/.exec(doing)?.[1];
  if (object === undefined) return 'LOGMINING';
  if (object === 'V$LOGMNR_CONTENTS' && oraNumber(error) === 1031) return 'SELECT ANY TRANSACTION';
  if (/^(?:G?V\$|DBA_)/.test(object)) return `SELECT ON SYS.${object.replace('V$', 'V_$')}`;
  return `SELECT, FLASHBACK ON ${object}`;
}

/** One line without the driver's help link and connection id, short enough for a history. */
const oneLine = (text: string): string =>
  text
    .replace(/ ?\(CONNECTION_ID=[^)]*\)/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Help: https://'))
    .join('; ')
    .replaceAll('.; ', '; ')
    .slice(0, 500);

/**
 * Any error of the driver → a Failure that says what was done and where (`host:port/service`), and what SQL would help `user`.
 * An error that is not the driver's is a bug of ours and keeps its text as the cause.
 */
export function sourceFailure(error: unknown, where: string, doing: string, user?: string): Failure {
  if (error instanceof Failure) return error;
  const driver = driverError(error);
  // What the server says is its own: its disk may be full as well.
  const own = driver?.errorNum === undefined ? outOfResources(error, `${doing} at Oracle ${where}`) : undefined;
  if (own) return own;
  if (driver) {
    const kind = kindOf(driver);
    const remedy = user === undefined ? undefined : remedyOf(driver, kind, doing, user.toUpperCase());
    const message = `${doing} at Oracle ${where}: ${oneLine(driver.message)}`;
    return new Failure(kind, remedy === undefined ? message : `${message}. Run: ${remedy};`, { cause: error });
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure('bug', `${doing} at Oracle ${where}: ${oneLine(text)}`, { cause: error });
}
