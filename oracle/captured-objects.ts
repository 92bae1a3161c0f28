/** Which captured table a row belongs to, by its object number. A number that no description has is asked of the dictionary. */
import type { TableStop } from '../model/change.ts';
import { addToScn, compareScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { objectIds, tableName } from '../model/table.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { isPiece, operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import type { Session } from './session.ts';

/** Items of an IN list that Oracle accepts. */
const IN_LIST_MAX = 1000;

const NOT_CHANGES: ReadonlySet<number> = new Set([
  operations.start,
  operations.commit,
  operations.rollback,
  operations.missingScn,
  operations.ddl,
]);

const PARTITIONS =
  "SELECT OWNER, OBJECT_NAME, TO_CHAR(OBJECT_ID) FROM DBA_OBJECTS WHERE OBJECT_TYPE LIKE 'TABLE %' AND ";

/** `stops`: tables that cannot be followed beyond an SCN, in the order in which that showed. */
export interface CapturedRows {
  readonly rows: readonly RedoRow[];
  readonly stops: readonly TableStop[];
}

export class CapturedObjects {
  /** By object number; it grows as partitions appear. */
  readonly tables: Map<string, TableDescription>;
  readonly #names: ReadonlyMap<TableName, TableDescription>;
  readonly #foreign = new Set<string>();
  /** Exclusive: rows at or below it are only read to find the beginnings of transactions. */
  readonly #from: Scn;

  constructor(tables: readonly TableDescription[], from: Scn) {
    this.tables = new Map(tables.flatMap((table) => objectIds(table).map((objectId) => [objectId, table])));
    this.#names = new Map(tables.map((table) => [table.table, table]));
    this.#from = from;
  }

  /**
   * The rows without those of objects that are not captured, in the same order. A row without a table's name (`OBJ# 74858`) is one of the
   * table that has its number. A change under a captured table's name, by an object that the dictionary does not know as a part of it, stops
   * the table: whatever committed before the change may be emitted.
   */
  async only(session: Pick<Session, 'query'>, rows: readonly RedoRow[], signal: AbortSignal): Promise<CapturedRows> {
    const unknown = rows.filter((row) => this.#isUnknown(row) && !this.#foreign.has(row.dataObject));
    const stops = unknown.length > 0 ? await this.#ask(session, unknown, signal) : [];
    return { rows: this.#foreign.size === 0 ? rows : rows.filter((row) => !this.#isUnknown(row)), stops };
  }

  #isUnknown({ operation, dataObject }: RedoRow): boolean {
    return !NOT_CHANGES.has(operation) && !isPiece({ operation }) && !this.tables.has(dataObject);
  }

  /** Afterwards each row's number is that of a captured table, or foreign. */
  async #ask(
    session: Pick<Session, 'query'>,
    rows: readonly RedoRow[],
    signal: AbortSignal,
  ): Promise<readonly TableStop[]> {
    const numbers = [...new Set(rows.map(({ dataObject }) => dataObject))];
    for (let i = 0; i < numbers.length; i += IN_LIST_MAX) {
      const binds = Object.fromEntries(numbers.slice(i, i + IN_LIST_MAX).map((number, n) => [`n${n}`, number]));
      const list = Object.keys(binds).map((name) => `TO_NUMBER(:${name})`);
      const found = await session.query(`${PARTITIONS}OBJECT_ID IN (${list.join(', ')})`, binds, signal);
      for (const [owner, name, objectId] of found) {
        const table = this.#names.get(tableName({ owner: owner ?? '', name: name ?? '' }));
        if (table && typeof objectId === 'string') this.tables.set(objectId, table);
      }
    }
    const foreign = rows.filter((row) => this.#isUnknown(row));
    for (const { dataObject } of foreign) this.#foreign.add(dataObject);
    return foreign.flatMap((row) => this.#stopOf(row) ?? []);
  }

  /** For a row under a captured table's name. */
  #stopOf({ owner, table: name, dataObject, scn }: RedoRow): TableStop | undefined {
    if (owner === null || name === null || compareScn(scn, this.#from) <= 0) return undefined;
    const known = this.#names.get(tableName({ owner, name }));
    if (!known) return undefined;
    const { table } = known;
    const text =
      `${table} at SCN ${scn}: LogMiner shows a change of object ${dataObject} under its name, and the dictionary knows no partition of ` +
      'it with that number. Nothing was skipped.';
    return { table, scn: addToScn(scn, -1), reason: 'undecodable', text };
  }
}
