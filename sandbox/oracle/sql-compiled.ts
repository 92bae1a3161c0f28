import type { Moment } from './dates.ts';
import type { SqlType, SqlValue } from './engine.ts';
import type { Row, Snapshot, SourceRow } from './store.ts';
import type { ValueType } from './sql-syntax.ts';

/** Expressions are compiled to closures with a static type, as Oracle types them, and run over an environment. */
export interface Environment {
  /** The current row of each source of the query; undefined before its turn. */
  readonly rows: (SourceRow | undefined)[];
  binds: Row;
  /** CONNECT BY. */
  level: number;
  /** GROUP BY: keys and totals of the current group. */
  keys: Row;
  totals: Row;
}

export interface Compiled {
  readonly type: ValueType;
  /** Bytes, character and RAW types. */
  readonly size: number | undefined;
  readonly precision: number | undefined;
  /** TIMESTAMP keeps its fractional digits here. */
  readonly scale: number | undefined;
  readonly nullable: boolean;
  /** A bit per source whose row is read. */
  readonly sources: number;
  /** Set when this is nothing but a column. */
  readonly column: { readonly source: number; readonly index: number } | undefined;
  /** Set when this is nothing but the ROWID of a source. */
  readonly rowidOf: number | undefined;
  readonly read: (environment: Environment) => SqlValue;
  /** The same as a JS number, where that holds it exactly. */
  readonly integer?: (environment: Environment) => number | null;
}

/** undefined: unknown, SQL's third truth value. */
export type Test = (environment: Environment) => boolean | undefined;

/** What a session sets with ALTER SESSION. */
export interface SessionSettings {
  dateFormat: string;
  timestampFormat: string;
  timestampZoneFormat: string;
  timeZone: string;
}

/** What all expressions of one execution share. */
export interface StatementContext {
  readonly user: string;
  readonly settings: Readonly<SessionSettings>;
  /** The host's wall clock at the start of the statement, and its zone. */
  readonly now: Moment;
  readonly zoneMinutes: number;
  /** Of redo: the session's instance. */
  readonly thread: number;
  readonly bindTypes: readonly SqlType[];
  /** Replaced for each bind row: every one is a statement of its own. */
  snapshot: Snapshot;
}

export function newEnvironment(sourceCount: number, binds: Row): Environment {
  return { rows: new Array<SourceRow | undefined>(sourceCount).fill(undefined), binds, level: 0, keys: [], totals: [] };
}

/** A computed value: no column, nullable, of the size given. */
export function computed(
  type: ValueType,
  read: (environment: Environment) => SqlValue,
  details: {
    readonly from?: readonly Compiled[];
    readonly size?: number;
    readonly precision?: number;
    readonly scale?: number;
  } = {},
): Compiled {
  let sources = 0;
  for (const part of details.from ?? []) sources |= part.sources;
  return {
    type,
    size: details.size ?? (isSized(type) ? 4000 : undefined),
    precision: details.precision,
    scale: details.scale,
    nullable: true,
    sources,
    column: undefined,
    rowidOf: undefined,
    read,
  };
}

/** Wraps what is read, keeping where it comes from. */
export function mapped(
  from: Compiled,
  type: ValueType,
  map: (value: string | Buffer) => SqlValue,
  details: { readonly size?: number; readonly scale?: number } = {},
): Compiled {
  return computed(
    type,
    (environment) => {
      const value = from.read(environment);
      return value === null ? null : map(value);
    },
    { from: [from], ...details },
  );
}

function isSized(type: ValueType): boolean {
  return type === 'VARCHAR2' || type === 'CHAR' || type === 'RAW';
}
