/** Runs "bank+" against Oracle through the public driver, whatever becomes of its connections. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import {
  copyOf,
  large,
  manyTables,
  rowsOfShare,
  someActs,
  type Act,
  type AddedColumn,
  type Rows,
} from './bank-acts.ts';
import { SHARES, Values, type BankTableName, type Binds } from './bank-tables.ts';
import { Dice } from './dice.ts';

export type Login = Readonly<Record<'connectString' | 'user' | 'password', string>>;

export interface Story {
  begun: number;
  committed: number;
  rolledBack: number;
  /** Ended by a fault: what its commit did is not known to the writer. */
  interrupted: number;
  statements: number;
  long: number;
  /** Errors of Oracle that no fault explains, with how often. */
  readonly unexpected: Record<string, number>;
}

export const newStory = (): Story => ({
  begun: 0,
  committed: 0,
  rolledBack: 0,
  interrupted: 0,
  statements: 0,
  long: 0,
  unexpected: {},
});

export interface WorkloadOptions {
  readonly login: Login;
  readonly seed: number;
  readonly marker: string;
  readonly transactions: number;
  /** At most so many begin in a second. */
  readonly perSecond: number;
  /** Waits until transaction `number` may begin. */
  readonly mayBegin: (number: number) => Promise<void>;
  readonly story: Story;
  /** Grows while the workload runs. */
  readonly added: readonly AddedColumn[];
  readonly signal: AbortSignal;
}

const ROLLED_BACK_PERCENT = 12;
const CONNECT_AGAIN_MS = 250;
const NUMBERS_FROM = 100_000;

/** Ends after the last transaction. @throws when the signal is aborted, or Oracle stays away */
export async function runBank(options: WorkloadOptions): Promise<void> {
  const shares = Array.from({ length: SHARES - 1 }, (_, share) => share);
  const over = new AbortController();
  const long = new Writer(options, SHARES - 1).long(over.signal);
  long.catch(() => undefined); // awaited below
  try {
    await Promise.all(shares.map((share) => new Writer(options, share).run()));
  } finally {
    over.abort();
  }
  await long;
}

class Writer {
  private readonly options: WorkloadOptions;
  private readonly share: number;
  private readonly values: Values;
  private connection: oracledb.Connection | undefined;
  private rows: Rows | undefined;
  private numbered: number;

  constructor(options: WorkloadOptions, share: number) {
    this.options = options;
    this.share = share;
    this.values = new Values(Dice.of(options.seed, `writer ${share}`), options.marker);
    this.numbered = NUMBERS_FROM * SHARES + share;
  }

  async run(): Promise<void> {
    const { story, transactions, perSecond, mayBegin, signal } = this.options;
    try {
      while (story.begun < transactions) {
        story.begun += 1;
        const number = story.begun;
        await mayBegin(number);
        signal.throwIfAborted();
        const began = Date.now();
        await this.transaction(async (act) => this.oneOfMany(act, number));
        await wait(Math.max(0, began + (1000 / perSecond) * (SHARES - 1) - Date.now()));
      }
    } finally {
      await this.close();
    }
  }

  private async oneOfMany(act: Act, number: number): Promise<void> {
    const { dice } = this.values;
    if (number % 157 === 100) await large(act, 250);
    else if (dice.chance(5)) await manyTables(act);
    else await someActs(act, dice.logarithmic(1, 12));
  }

  /** Transactions that stay open across several windows and switches of the log, until the others are done. */
  async long(over: AbortSignal): Promise<void> {
    const { story, signal } = this.options;
    try {
      while (!over.aborted) {
        signal.throwIfAborted();
        await this.transaction(async (act) => {
          const parts = this.values.dice.from(2, 4);
          for (let part = 0; part < parts; part++) {
            await someActs(act, this.values.dice.from(1, 4));
            await wait(over.aborted ? 0 : this.values.dice.from(500, 4_000));
          }
          story.long += 1;
        });
      }
    } finally {
      await this.close();
    }
  }

  private async transaction(run: (act: Act) => Promise<void>): Promise<void> {
    const { story } = this.options;
    const connection = await this.connected();
    const before = copyOf(await this.known(connection));
    try {
      await run(this.act(connection, await this.known(connection)));
      if (this.values.dice.chance(ROLLED_BACK_PERCENT)) {
        await connection.rollback();
        this.rows = before;
        story.rolledBack += 1;
      } else {
        await connection.commit();
        story.committed += 1;
      }
    } catch (error) {
      await this.forget(error);
    }
  }

  /** The connection and what is known of the rows. A lost connection is a fault's work, another error is not. */
  private async forget(error: unknown): Promise<void> {
    const { story, signal } = this.options;
    signal.throwIfAborted();
    const text = error instanceof Error ? error.message : String(error);
    story.interrupted += 1;
    if (!LOST.test(text)) {
      const code = /(?:ORA|NJS|DPI)-\d+/.exec(text)?.[0] ?? text.slice(0, 80);
      story.unexpected[code] = (story.unexpected[code] ?? 0) + 1;
    }
    await this.close();
  }

  private act(connection: oracledb.Connection, rows: Rows): Act {
    const { story, added } = this.options;
    return {
      values: this.values,
      rows,
      added,
      fresh: () => (this.numbered += SHARES),
      execute: async (sql, binds = {}) => {
        story.statements += 1;
        return (await connection.execute(sql, bound(binds))).rowsAffected ?? 0;
      },
      query: queryOf(connection),
    };
  }

  private async known(connection: oracledb.Connection): Promise<Rows> {
    this.rows ??= await rowsOfShare(queryOf(connection), this.share);
    return this.rows;
  }

  /** Tries until it is connected and knows its rows. */
  private async connected(): Promise<oracledb.Connection> {
    const { signal, login } = this.options;
    for (;;) {
      signal.throwIfAborted();
      try {
        this.connection ??= await oracledb.getConnection(login);
        await this.known(this.connection);
        return this.connection;
      } catch {
        await this.close();
        await wait(CONNECT_AGAIN_MS);
      }
    }
  }

  private async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    this.rows = undefined;
    await connection?.close().catch(() => undefined);
  }
}

/** What a client meets whose connection, session or instance has gone. */
const LOST =
  /NJS-(?:500|501|503|506|511|518|521|523|530|003)|ORA-(?:00028|00603|01012|01013|01033|01089|01092|02396|03113|03114|03135|12514|12516|12528|12537|12541)/;

const bound = (binds: Binds): oracledb.BindParameters => ({ ...binds });

const queryOf =
  (connection: oracledb.Connection): Act['query'] =>
  async (sql, binds) => {
    const { rows = [] } = await connection.execute<(string | number | null)[]>(sql, bound(binds), { maxRows: 0 });
    return rows;
  };

/** ALTER TABLE … ADD at some point of the workload. */
export interface Addition {
  readonly table: BankTableName;
  readonly column: string;
  /** Absent: none. */
  readonly defaultText?: string;
}

export interface MadeAddition extends Addition {
  /** CURRENT_SCN before and after the statement. */
  readonly scns: readonly [string, string];
}

/** Adds the column, again if a fault comes between. */
export async function addColumn(login: Login, addition: Addition, signal: AbortSignal): Promise<MadeAddition> {
  const { table, column, defaultText } = addition;
  let first: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    let connection: oracledb.Connection | undefined;
    try {
      connection = await oracledb.getConnection(login);
      first ??= await currentScn(connection);
      const defaulted = defaultText === undefined ? '' : ` DEFAULT '${defaultText}'`;
      await connection
        .execute(`ALTER TABLE HR.${table} ADD (${column} VARCHAR2(40)${defaulted})`)
        .catch((error: unknown) => {
          if (!(error instanceof Error && error.message.includes('ORA-01430'))) throw error; // it was added after all
        });
      return { ...addition, scns: [first, await currentScn(connection)] };
    } catch (error) {
      if (!(error instanceof Error && LOST.test(error.message))) throw error;
      await wait(CONNECT_AGAIN_MS);
    } finally {
      await connection?.close().catch(() => undefined);
    }
  }
}

async function currentScn(connection: oracledb.Connection): Promise<string> {
  const { rows = [] } = await connection.execute<[string]>('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  return rows[0]?.[0] ?? '0';
}
