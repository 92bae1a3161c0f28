import { createDatabase } from '../../../../sandbox/oracle/database.ts';
import type { Database, DatabaseOptions } from '../../../../sandbox/oracle/database.ts';
import type { Bind, BindRow, EngineSession, ExecuteResult } from '../../../../sandbox/oracle/engine.ts';

export type Value = string | null;

/** A session that speaks in rows of text: dates and RAW come in hex. */
export interface Speaker {
  readonly session: EngineSession;
  query(sql: string, ...binds: readonly Bind[]): Promise<readonly (readonly Value[])[]>;
  run(sql: string, ...binds: readonly Bind[]): Promise<ExecuteResult>;
  array(sql: string, rows: readonly BindRow[], batchErrors?: boolean): Promise<ExecuteResult & { kind: 'dml' }>;
}

export interface World {
  readonly database: Database;
  /** Moves the database's clock. */
  pass(milliseconds: number): void;
  /** `service`: the database's unless given. */
  connect(user?: string, service?: string): Speaker;
}

export const number = (value: string | null): Bind => ({ type: 'NUMBER', value });
export const text = (value: string | null): Bind => ({ type: 'VARCHAR2', value });

export function openWorld(options: Partial<DatabaseOptions> = {}): World {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const database = createDatabase({ seed: 'empty', now: () => now, ...options });
  return {
    database,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    connect: (user = database.user, service = database.service) => speak(database.openSession(user, service)),
  };
}

function speak(session: EngineSession): Speaker {
  const execute = async (sql: string, rows: readonly BindRow[], batchErrors = false): Promise<ExecuteResult> =>
    session.execute(sql, rows, { batchErrors });
  return {
    session,
    run: async (sql, ...binds) => execute(sql, [binds]),
    query: async (sql, ...binds) => {
      const result = await execute(sql, [binds]);
      if (result.kind !== 'query') throw new Error(`no query: ${sql}`);
      const rows = await result.fetch(1_000_000);
      return rows.map((row) => row.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)));
    },
    array: async (sql, rows, batchErrors) => {
      const result = await execute(sql, rows, batchErrors);
      if (result.kind !== 'dml') throw new Error(`no DML: ${sql}`);
      return result;
    },
  };
}

/** NAME of every log file, newest online copy last. */
export async function allLogs(speaker: Speaker): Promise<readonly string[]> {
  const archived = await speaker.query('SELECT NAME FROM V$ARCHIVED_LOG ORDER BY SEQUENCE#');
  const current = await speaker.query(
    "SELECT f.MEMBER FROM V$LOG l JOIN V$LOGFILE f ON f.GROUP# = l.GROUP# WHERE l.STATUS = 'CURRENT'",
  );
  return [...archived, ...current].map(([name]) => name ?? '');
}

export const ISO_SESSION =
  "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS' NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9' " +
  "NLS_NUMERIC_CHARACTERS = '.,' TIME_ZONE = '+00:00'";

export interface MiningOptions {
  readonly start?: string;
  readonly end?: string;
  readonly options?: number;
  readonly files?: readonly string[];
}

export async function startMining(speaker: Speaker, options: MiningOptions = {}): Promise<void> {
  const files = options.files ?? (await allLogs(speaker));
  for (const [index, file] of files.entries()) {
    await speaker.run(
      'BEGIN DBMS_LOGMNR.ADD_LOGFILE(LOGFILENAME => :name, OPTIONS => :options); END;',
      text(file),
      number(index === 0 ? '1' : '3'),
    );
  }
  const [[last] = []] = await speaker.query('SELECT TO_CHAR(LAST_REDO_CHANGE#) FROM V$THREAD');
  await speaker.run(
    'BEGIN DBMS_LOGMNR.START_LOGMNR(STARTSCN => TO_NUMBER(:a), ENDSCN => TO_NUMBER(:b), OPTIONS => :o); END;',
    text(options.start ?? '1000000'),
    text(options.end ?? last ?? null),
    number(String(options.options ?? 16 + 64 + 2048)),
  );
}

/** The rows of row changes and ends of transactions, columns as asked for, DDL left out. */
export async function mine(
  speaker: Speaker,
  columns: string,
  options: MiningOptions & { readonly where?: string } = {},
): Promise<readonly (readonly Value[])[]> {
  await startMining(speaker, options);
  return speaker.query(
    `SELECT ${columns} FROM V$LOGMNR_CONTENTS WHERE ${options.where ?? 'OPERATION_CODE IN (1, 2, 3) OR OPERATION_CODE = 36'}`,
  );
}
