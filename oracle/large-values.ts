/** Values of large columns, read by key as of the SCN at which a transaction committed (docs/decisions/0031). */
import { Failure } from '../model/failure.ts';
import { isLob, largeOf } from '../model/large-columns.ts';
import type { Scn } from '../model/scn.ts';
import type { Column, Row, TableDescription } from '../model/table.ts';
import { rowReader } from './chunk-reader.ts';
import { readableType } from './column-values.ts';
import { Dictionary } from './dictionary.ts';
import { keyBinds, keyColumns, keyCondition, keyText, quotedTable } from './key-binds.ts';
import type { Session } from './session.ts';

export interface LargeValuesAsked {
  readonly asOf: Scn;
  /** Each the values of the key's columns, in the key's order. */
  readonly keys: readonly Row[];
}

export interface LargeValues {
  /** In the order of the keys, each the large columns in the description's order; undefined where no row has the key. */
  readonly rows: readonly (Row | undefined)[];
  readonly read: 'as-of' | 'present' | 'gone';
}

/** Keys of one query: LOBs of 8 MB, and long texts, are all in memory at once. */
const KEYS_WITH_LOBS = 16;
const KEYS = 100;

/** Undo no longer reaches back (of rows, of LOBs), the SCN is unknown by now, or the table was altered since. */
const NOT_AS_OF = /ORA-(?:01555|22924|08181|01466)/;

/** The table, or a column, may be gone: dropped or renamed since. */
const NOT_THERE = /ORA-(?:00942|00904)/;

const matches = (error: unknown, pattern: RegExp): boolean => error instanceof Failure && pattern.test(error.message);

/**
 * Where the values of then cannot be read any more, those of now, of all keys.
 * @throws Failure not-yet-supported for a column of another type, and whatever else a query may end with
 */
export async function readLargeValues(
  session: Session,
  description: TableDescription,
  { keys, asOf }: LargeValuesAsked,
  signal: AbortSignal,
): Promise<LargeValues> {
  const query = new KeyedQuery(session, description, signal);
  try {
    return { rows: await query.rows(keys, asOf), read: 'as-of' };
  } catch (error) {
    if (matches(error, NOT_THERE) && !(await query.isThere())) return gone(keys);
    if (!matches(error, NOT_AS_OF)) throw error;
  }
  try {
    return { rows: await query.rows(keys), read: 'present' };
  } catch (error) {
    if (matches(error, NOT_THERE) && !(await query.isThere())) return gone(keys);
    throw error;
  }
}

const gone = (keys: readonly Row[]): LargeValues => ({ rows: keys.map(() => undefined), read: 'gone' });

class KeyedQuery {
  readonly #session: Session;
  readonly #description: TableDescription;
  readonly #signal: AbortSignal;
  readonly #key: readonly Column[];
  readonly #keysMax: number;

  constructor(session: Session, description: TableDescription, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
    this.#key = keyColumns(description);
    const large = largeOf(description);
    this.#description = { ...description, columns: [...this.#key, ...large] };
    this.#keysMax = large.some(({ type }) => isLob(type)) ? KEYS_WITH_LOBS : KEYS;
    if (this.#key.length === 0) throw new Failure('bug', `${description.table} has no key to read by.`);
  }

  async rows(keys: readonly Row[], asOf?: Scn): Promise<readonly (Row | undefined)[]> {
    const found = new Map<string, Row>();
    for (let i = 0; i < keys.length; i += this.#keysMax)
      await this.#read(keys.slice(i, i + this.#keysMax), asOf, found);
    return keys.map((key) => found.get(keyText(key)));
  }

  /** A missing grant looks like a missing table: the dictionary tells them apart. */
  async isThere(): Promise<boolean> {
    try {
      const [present] = await new Dictionary(this.#session, this.#signal).describe([this.#description.table]);
      const names = new Set(present?.columns.map(({ name }) => name));
      return this.#description.columns.every(({ name }) => names.has(name));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'source-table-changed') return false;
      throw error;
    }
  }

  async #read(keys: readonly Row[], asOf: Scn | undefined, found: Map<string, Row>): Promise<void> {
    // One text for one key and one for several, so that the database need not parse a hundred.
    const wanted = keys.length === 1 ? keys : Array.from({ length: this.#keysMax }, (_, i) => keys[i] ?? keys[0] ?? []);
    const binds = { ...keyBinds(this.#key, wanted), ...(asOf !== undefined && { s: asOf }) };
    const read = rowReader(this.#description);
    const options = { rows: this.#keysMax, signal: this.#signal };
    for await (const batch of this.#session.batches(this.#statement(wanted.length, asOf), binds, options)) {
      for (const row of batch.map(read))
        found.set(keyText(row.slice(0, this.#key.length)), row.slice(this.#key.length));
    }
  }

  #statement(count: number, asOf: Scn | undefined): string {
    const columns = this.#description.columns.map((column) =>
      readableType(column, this.#description).expression(`"${column.name}"`),
    );
    const snapshot = asOf === undefined ? '' : ' AS OF SCN TO_NUMBER(:s)';
    return (
      `SELECT ${columns.join(', ')} FROM ${quotedTable(this.#description)}${snapshot} ` +
      `WHERE ${keyCondition(this.#key, count)}`
    );
  }
}
