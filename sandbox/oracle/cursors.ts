import { isLob } from './declared-types.ts';
import { OracleError, type EngineSession, type ExecuteResult, type ResultColumn } from './engine.ts';
import { invalidCursor, type ExecuteRequest, type OpenStatements, type Statement } from './execute-message.ts';
import { notPretended } from './refusal.ts';
import { writeCallEnd, writeDescribe, writeParameters, writeRowBlock, writeRowHeader, type CallEnd } from './reply.ts';
import type { WireWriter } from './wire-writer.ts';

const MOST_OPEN = 1000;
const LARGEST_ID = 65_000;

type Query = Extract<ExecuteResult, { kind: 'query' }>;
type Change = Extract<ExecuteResult, { kind: 'dml' }>;

const NOTHING_CHANGED: Change = { kind: 'dml', rowCount: 0, rowCounts: [], batchErrors: [] };

interface Cursor {
  readonly id: number;
  statement: Statement;
  /** The columns that the client knows. */
  described?: readonly ResultColumn[];
  /** The open result; it stays after its end, and then answers that there is no more. */
  query?: Query;
  /** The client has said how it wants the LOBs; before that it gets no rows with LOBs. */
  defined: boolean;
  ended: boolean;
  delivered: number;
}

/** What a call needs besides its request. */
export interface CallScope {
  readonly sequence: number;
  /** The client asked for a break meanwhile. */
  isCancelled(): boolean;
}

/** The open cursors of one session: what they are, and how they are executed and fetched from. */
export class Cursors implements OpenStatements {
  readonly #session: EngineSession;
  readonly #fieldVersion: number;
  readonly #open = new Map<number, Cursor>();
  #lastId = 0;

  constructor(session: EngineSession, fieldVersion: number) {
    this.#session = session;
    this.#fieldVersion = fieldVersion;
  }

  statement(cursorId: number): Statement | undefined {
    return this.#open.get(cursorId)?.statement;
  }

  close(cursorId: number): void {
    this.#open.delete(cursorId);
  }

  /** Gives up the result of a query; the cursor can be executed again. */
  endFetch(cursorId: number): void {
    const cursor = this.#open.get(cursorId);
    if (cursor !== undefined) delete cursor.query;
  }

  /** Executes and writes the reply. @throws OracleError, with nothing usable written. */
  async execute(writer: WireWriter, request: ExecuteRequest, scope: CallScope): Promise<void> {
    if (request.defines) return this.#define(writer, request, scope);
    if (request.describeOnly && !request.statement.isQuery) throw notPretended('a parse without execution');
    const known = this.#open.has(request.cursorId);
    const cursor = this.#cursorOf(request);
    try {
      const options = { batchErrors: request.batchErrors };
      const result = await this.#session.execute(cursor.statement.sql, request.bindRows, options);
      if (scope.isCancelled()) throw cancelled();
      if (request.commit && !hasBatchErrors(result)) await this.#session.commit();
      if (result.kind === 'query') await this.#answerQuery(writer, cursor, result, { request, scope });
      else this.#answerChange(writer, cursor, result, { request, scope });
    } catch (error) {
      if (!known) this.#open.delete(cursor.id);
      throw error;
    }
  }

  /** Writes the next rows of an open query. */
  async fetch(writer: WireWriter, cursorId: number, count: number, scope: CallScope): Promise<void> {
    const cursor = this.#open.get(cursorId);
    if (cursor?.query === undefined) throw invalidCursor();
    if (hasLobs(cursor.query) && !cursor.defined) throw notPretended('fetching LOBs by locator');
    await this.#writeRows(writer, cursor, count);
    this.#end(writer, { ...endOfRows(cursor), sequence: scope.sequence });
  }

  /** The second call of a query with LOBs, which brings the first rows. */
  async #define(writer: WireWriter, { cursorId, rowsToFetch }: ExecuteRequest, scope: CallScope): Promise<void> {
    const cursor = this.#open.get(cursorId);
    if (cursor?.query === undefined) throw invalidCursor();
    cursor.defined = true;
    if (rowsToFetch > 0) await this.#writeRows(writer, cursor, rowsToFetch);
    writeParameters(writer, cursor.id);
    this.#end(writer, { ...endOfRows(cursor), sequence: scope.sequence });
  }

  #cursorOf(request: ExecuteRequest): Cursor {
    const found = this.#open.get(request.cursorId);
    if (found !== undefined) {
      found.statement = request.statement;
      if (request.parsed) {
        delete found.described;
        found.defined = false;
      }
      delete found.query;
      return found;
    }
    if (this.#open.size >= MOST_OPEN) throw new OracleError(1000, 'maximum open cursors exceeded');
    do this.#lastId = (this.#lastId % LARGEST_ID) + 1;
    while (this.#open.has(this.#lastId));
    const cursor: Cursor = {
      id: this.#lastId,
      statement: request.statement,
      defined: false,
      ended: false,
      delivered: 0,
    };
    this.#open.set(cursor.id, cursor);
    return cursor;
  }

  async #answerQuery(
    writer: WireWriter,
    cursor: Cursor,
    result: Query,
    { request, scope }: { readonly request: ExecuteRequest; readonly scope: CallScope },
  ): Promise<void> {
    cursor.query = result;
    cursor.ended = false;
    cursor.delivered = 0;
    if (cursor.described === undefined || !sameColumns(cursor.described, result.columns)) {
      writeDescribe(writer, result.columns, this.#fieldVersion);
      cursor.described = result.columns;
    }
    const withheld = hasLobs(result) && !cursor.defined;
    const rowsWanted = request.describeOnly || withheld ? 0 : request.rowsToFetch;
    if (rowsWanted > 0) await this.#writeRows(writer, cursor, rowsWanted);
    writeParameters(writer, cursor.id);
    this.#end(writer, { ...endOfRows(cursor), sequence: scope.sequence });
  }

  #answerChange(
    writer: WireWriter,
    cursor: Cursor,
    result: Exclude<ExecuteResult, Query>,
    { request, scope }: { readonly request: ExecuteRequest; readonly scope: CallScope },
  ): void {
    const change = result.kind === 'dml' ? result : NOTHING_CHANGED;
    // The short form of a repeated execution does not say whether row counts are wanted: a new cursor with them is not kept.
    const kept = !request.wantsRowCounts || request.cursorId !== 0;
    if (!kept) this.#open.delete(cursor.id);
    writeParameters(writer, kept ? cursor.id : 0, request.wantsRowCounts ? rowCountsOf(change) : undefined);
    this.#end(writer, {
      sequence: scope.sequence,
      cursorId: kept ? cursor.id : 0,
      rowCount: change.rowCount,
      batchErrors: change.batchErrors,
      lastRowid: change.lastRowid,
      error: change.batchErrors.length > 0 ? new OracleError(24_381, 'error(s) in array DML') : undefined,
    });
  }

  async #writeRows(writer: WireWriter, cursor: Cursor, count: number): Promise<void> {
    if (cursor.query === undefined || cursor.ended) return;
    const written = await writeNextRows(writer, cursor.query, count);
    cursor.ended = written < count;
    cursor.delivered += written;
  }

  #end(writer: WireWriter, end: Omit<CallEnd, 'inTransaction'>): void {
    writeCallEnd(writer, { ...end, inTransaction: this.#session.inTransaction }, this.#fieldVersion);
  }
}

function hasLobs({ columns }: Query): boolean {
  return columns.some(({ type }) => isLob(type));
}

async function writeNextRows(writer: WireWriter, query: Query, count: number): Promise<number> {
  const { columns } = query;
  if (query.fetchInto !== undefined) {
    return query.fetchInto(writer, count, () => {
      writeRowHeader(writer, columns.length);
    });
  }
  const rows = await query.fetch(count);
  writeRowBlock(writer, columns, rows);
  return rows.length;
}

/** The end of data is announced together with the last rows; a cursor behind its end says so again. */
function endOfRows(cursor: Cursor): Omit<CallEnd, 'inTransaction' | 'sequence'> {
  const end = { cursorId: cursor.id, rowCount: cursor.delivered };
  return cursor.ended ? { ...end, error: new OracleError(1403, 'no data found') } : end;
}

export function cancelled(): OracleError {
  return new OracleError(1013, 'user requested cancel of current operation');
}

function hasBatchErrors(result: ExecuteResult): boolean {
  return result.kind === 'dml' && result.batchErrors.length > 0;
}

function rowCountsOf(change: Change): readonly number[] {
  return change.rowCounts.length > 0 ? change.rowCounts : [change.rowCount];
}

function sameColumns(before: readonly ResultColumn[], now: readonly ResultColumn[]): boolean {
  if (before === now) return true;
  return before.length === now.length && before.every((column, index) => sameColumn(column, now[index]));
}

function sameColumn(before: ResultColumn, now: ResultColumn | undefined): boolean {
  if (before.name !== now?.name || before.type !== now.type) return false;
  return before.precision === now.precision && before.scale === now.scale && before.size === now.size;
}
