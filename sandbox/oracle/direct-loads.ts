import type { HostClock } from './host-clock.ts';
import type { Table } from './store.ts';

const INSERT_HINTS = /^\s*INSERT\s*\/\*\+([^*]*)\*\/(.*)/is;

/** INSERT … SELECT with the hint APPEND, INSERT … VALUES with APPEND_VALUES. Source: SQL Language Reference, hints. */
function isDirectInsert(sql: string): boolean {
  const [, hints = '', rest = ''] = INSERT_HINTS.exec(sql) ?? [];
  return /\bSELECT\b/i.test(rest) ? /\bAPPEND\b/i.test(hints) : /\bAPPEND_VALUES\b/i.test(hints);
}

/** Which direct-path inserts write no redo of their rows, and the trace that they leave in V$DATAFILE. */
export class DirectLoads {
  /** V$DATABASE.FORCE_LOGGING. */
  forceLogging = true;
  /** V$DATAFILE.UNRECOVERABLE_CHANGE#; 0: there was none. */
  unrecoverableScn = 0;
  /** Milliseconds of the host's wall clock. */
  unrecoverableAt: number | undefined;
  readonly #unloggedTables = new Set<number>();
  readonly #clock: HostClock;
  readonly #scn: () => number;

  constructor(clock: HostClock, scn: () => number) {
    this.#clock = clock;
    this.#scn = scn;
  }

  /** DBA_TABLES.LOGGING. */
  logs(table: Table): boolean {
    return !this.#unloggedTables.has(table.objectId);
  }

  setLogging(table: Table, on: boolean): void {
    if (on) this.#unloggedTables.delete(table.objectId);
    else this.#unloggedTables.add(table.objectId);
  }

  /** Runs an INSERT into this table, without redo of its rows where that is allowed. */
  async insert<Result>(
    { sql, table }: { readonly sql: string; readonly table: Table },
    begin: () => { unloggedTable: Table | undefined },
    run: () => Promise<Result>,
  ): Promise<Result> {
    // An index-organized table that is not partitioned is never loaded so.
    const conventional = this.forceLogging || this.logs(table) || table.organization !== undefined;
    if (conventional || !isDirectInsert(sql)) return run();
    const transaction = begin();
    transaction.unloggedTable = table;
    try {
      return await run();
    } finally {
      transaction.unloggedTable = undefined;
      this.unrecoverableScn = this.#scn();
      this.unrecoverableAt = this.#clock.wall();
    }
  }
}
