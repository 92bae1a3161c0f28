import { OracleError, type Bind, type BindRow, type SqlType } from './engine.ts';
import { notPretended } from './refusal.ts';
import { bindType, readBind } from './values.ts';
import { MalformedRequest, type WireReader } from './wire-reader.ts';

const OPTION = {
  bind: 0x08,
  define: 0x10,
  execute: 0x20,
  fetch: 0x40,
  commit: 0x100,
  notPlsql: 0x8000,
  batchErrors: 0x8_0000,
} as const;
/** The array that OCI calls al8i4. */
const WORDS = 13;
const EXECUTIONS_WORD = 1;
const IS_QUERY_WORD = 7;
const REEXECUTE_COMMIT = 1;
const ROW_DATA = 7;
const BIND_IS_ARRAY = 0x40;
const NATIONAL = 2;
/** CLOB and BLOB. */
const LOCATORS: ReadonlySet<number> = new Set([112, 113]);
/**
 * What `MAX_STRING_SIZE = EXTENDED` allows; SQL binds declared longer come after all others of their row. node-oracledb
 * announces four times the size of national binds, but orders them by the size itself.
 */
const LONGEST_STRING = 32_767;
const NATIONAL_SIZE_FACTOR = 4;
const MOST_EXECUTIONS = 1_000_000;

/** Field versions since which EXECUTE carries more fields. */
const SINCE = { sqlSignature: 8, shardId: 9, collation: 8 } as const;

export interface BindDescription {
  readonly type: SqlType;
  readonly longValue: boolean;
}

/** What a cursor must remember of the request that opened it, to read those that repeat it. */
export interface Statement {
  readonly sql: string;
  readonly isQuery: boolean;
  readonly isPlsql: boolean;
  readonly binds: readonly BindDescription[];
}

export interface ExecuteRequest {
  /** 0 = a new cursor. */
  readonly cursorId: number;
  /** The text was sent: the cursor starts anew. */
  readonly parsed: boolean;
  readonly statement: Statement;
  /** At least one; without binds they are empty. */
  readonly bindRows: readonly BindRow[];
  /** No execution: the open query's rows are wanted, LOBs in the form of LONG and LONG RAW. */
  readonly defines: boolean;
  /** Rows of a query that the reply should already contain; 0 = none. */
  readonly rowsToFetch: number;
  readonly describeOnly: boolean;
  readonly commit: boolean;
  readonly batchErrors: boolean;
  readonly wantsRowCounts: boolean;
}

export interface OpenStatements {
  statement(cursorId: number): Statement | undefined;
}

interface ExecuteHead {
  readonly options: number;
  readonly cursorId: number;
  readonly sqlSent: boolean;
  readonly rowsToFetch: number;
  readonly bindCount: number;
  readonly defineCount: number;
  readonly wantsRowCounts: boolean;
}

/** Reads EXECUTE (function 94). */
export function readExecute(reader: WireReader, fieldVersion: number, open: OpenStatements): ExecuteRequest {
  const head = readHead(reader, fieldVersion);
  const has = (option: number): boolean => (head.options & option) !== 0;
  const sql = head.sqlSent ? (reader.bytes()?.toString('utf8') ?? '') : undefined;
  const words = Array.from({ length: WORDS }, () => reader.integer());
  if (has(OPTION.define)) checkDefines(reader, head.defineCount, fieldVersion);
  const binds = has(OPTION.bind) ? readBindDescriptions(reader, head.bindCount, fieldVersion) : undefined;
  const traits = { isQuery: words[IS_QUERY_WORD] === 1, isPlsql: !has(OPTION.notPlsql) };
  const statement = statementOf({ sql, binds, ...traits }, open.statement(head.cursorId));
  const executions = statement.isQuery ? 1 : (words[EXECUTIONS_WORD] ?? 1);
  return {
    cursorId: head.cursorId,
    parsed: sql !== undefined,
    statement,
    bindRows: has(OPTION.execute) ? readBindRows(reader, statement, executions) : [[]],
    defines: has(OPTION.define),
    rowsToFetch: has(OPTION.fetch) ? head.rowsToFetch : 0,
    describeOnly: !has(OPTION.execute) && !has(OPTION.define),
    commit: has(OPTION.commit),
    batchErrors: has(OPTION.batchErrors),
    wantsRowCounts: head.wantsRowCounts,
  };
}

interface SentStatement {
  readonly sql: string | undefined;
  readonly binds: readonly BindDescription[] | undefined;
  readonly isQuery: boolean;
  readonly isPlsql: boolean;
}

/** What the request leaves out is as it was; but a new text without binds has none. */
function statementOf(sent: SentStatement, previous: Statement | undefined): Statement {
  const sql = sent.sql ?? previous?.sql;
  if (sql === undefined) throw invalidCursor();
  const kept = sent.sql === undefined ? (previous?.binds ?? []) : [];
  const statement = { sql, isQuery: sent.isQuery, isPlsql: sent.isPlsql, binds: sent.binds ?? kept };
  refuseReturning(statement);
  return statement;
}

function readHead(reader: WireReader, fieldVersion: number): ExecuteHead {
  const options = reader.integer();
  const cursorId = reader.integer();
  const sqlSent = reader.uint8() !== 0;
  reader.integer(); // length of the text
  reader.uint8();
  if (reader.integer() !== WORDS) throw new MalformedRequest(`EXECUTE without its ${WORDS} words`);
  reader.skip(2);
  reader.integer(); // bytes to prefetch
  const rowsToFetch = reader.integer();
  reader.integer(); // longest LONG
  reader.uint8();
  const bindCount = reader.integer();
  reader.skip(6);
  const defineCount = reader.integer();
  reader.integer(); // registration, low
  reader.skip(3);
  reader.integer();
  reader.uint8();
  reader.skipIntegers(2); // the last: registration, high
  const wantsRowCounts = reader.uint8() !== 0;
  reader.integer();
  reader.uint8();
  skipLaterFields(reader, fieldVersion);
  return { options, cursorId, sqlSent, rowsToFetch, bindCount, defineCount, wantsRowCounts };
}

function skipLaterFields(reader: WireReader, fieldVersion: number): void {
  if (fieldVersion >= SINCE.sqlSignature) {
    for (let pair = 0; pair < 2; pair++) {
      reader.uint8();
      reader.integer();
    }
    reader.uint8();
  }
  if (fieldVersion >= SINCE.shardId) {
    reader.uint8();
    reader.integer();
  }
}

/** Where values come back into binds, the request leaves them out and expects them in the reply: neither is pretended. */
function refuseReturning(statement: Statement): void {
  if (statement.isPlsql || statement.isQuery || statement.binds.length === 0) return;
  const withoutLiterals = statement.sql.replaceAll(/'[^']*'/g, "''");
  if (/\bRETURN(?:ING)?\b[^]*\bINTO\b/i.test(withoutLiterals)) throw notPretended('RETURNING INTO');
}

function readBindDescriptions(reader: WireReader, count: number, fieldVersion: number): BindDescription[] {
  return Array.from({ length: count }, () => readBindDescription(reader, fieldVersion));
}

/** The types in which the columns of a query are wanted: every one in its own, and LOBs without locators. */
function checkDefines(reader: WireReader, count: number, fieldVersion: number): void {
  for (let column = 0; column < count; column++) {
    if (LOCATORS.has(readDescription(reader, fieldVersion).wireType)) throw notPretended('fetching LOBs by locator');
  }
}

interface Description {
  readonly wireType: number;
  readonly flags: number;
  readonly size: number;
  readonly national: boolean;
  readonly objectId: Buffer | null;
}

function readDescription(reader: WireReader, fieldVersion: number): Description {
  const wireType = reader.uint8();
  const flags = reader.uint8();
  reader.skip(2); // precision, scale
  const size = reader.integer();
  reader.skipIntegers(2); // elements, flags
  const objectId = reader.announcedBytes();
  reader.skipIntegers(2); // version, character set
  const national = reader.uint8() === NATIONAL;
  reader.integer(); // LOB prefetch
  if (fieldVersion >= SINCE.collation) reader.integer();
  return { wireType, flags, size, national, objectId };
}

function readBindDescription(reader: WireReader, fieldVersion: number): BindDescription {
  const { wireType, flags, size, national, objectId } = readDescription(reader, fieldVersion);
  const type = bindType(wireType, national);
  if (type === undefined || objectId !== null) throw notPretended(`a bind of wire type ${wireType}`);
  if ((flags & BIND_IS_ARRAY) !== 0) throw notPretended('an array bind');
  return { type, longValue: size > LONGEST_STRING * (national ? NATIONAL_SIZE_FACTOR : 1) };
}

function readBindRows(reader: WireReader, statement: Statement, announced: number): BindRow[] {
  const executions = Math.max(1, announced);
  if (executions > MOST_EXECUTIONS) throw notPretended(`more than ${MOST_EXECUTIONS} executions in one call`);
  if (statement.binds.length === 0) return Array.from({ length: executions }, () => []);
  const rows: BindRow[] = [];
  for (let index = 0; index < executions; index++) {
    if (reader.uint8() !== ROW_DATA) throw new MalformedRequest('something else where a row of binds belongs');
    rows.push(readBindRow(reader, statement));
  }
  return rows;
}

function readBindRow(reader: WireReader, { binds, isPlsql }: Statement): BindRow {
  const row = new Array<Bind>(binds.length);
  const readSome = (which: (bind: BindDescription) => boolean): void => {
    binds.forEach((bind, index) => {
      if (which(bind)) row[index] = readBind(reader, bind.type);
    });
  };
  readSome((bind) => isPlsql || !bind.longValue);
  readSome((bind) => !isPlsql && bind.longValue);
  return row;
}

/** Reads the two short forms that repeat an open cursor (functions 4 and 78; `andFetch` is the second). */
export function readReexecute(reader: WireReader, andFetch: boolean, open: OpenStatements): ExecuteRequest {
  const cursorId = reader.integer();
  const iterations = reader.integer();
  reader.integer();
  const flags = reader.integer();
  const statement = open.statement(cursorId);
  if (statement === undefined) throw invalidCursor();
  return {
    cursorId,
    parsed: false,
    statement,
    bindRows: readBindRows(reader, statement, statement.isQuery ? 1 : iterations),
    defines: false,
    rowsToFetch: andFetch ? iterations : 0,
    describeOnly: false,
    commit: (flags & REEXECUTE_COMMIT) !== 0,
    batchErrors: false,
    wantsRowCounts: false,
  };
}

export function invalidCursor(): OracleError {
  return new OracleError(1001, 'invalid cursor');
}
