/** Descriptions of tables, kept as long as the dictionary says that they hold: a task of many tables asks for all of them every few seconds. */
import { Failure } from '../model/failure.ts';
import { tableName, tableParts } from '../model/table.ts';
import type { DatabaseSettings, TableDescription, TableName } from '../model/table.ts';
import { readDatabaseSettings } from './database-settings.ts';
import { Dictionary } from './dictionary.ts';
import { FormerNumbers } from './former-numbers.ts';
import { movedTables } from './index-organized.ts';
import type { Session } from './session.ts';
import { TABLE_OBJECT_TYPES } from './table-objects.ts';

const TIME = "'YYYY-MM-DD HH24:MI:SS'";

/**
 * LAST_DDL_TIME counts whole seconds: a table that was changed just now may be changed again within the same one, so it is not kept.
 * A new partition shows in the numbers, whether or not the table's own time says so.
 */
const STATES =
  'SELECT OWNER, OBJECT_NAME, COUNT(*), TO_CHAR(SUM(OBJECT_ID)), TO_CHAR(SUM(DATA_OBJECT_ID)), ' +
  `TO_CHAR(MAX(LAST_DDL_TIME), ${TIME}), TO_CHAR(MAX(SYSDATE) - 1 / 8640, ${TIME}) ` +
  `FROM DBA_OBJECTS WHERE OBJECT_TYPE IN (${TABLE_OBJECT_TYPES}) AND `;

/** With more tables than this, whole schemas are read at once. */
const BY_NAME_MAX = 20;

interface State {
  readonly text: string;
  readonly settled: boolean;
}

export class TableDescriptions {
  readonly #kept = new Map<TableName, { readonly state: string; readonly description: TableDescription }>();
  readonly #formerNumbers = new FormerNumbers();
  /** Asked once: they do not change while a database is open. Null: they cannot be seen. */
  #settings: DatabaseSettings | null | undefined;

  /** In the order asked. @throws Failure source-table-changed when one is missing */
  async describe(
    session: Session,
    tables: readonly TableName[],
    signal: AbortSignal,
  ): Promise<readonly TableDescription[]> {
    const states = await statesOf(session, tables, signal);
    const known = tables.flatMap((table) => {
      const kept = this.#kept.get(table);
      return kept && kept.state === states.get(table)?.text ? [kept.description] : [];
    });
    const moved = await movedTables(session, known, signal);
    const unchanged = new Set(known.map(({ table }) => table).filter((table) => !moved.has(table)));
    const changed = tables.filter((table) => !unchanged.has(table));
    const described = changed.length === 0 ? [] : await new Dictionary(session, signal).describe(changed);
    const database = described.length === 0 ? undefined : await this.#database(session, signal);
    const fresh = new Map(
      described.map((description) => [
        description.table,
        { ...this.#formerNumbers.addTo(description), ...(database && { database }) },
      ]),
    );
    for (const [table, description] of fresh) {
      const state = states.get(table);
      if (state?.settled) this.#kept.set(table, { state: state.text, description });
      else this.#kept.delete(table);
    }
    return tables.map((table) => {
      const description = fresh.get(table) ?? this.#kept.get(table)?.description;
      if (description) return description;
      throw new Failure('source-table-changed', `${table} does not exist at Oracle ${session.where}.`);
    });
  }

  async #database(session: Session, signal: AbortSignal): Promise<DatabaseSettings | undefined> {
    if (this.#settings === undefined) this.#settings = (await readDatabaseSettings(session, signal)) ?? null;
    return this.#settings ?? undefined;
  }
}

async function statesOf(
  session: Session,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<ReadonlyMap<TableName, State>> {
  const binds: Record<string, string> = {};
  const { where } = tables.length <= BY_NAME_MAX ? byName(tables, binds) : byOwner(tables, binds);
  const rows = await session.query(`${STATES}${where} GROUP BY OWNER, OBJECT_NAME`, binds, signal);
  return new Map(
    rows.map(([owner, name, objects, objectIds, dataObjectIds, changedAt, settledBefore]) => {
      const table = tableName({ owner: owner ?? '', name: name ?? '' });
      const text = [objects, objectIds, dataObjectIds, changedAt].join(' ');
      return [table, { text, settled: (changedAt ?? '') < (settledBefore ?? '') }];
    }),
  );
}

function byName(tables: readonly TableName[], binds: Record<string, string>): { readonly where: string } {
  const conditions = tables.map((table, i) => {
    const { owner, name } = tableParts(table);
    binds[`o${i}`] = owner;
    binds[`t${i}`] = name;
    return `(OWNER = :o${i} AND OBJECT_NAME = :t${i})`;
  });
  return { where: conditions.length === 0 ? '1 = 0' : `(${conditions.join(' OR ')})` };
}

function byOwner(tables: readonly TableName[], binds: Record<string, string>): { readonly where: string } {
  const owners = [...new Set(tables.map((table) => tableParts(table).owner))];
  const names = owners.map((owner, i) => {
    binds[`o${i}`] = owner;
    return `:o${i}`;
  });
  return { where: `OWNER IN (${names.join(', ')})` };
}
