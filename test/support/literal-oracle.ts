import { setTimeout as sleep } from 'node:timers/promises';
import {
  OracleError,
  type BatchError,
  type BindRow,
  type Engine,
  type EngineSession,
  type ExecuteResult,
  type ResultColumn,
  type SqlValue,
} from '../../sandbox/oracle/engine.ts';

/** Every statement that the literal engine was given, with its binds: what tests of the listener look at. */
export interface Heard {
  readonly sql: string;
  readonly bindRows: readonly BindRow[];
}

export interface LiteralEngine extends Engine {
  readonly heard: Heard[];
  /** Users of sessions that were closed. */
  readonly closed: string[];
}

const NUMBERED: readonly ResultColumn[] = [
  { name: 'ID', type: 'NUMBER', precision: 10, scale: 0, nullable: false },
  { name: 'TEXT', type: 'VARCHAR2', size: 100, nullable: true },
];

const TYPED: readonly ResultColumn[] = [
  { name: 'N', type: 'NUMBER', nullable: true },
  { name: 'V', type: 'VARCHAR2', size: 4000, nullable: true },
  { name: 'C', type: 'CHAR', size: 10, nullable: true },
  { name: 'D', type: 'DATE', nullable: true },
  { name: 'T', type: 'TIMESTAMP', scale: 9, nullable: true },
  { name: 'R', type: 'RAW', size: 2000, nullable: true },
  { name: 'I', type: 'ROWID', nullable: true },
];

const TYPED_ROWS: readonly (readonly SqlValue[])[] = [
  [
    '-12345678901234567890.123456789',
    'naïve 漢字 𝄞',
    'abc       ',
    Buffer.from('787c021d0d1f10', 'hex'), // 2024-02-29 12:30:15
    Buffer.from('787c021d0d1f10075bcd15', 'hex'), // and 123456789 ns
    Buffer.from('00ff10', 'hex'),
    'AAAR3sAAEAAAACXAAA',
  ],
  TYPED.map(() => null),
];

/** `count` rows (1, 'row 1'), (2, 'row 2'), … in slices, as an engine with a cursor gives them. */
function numbered(count: number): ExecuteResult {
  let next = 1;
  return {
    kind: 'query',
    columns: NUMBERED,
    async fetch(wanted) {
      const rows: SqlValue[][] = [];
      for (; next <= count && rows.length < wanted; next++) rows.push([String(next), `row ${next}`]);
      return rows;
    },
  };
}

function literal(columns: readonly ResultColumn[], rows: readonly (readonly SqlValue[])[]): ExecuteResult {
  let at = 0;
  return {
    kind: 'query',
    columns,
    async fetch(wanted) {
      const slice = rows.slice(at, at + wanted);
      at += slice.length;
      return slice;
    },
  };
}

/** Echoes the first row of binds as `TYPE:value`. */
function echo(bindRows: readonly BindRow[]): ExecuteResult {
  const binds = bindRows[0] ?? [];
  const columns = binds.map((_, index): ResultColumn => {
    return { name: `B${index + 1}`, type: 'VARCHAR2', size: 32_767, nullable: true };
  });
  const values = binds.map(({ type, value }) => {
    return `${type}:${value === null ? 'null' : typeof value === 'string' ? value : value.toString('hex')}`;
  });
  return literal(columns, [values]);
}

class LiteralSession implements EngineSession {
  inTransaction = false;
  readonly #engine: LiteralEngine;
  readonly #user: string;
  #abort: AbortController | undefined;

  constructor(engine: LiteralEngine, user: string) {
    this.#engine = engine;
    this.#user = user;
  }

  async execute(
    sql: string,
    bindRows: readonly BindRow[],
    { batchErrors }: { readonly batchErrors: boolean },
  ): Promise<ExecuteResult> {
    this.#engine.heard.push({ sql, bindRows });
    if (/^insert/i.test(sql)) return this.#insert(bindRows, batchErrors);
    if (/^(begin|create|alter)/i.test(sql)) return { kind: 'done' };
    const rows = /from numbered\((\d+)\)/.exec(sql);
    if (rows !== null) return numbered(Number(rows[1]));
    if (sql.includes('from typed')) return literal(TYPED, TYPED_ROWS);
    if (sql.includes('from echo')) return echo(bindRows);
    if (sql.includes('from endless')) return await this.#endless();
    if (sql.includes('from broken')) throw new TypeError('a fault of the engine');
    throw new OracleError(942, 'table or view does not exist', 14);
  }

  async commit(): Promise<void> {
    this.#engine.heard.push({ sql: 'COMMIT', bindRows: [] });
    this.inTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#engine.heard.push({ sql: 'ROLLBACK', bindRows: [] });
    this.inTransaction = false;
  }

  cancel(): void {
    this.#abort?.abort();
  }

  async close(): Promise<void> {
    this.#engine.closed.push(this.#user);
  }

  /** A bind -1 violates a constraint. */
  #insert(bindRows: readonly BindRow[], batchErrors: boolean): ExecuteResult {
    const errors: BatchError[] = [];
    bindRows.forEach((row, offset) => {
      if (row[0]?.value === '-1')
        errors.push({ offset, error: new OracleError(1, 'unique constraint (A.B) violated') });
    });
    if (errors[0] !== undefined && !batchErrors) throw errors[0].error;
    this.inTransaction = true;
    const failed = new Set(errors.map(({ offset }) => offset));
    const rowCounts = bindRows.map((_, index) => (failed.has(index) ? 0 : 1));
    const rowCount = bindRows.length - errors.length;
    return { kind: 'dml', rowCount, rowCounts, lastRowid: 'AAAR3sAAEAAAACXAAB', batchErrors: errors };
  }

  async #endless(): Promise<never> {
    this.#abort = new AbortController();
    await sleep(3_600_000, undefined, { signal: this.#abort.signal }).catch(() => undefined);
    throw new OracleError(1013, 'user requested cancel of current operation');
  }
}

/** A pretended database of a few fixed answers, for tests of the listener alone. */
export function literalEngine(): LiteralEngine {
  const engine: LiteralEngine = {
    heard: [],
    closed: [],
    services: ['PDB1'],
    passwords: new Map([
      ['APP', 'Secret_1'],
      ['SYS', 'Secret_2'],
    ]),
    openSession: (user) => new LiteralSession(engine, user),
  };
  return engine;
}
