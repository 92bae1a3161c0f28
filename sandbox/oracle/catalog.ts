import { OracleError } from './engine.ts';
import { Segment, Tablespace } from './segments.ts';
import type { Column, Constraint, Table } from './store.ts';
import type { ColumnDefinition, ConstraintDefinition, TableName } from './sql-syntax.ts';

const FIRST_OBJECT_ID = 73_401;
const FIRST_CONSTRAINT_NUMBER = 7001;

/** The tables by owner and name, and the database-wide supplemental logging. */
export class Catalog {
  minimalLogging = true;
  logAllColumns = false;
  readonly #tables = new Map<string, Table>();
  readonly #tablespace = new Tablespace();
  #nextObjectId = FIRST_OBJECT_ID;
  #nextConstraint = FIRST_CONSTRAINT_NUMBER;
  #recycled = 0;

  get tables(): Iterable<Table> {
    return this.#tables.values();
  }

  find(owner: string, name: string): Table | undefined {
    return this.#tables.get(pathOf(owner, name));
  }

  /** @throws OracleError 955, 904, 2260, 1430 and other errors of a definition. */
  create(
    name: TableName & { readonly schema: string },
    definition: {
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintDefinition[];
    },
    time: number,
  ): Table {
    const path = pathOf(name.schema, name.name);
    if (this.#tables.has(path)) throw new OracleError(955, 'name is already used by an existing object');
    const constraints = this.#constraints(name.schema, definition);
    const primary = constraints.find(({ kind }) => kind === 'primary');
    const columns = definition.columns.map((column, index): Column => ({
      name: column.name,
      declared: column.declared,
      nullable: column.nullable && primary?.columns.includes(index) !== true,
      fallback: column.fallback,
    }));
    const table: Table = {
      owner: name.schema,
      name: name.name,
      objectId: this.#nextObjectId++,
      createdScn: 0,
      columns,
      constraints,
      indexes: constraints
        .filter(({ kind }) => kind !== 'notNull')
        .map((constraint) => ({ constraint, slots: new Map() })),
      segment: new Segment(this.#tablespace),
      logAllColumns: false,
      lastDdl: time,
      state: 'present',
    };
    // Its unique indexes are objects with numbers of their own.
    this.#nextObjectId += table.indexes.length;
    this.#tables.set(path, table);
    return table;
  }

  #constraints(
    owner: string,
    definition: {
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintDefinition[];
    },
  ): Constraint[] {
    const names = definition.columns.map((column) => column.name);
    if (new Set(names).size < names.length) throw new OracleError(957, 'duplicate column name');
    if (definition.constraints.filter(({ kind }) => kind === 'primary').length > 1) {
      throw new OracleError(2260, 'table can have only one primary key');
    }
    const constraints = definition.constraints.map((constraint): Constraint => {
      const columns = constraint.columns.map((column) => names.indexOf(column));
      const unknown = constraint.columns.find((column) => !names.includes(column));
      if (unknown !== undefined) throw new OracleError(904, `"${unknown}": invalid identifier`);
      const name = constraint.name ?? `SYS_C${String(this.#nextConstraint++).padStart(6, '0')}`;
      return { name, kind: constraint.kind, columns };
    });
    const used = new Set(
      [...this.tables]
        .filter((table) => table.owner === owner)
        .flatMap((table) => table.constraints.map(({ name }) => name)),
    );
    for (const { name } of constraints) {
      if (used.has(name)) throw new OracleError(2264, 'name already used by an existing constraint');
      used.add(name);
    }
    return constraints;
  }

  drop(table: Table, purge: boolean): void {
    this.#tables.delete(pathOf(table.owner, table.name));
    this.#recycled += 1;
    const unique = Buffer.from(`redo${String(this.#recycled).padStart(12, '0')}`)
      .toString('base64')
      .slice(0, 22);
    table.state = purge ? 'purged' : { recycledAs: `BIN$${unique}==$0` };
  }

  /** V$DATABASE.SUPPLEMENTAL_LOG_DATA_MIN: any log group of a table implies minimal logging. */
  minimalLoggingText(): 'YES' | 'IMPLICIT' | 'NO' {
    if (this.minimalLogging) return 'YES';
    const implied = this.logAllColumns || [...this.tables].some((table) => table.logAllColumns);
    return implied ? 'IMPLICIT' : 'NO';
  }
}

/** Names can hold any character but the double quote. */
function pathOf(owner: string, name: string): string {
  return `${owner}"${name}`;
}
