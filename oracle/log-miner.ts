/**
 * One mining session of LogMiner as a stream of redo rows: DBMS_LOGMNR (Oracle PL/SQL Packages Reference) and V$LOGMNR_CONTENTS
 * (Oracle Database Reference). The session's calls belong to one connection; the server opens the files.
 */
import { Failure } from '../model/failure.ts';
import { scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { objectIds, tableParts } from '../model/table.ts';
import type { TableDescription } from '../model/table.ts';
import { minerOf, type Miner } from './mining-place.ts';
import { operations, unknownSequence } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { within } from './session.ts';
import type { Binds, CellRow, Session } from './session.ts';

export interface MiningRange {
  readonly files: readonly string[];
  /** Both inclusive. */
  readonly start: Scn;
  readonly end: Scn;
}

/** A copy of a log that the server cannot open, or that is another log by now: there may be others. */
export class UnreadableLog extends Failure {
  readonly file: string;
  constructor(file: string, cause: Failure) {
    super(cause.kind, cause.message, { cause });
    this.file = file;
  }
}

export interface RowFilter {
  readonly where: string;
  readonly binds: Binds;
}

/** Constants of DBMS_LOGMNR. */
const NEW_LIST = 1;
const ADD_FILE = 3;
const DICT_FROM_ONLINE_CATALOG = 16;
const NO_SQL_DELIMITER = 64;
const NO_ROWID_IN_STMT = 2048;

/** Rows of one round trip: a driver's default of some dozens makes large transactions minutes late. */
const FETCH_ROWS = 2000;

const END_SECONDS = 30;

/** Items of an IN list that Oracle accepts. */
const IN_LIST_MAX = 1000;

const ADD = 'BEGIN DBMS_LOGMNR.ADD_LOGFILE(LOGFILENAME => :name, OPTIONS => :options); END;';
const START = 'BEGIN DBMS_LOGMNR.START_LOGMNR(STARTSCN => TO_NUMBER(:a), ENDSCN => TO_NUMBER(:b), OPTIONS => :o); END;';
const END = 'BEGIN DBMS_LOGMNR.END_LOGMNR; END;';
const COLUMNS =
  'TO_CHAR(SCN), RAWTOHEX(XID), XIDUSN, XIDSLT, XIDSQN, OPERATION_CODE, ROLLBACK, CSF, STATUS, INFO, RS_ID, SSN, THREAD#, DATA_OBJ#, ' +
  "SEG_OWNER, TABLE_NAME, ROW_ID, TO_CHAR(TIMESTAMP, 'YYYY-MM-DD HH24:MI:SS'), SQL_REDO";

/** 34: the server found a gap. Markers of replication tools (27) have no meaning here and are not asked for. */
const TRANSACTION_OPERATIONS = [operations.start, operations.commit, operations.rollback, operations.missingScn];

/**
 * DML, DDL and what begins the pieces of LOBs, XML and long texts (9, 68, 91): everything that may change a row, readable or not. The pieces
 * themselves (10, 11, 28, 29, 70, 71, 92, 93) are not read, and may be gigabytes.
 */
const CHANGE_OPERATIONS = [1, 2, 3, 5, 9, 68, 91, 255];

function slices<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Object numbers are literals: they come from the dictionary as digits. */
function digits(objectId: string): string {
  if (/^\d+$/.test(objectId)) return objectId;
  throw new Failure('bug', `not an object number: ${JSON.stringify(objectId)}`);
}

/** STARTs and ends of transactions only. */
export const transactionRows: RowFilter = {
  where: `OPERATION_CODE IN (${TRANSACTION_OPERATIONS.join(', ')})`,
  binds: {},
};

/** What TABLE_NAME says of an object that LogMiner's dictionary does not resolve: `OBJ# 74858`. */
const UNRESOLVED = "TABLE_NAME LIKE 'OBJ#%'";

/**
 * Besides, every change of these tables: by object number, which holds also when the name cannot be resolved any more, or by owner and
 * name, which shows a partition that was added, and a table that was dropped and created again. Rows without a name come too: whose they
 * are is asked (captured-objects.ts).
 */
export function rowsOf(tables: readonly TableDescription[]): RowFilter {
  if (tables.length === 0) return transactionRows;
  const binds: Record<string, string> = {};
  const numbers = slices(tables.flatMap(objectIds), IN_LIST_MAX).map(
    (some) => `DATA_OBJ# IN (${some.map(digits).join(', ')})`,
  );
  const names = tables.map(({ table }, i) => {
    const { owner, name } = tableParts(table);
    binds[`o${i}`] = owner;
    binds[`t${i}`] = name;
    return `(SEG_OWNER = :o${i} AND TABLE_NAME = :t${i})`;
  });
  const captured = [...numbers, ...names, UNRESOLVED].join(' OR ');
  return {
    where: `${transactionRows.where} OR (OPERATION_CODE IN (${CHANGE_OPERATIONS.join(', ')}) AND (${captured}))`,
    binds,
  };
}

/** XIDs are literals too. */
function hexadecimal(xid: string): string {
  if (/^[0-9A-F]{16}$/.test(xid)) return `HEXTORAW('${xid}')`;
  throw new Failure('bug', `not an XID: ${JSON.stringify(xid)}`);
}

/** Of these rows those of some transactions only, those that lost their XID's sequence number, and gaps. */
export function ofTransactions({ where, binds }: RowFilter, xids: readonly string[]): RowFilter {
  const named = slices(xids, IN_LIST_MAX).map((some) => `XID IN (${some.map(hexadecimal).join(', ')})`);
  const theirs = [...named, `XIDSQN = ${String(unknownSequence)}`, `OPERATION_CODE = ${String(operations.missingScn)}`];
  return { where: `(${where}) AND (${theirs.join(' OR ')})`, binds };
}

const textOf = (cell: unknown): string | null => (typeof cell === 'string' ? cell : null);
const text = (cell: unknown): string => (typeof cell === 'string' ? cell : '');
const number = (cell: unknown): number => (typeof cell === 'string' ? Number(cell) : 0);

/** A row as selected by {@link COLUMNS}, NUMBERs as text. */
export function redoRow(cells: CellRow): RedoRow {
  return {
    scn: scn(text(cells[0])),
    xid: text(cells[1]),
    usn: number(cells[2]),
    slot: number(cells[3]),
    sqn: number(cells[4]),
    operation: number(cells[5]),
    rollback: cells[6] === '1',
    csf: cells[7] === '1',
    status: number(cells[8]),
    info: textOf(cells[9]),
    rsId: text(cells[10]).trim(),
    ssn: number(cells[11]),
    thread: number(cells[12]),
    dataObject: textOf(cells[13]) ?? '0',
    owner: textOf(cells[14]),
    table: textOf(cells[15]),
    rowId: textOf(cells[16]),
    timestamp: text(cells[17]),
    sqlRedo: textOf(cells[18]),
  };
}

/** A session that cannot end its mining is not used again: logging off ends it too. ORA-01307: there was none. */
async function endMining(session: Session): Promise<void> {
  if (!session.usable) return;
  try {
    await session.execute(END, {}, within(END_SECONDS));
  } catch (error) {
    if (!(error instanceof Failure && error.message.includes('ORA-01307'))) session.markUnusable();
  }
}

/** Which of the files the server means; adding one is about that one. */
function unreadable(error: unknown, files: readonly string[], added?: string): unknown {
  if (error instanceof UnreadableLog || !(error instanceof Failure) || error.kind !== 'source-redo-missing')
    return error;
  const file = added ?? files.find((name) => error.message.includes(name));
  return file === undefined ? error : new UnreadableLog(file, error);
}

/** Which redo was being read, because Oracle's words tell a file at most. */
function located(error: unknown, { start, end }: MiningRange): unknown {
  if (!(error instanceof Failure) || error.kind !== 'source-redo-missing') return error;
  const message = `${error.message} (mining from SCN ${start} to ${end})`;
  const failure = new Failure(error.kind, message, { cause: error.cause });
  return error instanceof UnreadableLog ? new UnreadableLog(error.file, failure) : failure;
}

async function addFiles(session: Session, files: readonly string[], signal: AbortSignal): Promise<void> {
  for (const [i, name] of files.entries()) {
    try {
      await session.execute(ADD, { name, options: i === 0 ? NEW_LIST : ADD_FILE }, signal);
    } catch (error) {
      throw unreadable(error, files, name);
    }
  }
}

/** A gap is everybody's. */
const ofContainer = ({ containerUid }: Miner): string =>
  containerUid === undefined
    ? ''
    : `(SRC_CON_UID = TO_NUMBER(:u) OR OPERATION_CODE = ${String(operations.missingScn)}) AND `;

/**
 * Rows of a range in redo order, as many at a time as one round trip brings. The mining ends however the loop ends.
 * @throws Failure source-redo-missing when a file cannot be read, also in the middle; {@link UnreadableLog} if it is known which
 */
export async function* minedRows(
  session: Session,
  range: MiningRange,
  filter: RowFilter,
  signal: AbortSignal,
): AsyncGenerator<readonly RedoRow[], void> {
  const miner = await minerOf(session, signal);
  try {
    if (!miner.findsFiles) await addFiles(miner.session, range.files, signal);
    const options = DICT_FROM_ONLINE_CATALOG + NO_SQL_DELIMITER + NO_ROWID_IN_STMT;
    await miner.session.execute(START, { a: range.start, b: range.end, o: options }, signal);
    // LogMiner widens the range by one SCN on either side.
    const sql =
      `SELECT ${COLUMNS} FROM V$LOGMNR_CONTENTS ` +
      `WHERE SCN >= TO_NUMBER(:start_scn) AND SCN <= TO_NUMBER(:end_scn) AND ${ofContainer(miner)}(${filter.where})`;
    const { containerUid: u } = miner;
    const binds = { ...filter.binds, start_scn: range.start, end_scn: range.end, ...(u !== undefined && { u }) };
    for await (const batch of miner.session.batches(sql, binds, { rows: FETCH_ROWS, signal })) yield batch.map(redoRow);
  } catch (error) {
    throw unreadable(located(error, range), range.files);
  } finally {
    await endMining(miner.session);
  }
}
