import { checkTable } from './access-rights.ts';
import type { Account, ObjectPrivilege } from './accounts.ts';
import type { Container } from './containers.ts';
import { OracleError } from './engine.ts';
import { lastRowid } from './index-organized.ts';
import type { BatchError, BindRow, EngineSession, ExecuteResult, ResultColumn } from './engine.ts';
import { hostMoment } from './instance.ts';
import type { Instance } from './instance.ts';
import { LogMiner } from './logminer.ts';
import { runBlock } from './plsql.ts';
import type { RedoThread } from './redo-thread.ts';
import type { RowStream } from './row-stream.ts';
import { checkBinds, resultColumn, simulatorFault, taker, valuesOf } from './session-values.ts';
import { changeSetting, defaultSettings } from './session-settings.ts';
import type { SessionSettings, StatementContext } from './sql-compiled.ts';
import { runDdl } from './sql-ddl.ts';
import type { DdlStatement } from './sql-ddl.ts';
import { compileDml } from './sql-dml.ts';
import type { CompiledDml, DmlContext, DmlStatement } from './sql-dml.ts';
import { compileQuery } from './sql-select.ts';
import type { NamedSource } from './sql-sources.ts';
import type { ParsedStatement, Query, TableName } from './sql-syntax.ts';
import type { Slot } from './store.ts';
import { TransactionScope } from './transaction-scope.ts';
import { findView } from './views.ts';

/** Bind rows of an array statement between two looks at the event loop, where other sessions and a cancel get their turn. */
const ROWS_PER_TURN = 256;

export class DatabaseSession implements EngineSession {
  readonly #instance: Instance;
  readonly #user: string;
  readonly #parse: (sql: string) => ParsedStatement;
  readonly #thread: RedoThread;
  /** Which life of its instance it belongs to. */
  readonly #life: number;
  readonly #settings: SessionSettings = defaultSettings();
  readonly #container: Container;
  readonly #miner: LogMiner;
  readonly #scope: TransactionScope;
  /** Calls run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  constructor(
    instance: Instance,
    user: string,
    made: {
      readonly thread: RedoThread;
      readonly container: Container;
      readonly parse: (sql: string) => ParsedStatement;
    },
  ) {
    this.#instance = instance;
    this.#user = user;
    this.#parse = made.parse;
    this.#thread = made.thread;
    this.#life = made.thread.life;
    this.#container = made.container;
    this.#miner = new LogMiner(instance.redo, instance.mining, made.container);
    this.#scope = new TransactionScope(instance, made.thread.number);
  }

  get inTransaction(): boolean {
    return this.#scope.current !== undefined;
  }

  async execute(
    sql: string,
    bindRows: readonly BindRow[],
    options: { readonly batchErrors: boolean },
  ): Promise<ExecuteResult> {
    return this.#call(async () => {
      this.#thread.checkLife(this.#life);
      this.#instance.redo.beat();
      return this.#execute(this.#parse(sql), bindRows.length === 0 ? [[]] : bindRows, options.batchErrors);
    });
  }

  async commit(): Promise<void> {
    return this.#call(async () => {
      this.#scope.commit();
    });
  }

  async rollback(): Promise<void> {
    return this.#call(async () => {
      this.#scope.rollback();
    });
  }

  cancel(): void {
    if (this.#running > 0) this.#scope.cancel();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.rollback();
  }

  /** @throws OracleError 3113, and 1013 when the call is cancelled. */
  #checkRunning(): void {
    this.#thread.checkLife(this.#life);
    this.#scope.checkCancelled();
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    const previous = this.#last;
    const run = async (): Promise<Result> => {
      await previous;
      this.#running += 1;
      try {
        return await work();
      } catch (error: unknown) {
        throw error instanceof OracleError ? error : simulatorFault(error);
      } finally {
        this.#running -= 1;
        this.#scope.clearCancel();
      }
    };
    const result = run();
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #execute(parsed: ParsedStatement, bindRows: readonly BindRow[], batchErrors: boolean): Promise<ExecuteResult> {
    const first = checkBinds(parsed, bindRows);
    const { statement } = parsed;
    switch (statement.kind) {
      case 'select':
        return this.#select(statement.query, first);
      case 'insert':
      case 'update':
      case 'delete':
        return this.#loaded(parsed, statement, async () => this.#change(statement, bindRows, batchErrors));
      case 'block':
        runBlock(statement.calls, {
          miner: this.#miner,
          account: this.#account,
          context: this.#context(first),
          binds: valuesOf(first),
        });
        return { kind: 'done' };
      case 'alter session':
        for (const [name, value] of statement.settings) changeSetting(this.#settings, name, value);
        return { kind: 'done' };
      case 'savepoint':
        this.#scope.setSavepoint(statement.name);
        return { kind: 'done' };
      case 'rollback':
        if (statement.savepoint === undefined) this.#scope.rollback();
        else this.#scope.rollbackTo(statement.savepoint);
        return { kind: 'done' };
      case 'commit':
        this.#scope.commit();
        return { kind: 'done' };
      default:
        return this.#define(statement, parsed.text);
    }
  }

  /** A direct-path insert into a table without logging writes no redo of its rows. */
  async #loaded(
    { text }: ParsedStatement,
    statement: DmlStatement,
    run: () => Promise<ExecuteResult>,
  ): Promise<ExecuteResult> {
    const { directLoads, catalog } = this.#instance;
    const name = statement.kind === 'insert' ? statement.table : undefined;
    const table = name === undefined ? undefined : catalog.find(name.schema ?? this.#user, name.name);
    return table === undefined ? run() : directLoads.insert({ sql: text, table }, () => this.#scope.begin(), run);
  }

  /** DDL commits before itself; ALTER SYSTEM is not DDL. */
  #define(statement: DdlStatement, text: string): ExecuteResult {
    if (statement.kind !== 'switch log') this.#scope.commit();
    runDdl(statement, { instance: this.#instance, account: this.#account, context: this.#context([]), text });
    return { kind: 'done' };
  }

  #context(binds: BindRow): StatementContext {
    return {
      user: this.#user,
      settings: this.#settings,
      now: hostMoment(this.#instance, this.#instance.now()),
      zoneMinutes: this.#instance.zoneMinutes,
      thread: this.#thread.number,
      bindTypes: binds.map(({ type }) => type),
      snapshot: this.#scope.snapshot(),
    };
  }

  /** With the privileges of this moment: they can be revoked while the session is open. */
  get #account(): Account {
    return this.#instance.accounts.existing(this.#user);
  }

  #lookup(name: TableName, position: number, needs: readonly ObjectPrivilege[]): NamedSource {
    const table = this.#instance.catalog.find(name.schema ?? this.#user, name.name);
    if (table !== undefined && this.#container !== 'root') {
      checkTable(this.#account, table, needs);
      return { kind: 'table', table };
    }
    const reader = {
      instance: this.#instance,
      miner: this.#miner,
      settings: this.#settings,
      account: this.#account,
      thread: this.#thread.number,
      container: this.#container,
    };
    const view = name.schema === undefined || name.schema === 'SYS' ? findView(name.name, reader) : undefined;
    if (view === undefined) throw new OracleError(942, 'table or view does not exist', position);
    return view;
  }

  #queryContext(statement: StatementContext): DmlContext {
    return {
      statement,
      lookup: (name, position, needs) => this.#lookup(name, position, needs),
      currentScn: () => this.#instance.redo.scn,
      undo: this.#instance.undo,
      transaction: () => this.#scope.current,
      begin: () => this.#scope.begin(),
      refresh: () => {
        statement.snapshot = this.#scope.snapshot();
      },
      waitFor: async (other) => this.#scope.waitFor(other),
    };
  }

  async #select(query: Query, binds: BindRow): Promise<ExecuteResult> {
    const compiled = compileQuery(query, this.#queryContext(this.#context(binds)));
    const columns = compiled.columns.map(resultColumn);
    if (compiled.stream !== undefined) return this.#streamed(columns, compiled.stream(valuesOf(binds), columns));
    const gathered = compiled.gather?.(valuesOf(binds));
    while (gathered?.step() === true) await this.#otherTurns();
    const take = taker(gathered?.rows() ?? compiled.run(valuesOf(binds)));
    return {
      kind: 'query',
      columns,
      fetch: async (count) =>
        this.#call(async () => {
          this.#checkRunning();
          return take(count);
        }),
    };
  }

  #streamed(columns: readonly ResultColumn[], stream: RowStream): ExecuteResult {
    const checked = async <Result>(work: () => Result): Promise<Result> =>
      this.#call(async () => {
        this.#checkRunning();
        return work();
      });
    return {
      kind: 'query',
      columns,
      fetch: async (count) => checked(() => stream.take(count)),
      fetchInto: async (writer, count, begin) => checked(() => stream.write(writer, count, begin)),
    };
  }

  async #change(statement: DmlStatement, bindRows: readonly BindRow[], batchErrors: boolean): Promise<ExecuteResult> {
    const compiled = new Map<string, CompiledDml>();
    const rowCounts: number[] = [];
    const errors: BatchError[] = [];
    let last: Slot | undefined;
    for (const [offset, binds] of bindRows.entries()) {
      if (offset % ROWS_PER_TURN === ROWS_PER_TURN - 1) await this.#otherTurns();
      try {
        // DDL of another session between two rows means that the next one is compiled anew.
        const types = `${this.#instance.catalog.definitions} ${binds.map(({ type }) => type).join(' ')}`;
        let run = compiled.get(types);
        if (run === undefined)
          compiled.set(types, (run = compileDml(statement, this.#queryContext(this.#context(binds)))));
        const outcome = await run(valuesOf(binds));
        rowCounts.push(outcome.count);
        last = outcome.last ?? last;
      } catch (error: unknown) {
        if (!batchErrors || !(error instanceof OracleError) || error.number === 1013) throw error;
        errors.push({ offset, error });
        rowCounts.push(0);
      }
    }
    const rowCount = rowCounts.reduce((sum, count) => sum + count, 0);
    return {
      kind: 'dml',
      rowCount,
      rowCounts,
      batchErrors: errors,
      ...lastRowid(last),
    };
  }

  async #otherTurns(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#checkRunning();
  }
}
