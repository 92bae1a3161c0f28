/** After-images of tables with `values.lobInLog: reread` get the values of their large columns before they are sent (docs/decisions/0031). */
import { isLob, largeOf } from '../model/large-columns.ts';
import type { PlannedTable } from '../model/planned-table.ts';
import type { Scn } from '../model/scn.ts';
import type { Row, TableDescription, TableName, Value } from '../model/table.ts';
import { inParallel } from './in-parallel.ts';
import type { LargeValues, Source } from './ports.ts';

/** Rows whose values are in memory together: as many as a copy reads at a time. */
const ROWS_WITH_LOBS = 16;
const ROWS = 100;

/** Transactions of which values are read at a time. */
const PARALLEL = 4;

/** A row of `_log` that waits for its values. */
export interface WaitingRow {
  /** Among the rows that are sent together. */
  readonly place: number;
  /** At which its transaction committed. */
  readonly scn: Scn;
}

/** Where the columns of a table that is read again are in a row of its `_log`. */
export interface Reread {
  readonly description: TableDescription;
  readonly key: readonly number[];
  readonly large: readonly number[];
  /** So many rows are read together. */
  readonly rowsMax: number;
}

/** Undefined for a table of which nothing is read again. One that has lost its key since it was planned is one. */
export function rereadOf({ description, lobInLog, logColumns }: PlannedTable): Reread | undefined {
  const { columns, key } = description;
  const large = largeOf(description);
  if (lobInLog !== 'reread' || large.length === 0 || key.columns.length === 0) return undefined;
  const placeOf = (name: string): number => logColumns.length + columns.findIndex((column) => column.name === name);
  return {
    description,
    key: key.columns.map(placeOf),
    large: large.map(({ name }) => placeOf(name)),
    rowsMax: large.some(({ type }) => isLob(type)) ? ROWS_WITH_LOBS : ROWS,
  };
}

/** Of one table, what could not be read as of the commit. */
interface NotAsOf {
  newer: number;
  gone: number;
}

type Reader = Pick<Source, 'readLargeValues'>;

export class RereadValues {
  readonly #source: Reader;
  readonly #signal: AbortSignal;
  readonly #notAsOf = new Map<TableName, NotAsOf>();

  constructor(source: Reader, signal: AbortSignal = new AbortController().signal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Puts the values into the rows that wait. @returns how much they are */
  async fill(reread: Reread, rows: Row[], waiting: readonly WaitingRow[]): Promise<number> {
    const byScn = new Map<Scn, WaitingRow[]>();
    for (const one of waiting) byScn.set(one.scn, [...(byScn.get(one.scn) ?? []), one]);
    let size = 0;
    await inParallel([...byScn], PARALLEL, async ([scn, those]) => {
      const more = await this.#fillAt(reread, rows, scn, those);
      size += more;
    });
    return size;
  }

  /** For the operator; undefined when everything was read as of its commit. */
  get note(): string | undefined {
    if (this.#notAsOf.size === 0) return undefined;
    const parts = [...this.#notAsOf].flatMap(([table, { newer, gone }]) => [
      ...(newer > 0 ? [`in ${newer} rows of ${table} may be newer than their change: undo no longer reached it`] : []),
      ...(gone > 0 ? [`in ${gone} rows of ${table} are NULL: the table, or one of its columns, is gone`] : []),
    ]);
    return `values of large columns ${parts.join('; ')}`;
  }

  async #fillAt(reread: Reread, rows: Row[], asOf: Scn, waiting: readonly WaitingRow[]): Promise<number> {
    const places = new Map<string, number>();
    const keys: Row[] = [];
    const keyOf = waiting.map(({ place }) => {
      const key = reread.key.map((index) => rows[place]?.[index] ?? null);
      const text = textOf(key);
      const known = places.get(text) ?? keys.push(key) - 1;
      places.set(text, known);
      return known;
    });
    const answer = await this.#source.readLargeValues(reread.description, { asOf, keys }, this.#signal);
    this.#count(reread.description.table, answer.read, waiting.length);
    let size = 0;
    for (const [i, { place }] of waiting.entries()) {
      const row = [...(rows[place] ?? [])];
      for (const [which, index] of reread.large.entries()) {
        const value = answer.rows[keyOf[i] ?? -1]?.[which] ?? null;
        row[index] = value;
        size += value?.length ?? 0;
      }
      rows[place] = row;
    }
    return size;
  }

  #count(table: TableName, read: LargeValues['read'], rows: number): void {
    if (read === 'as-of') return;
    const { newer, gone } = this.#notAsOf.get(table) ?? { newer: 0, gone: 0 };
    const isNewer = read === 'present';
    this.#notAsOf.set(table, { newer: newer + (isNewer ? rows : 0), gone: gone + (isNewer ? 0 : rows) });
  }
}

const textOf = (key: Row): string =>
  JSON.stringify(key.map((value: Value) => (value instanceof Uint8Array ? [...value] : value)));
