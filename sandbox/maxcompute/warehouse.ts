import {
  ANY,
  BIGINT,
  DATE,
  DuckDBInstance,
  DuckDBScalarFunction,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  STRUCT,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import { cellText, PROJECT_ZONE, resultType, timeValue } from './cell-text.ts';
import { castFunctions } from './sql-expressions.ts';

export interface Rows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

type TimeKind = 'date' | 'datetime' | 'timestamp' | 'timestamp_ntz';

/** Between time types a value goes through the wall clock of the session's zone, as MaxCompute converts them. */
function castTime(kind: TimeKind, value: DuckDBValue, type: DuckDBType, zone: string): DuckDBValue {
  const from = resultType(type);
  const shown = from === undefined ? undefined : cellText(value, from, zone);
  const result = typeof shown === 'string' ? timeValue(kind, shown, zone) : undefined;
  if (result === undefined) throw new Error(`cannot cast to ${kind}`);
  return result;
}

const returnTypes: Readonly<Record<TimeKind, DuckDBType>> = {
  date: DATE,
  datetime: TIMESTAMP,
  timestamp: STRUCT({ instant_seconds: BIGINT, instant_nanos: INTEGER }),
  timestamp_ntz: STRUCT({ wall_seconds: BIGINT, wall_nanos: INTEGER }),
};

function scalar(
  name: string,
  returnType: DuckDBType,
  convert: (value: DuckDBValue, type: DuckDBType) => DuckDBValue,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [ANY],
    returnType,
    mainFunction: (_info, input, output) => {
      const [column] = input.getColumns();
      const vector = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const value = column?.[row] ?? null;
        output.setItem(row, value === null ? null : convert(value, vector.type));
      }
      output.flush();
    },
  });
}

/** The database keeps what was registered. Our own handle would keep the process from ending, until the garbage collector finds it. */
function register(connection: DuckDBConnection, scalarFunction: DuckDBScalarFunction): void {
  connection.registerScalarFunction(scalarFunction);
  scalarFunction.destroySync();
}

function registerCasts(connection: DuckDBConnection, zone: () => string): void {
  register(
    connection,
    scalar(castFunctions.string, VARCHAR, (value, type) => {
      const from = resultType(type);
      if (from === undefined) throw new Error('cannot cast to string');
      return cellText(value, from, zone());
    }),
  );
  for (const kind of ['date', 'datetime', 'timestamp', 'timestamp_ntz'] as const) {
    register(
      connection,
      scalar(castFunctions[kind], returnTypes[kind], (value, type) => castTime(kind, value, type, zone())),
    );
  }
}

/** The database in memory behind the stand-in. One thing happens at a time, so that a transaction is nobody else's. */
export class Warehouse {
  private readonly connection: DuckDBConnection;
  private readonly observer: DuckDBConnection;
  private readonly instance: DuckDBInstance;
  private last: Promise<unknown> = Promise.resolve();
  private readonly underWay = new Set<Promise<unknown>>();
  private closing = false;
  private named = 0;
  /** Of the query that runs: what casts between time types go by. */
  zone = PROJECT_ZONE;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, observer: DuckDBConnection) {
    this.instance = instance;
    this.observer = observer;
    this.connection = connection;
  }

  static async open(): Promise<Warehouse> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    // MaxCompute orders NULL below every value.
    await connection.run("SET default_null_order = 'nulls_first_on_asc_last_on_desc'");
    const warehouse = new Warehouse(instance, connection, await instance.connect());
    registerCasts(connection, () => warehouse.zone);
    return warehouse;
  }

  /** A name that no other table of this database has. */
  freshName(kind: 'table' | 'block' | 'snapshot'): string {
    this.named++;
    return `${kind}_${String(this.named)}`;
  }

  /** Runs `work` when everything before it is done; work inside it calls run and query freely. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return await turn;
  }

  async run(sql: string, values: readonly string[] = []): Promise<void> {
    await this.native(() => this.connection.run(sql, [...values]));
  }

  /** All of the work or nothing. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.run('BEGIN');
    try {
      await work();
      await this.run('COMMIT');
    } catch (error) {
      await this.run('ROLLBACK');
      throw error;
    }
  }

  async query(sql: string, values: readonly string[] = []): Promise<Rows> {
    const reader = await this.native(() => this.connection.runAndReadAll(sql, [...values]));
    return { names: reader.columnNames(), types: reader.columnTypes(), rows: reader.getRows() };
  }

  /** One number of what is committed, at any time: it neither waits for transactions nor sees into them. */
  async count(sql: string, values: readonly string[] = []): Promise<number> {
    const reader = await this.native(() => this.observer.runAndReadAll(sql, [...values]));
    return Number(reader.getRows()[0]?.[0] ?? 0);
  }

  /** Appends data chunks whose columns are the table's, in its order; inside a transaction they belong to it. */
  async append(table: string, chunks: readonly DuckDBDataChunk[]): Promise<void> {
    const appender = await this.native(() => this.connection.createAppender(table));
    try {
      for (const chunk of chunks) appender.appendDataChunk(chunk);
    } finally {
      appender.closeSync();
    }
  }

  /** Every call of the database, from its begin to its end. @throws once the warehouse closes */
  private async native<T>(call: () => Promise<T>): Promise<T> {
    if (this.closing) throw new Error('the warehouse is closed');
    const running = call();
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
    }
  }

  /** Lets what runs end, and nothing more begin: a connection that is closed under a running statement crashes the process. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.allSettled(this.underWay);
    await this.last;
    this.connection.closeSync();
    this.observer.closeSync();
    this.instance.closeSync();
  }
}
