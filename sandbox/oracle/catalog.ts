import { OracleError } from './engine.ts';
import { indexOrganized } from './index-organized.ts';
import { Segment, Tablespace } from './segments.ts';
import type { Column, Constraint, IndexOrganization, Overflow, Partitioning, Piece, Slot, Table } from './store.ts';
import type {
  ColumnDefinition,
  ConstraintDefinition,
  IndexOrganizationClause,
  PartitioningClause,
  TableName,
} from './sql-syntax.ts';

const FIRST_OBJECT_ID = 73_401;
const FIRST_CONSTRAINT_NUMBER = 7001;
const MOST_COLUMNS = 1000;

/** Which table an index is on; indexes of constraints are not among them. */
class IndexNames {
  readonly #tables = new Map<string, Table>();

  find(owner: string, name: string): Table | undefined {
    const table = this.#tables.get(pathOf(owner, name));
    return table?.state === 'present' ? table : undefined;
  }

  add(owner: string, name: string, table: Table): void {
    this.#tables.set(pathOf(owner, name), table);
  }

  remove(owner: string, name: string): void {
    this.#tables.delete(pathOf(owner, name));
  }
}

/** The tables by owner and name, and the database-wide supplemental logging. */
export class Catalog {
  /** Counts DDL. */
  definitions = 0;
  readonly indexes = new IndexNames();
  /** Those of the tables. */
  readonly indexOrganized = new Set<Table>();
  minimalLogging = true;
  logAllColumns = false;
  readonly #tables = new Map<string, Table>();
  readonly #byName = new Map<string, Set<Table>>();
  readonly #tablespace = new Tablespace();
  #nextObjectId = FIRST_OBJECT_ID;
  #nextConstraint = FIRST_CONSTRAINT_NUMBER;
  readonly #bin: Table[] = [];
  /** How many have left the recycle bin. */
  #purged = 0;
  #generatedNames = 300;
  readonly #constraintNames = new Map<string, Set<string>>();

  get tables(): Iterable<Table> {
    return this.#tables.values();
  }

  /** The tables of that name in all schemas. */
  named(name: string): readonly Table[] {
    return [...(this.#byName.get(name) ?? [])];
  }

  find(owner: string, name: string): Table | undefined {
    return this.#tables.get(pathOf(owner, name));
  }

  /**
   * A table that `add` has not put into the catalog yet; the partitions of a partitioned one are to be added.
   * @throws OracleError 955, 904, 957, 1792, 2260 and other errors of a definition.
   */
  build(
    name: TableName & { readonly schema: string },
    definition: {
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintDefinition[];
      readonly partitioning?: PartitioningClause;
      readonly organization?: IndexOrganizationClause;
    },
    time: number,
  ): Table {
    if (this.find(name.schema, name.name) !== undefined)
      throw new OracleError(955, 'name is already used by an existing object');
    const names = definition.columns.map((column) => column.name);
    checkColumnNames(names);
    const constraints = this.constraints(name.schema, names, indexOrganized(definition, this.#nextObjectId));
    const primary = constraints.find(({ kind }) => kind === 'primary');
    const columns = definition.columns.map((column, index): Column => ({
      name: column.name,
      declared: column.declared,
      nullable: column.nullable && primary?.columns.includes(index) !== true,
      fallback: column.fallback,
      fallbackText: column.fallbackText,
    }));
    const objectId = this.newObjectId();
    const partitioning = partitioningOf(columns, definition.partitioning);
    const organization = this.#organization(definition.organization);
    const table: Table = {
      owner: name.schema,
      name: name.name,
      objectId,
      readableFrom: 0,
      shape: { version: 1, columns },
      columns,
      constraints,
      indexes: constraints.filter(isKey).map((constraint) => ({ constraint, slots: new Map() })),
      pieces: partitioning === undefined ? [this.#onlyPiece(objectId, organization)] : [],
      partitioning,
      organization,
      logAllColumns: false,
      createdAt: time,
      lastDdl: time,
      state: 'present',
    };
    // Its unique indexes are objects with numbers of their own.
    this.#nextObjectId += table.indexes.length;
    return table;
  }

  #organization(clause: IndexOrganizationClause | undefined): IndexOrganization | undefined {
    if (clause === undefined) return undefined;
    const indexId = this.newObjectId();
    return { indexId, overflow: clause.overflow ? this.overflow(this.newObjectId()) : undefined };
  }

  /** Of a table that is not partitioned. */
  #onlyPiece(objectId: number, organization: IndexOrganization | undefined): Piece {
    const piece = this.#piece('TABLE', null, objectId, organization !== undefined);
    return organization === undefined ? piece : { ...piece, dataObjectId: organization.indexId };
  }

  overflow(objectId: number, dataObjectId = objectId): Overflow {
    return { objectId, dataObjectId, segment: new Segment(this.#tablespace, true) };
  }

  add(table: Table): void {
    if (table.organization !== undefined) this.indexOrganized.add(table);
    const namesakes = this.#byName.get(table.name) ?? new Set();
    this.#byName.set(table.name, namesakes.add(table));
    this.#tables.set(pathOf(table.owner, table.name), table);
    const used = this.#constraintNames.get(table.owner) ?? new Set();
    this.#constraintNames.set(table.owner, used);
    for (const { name } of table.constraints) used.add(name);
  }

  newObjectId(): number {
    const objectId = this.#nextObjectId;
    this.#nextObjectId += 1;
    return objectId;
  }

  newPiece(kind: Piece['kind'], name: string | null): Piece {
    return this.#piece(kind, name, this.newObjectId());
  }

  #piece(kind: Piece['kind'], name: string | null, objectId: number, immediate = false): Piece {
    const segment = new Segment<Slot>(this.#tablespace, immediate);
    return { kind, name, objectId, dataObjectId: objectId, replaced: false, segment };
  }

  /** The same partition or table with a new and empty segment, to be put in the place of the old one. */
  emptied({ kind, name, objectId, segment }: Piece): Piece {
    return { ...this.#piece(kind, name, objectId, segment.immediate), dataObjectId: this.newObjectId() };
  }

  /** The number in the name of a partition that was given none. */
  nextGeneratedName(): number {
    this.#generatedNames += 1;
    return this.#generatedNames;
  }

  /** `names`: of all columns by position. @throws OracleError 904, 2260, 2264. */
  constraints(owner: string, names: readonly string[], definitions: readonly ConstraintDefinition[]): Constraint[] {
    if (definitions.filter(({ kind }) => kind === 'primary').length > 1) {
      throw new OracleError(2260, 'table can have only one primary key');
    }
    const constraints = definitions.map((constraint): Constraint => {
      const columns = constraint.columns.map((column) => names.indexOf(column));
      const unknown = constraint.columns.find((column) => !names.includes(column));
      if (unknown !== undefined) throw new OracleError(904, `"${unknown}": invalid identifier`);
      const name = constraint.name ?? `SYS_C${String(this.#nextConstraint++).padStart(6, '0')}`;
      const { condition } = constraint;
      return { name, kind: constraint.kind, columns, ...(condition === undefined ? {} : { condition }) };
    });
    const [used, own] = [this.#constraintNames.get(owner), new Set<string>()];
    for (const { name } of constraints) {
      if (used?.has(name) === true || own.has(name))
        throw new OracleError(2264, 'name already used by an existing constraint');
      own.add(name);
    }
    return constraints;
  }

  drop(table: Table, purge: boolean): void {
    this.#remove(table);
    if (purge) table.state = 'purged';
    else {
      table.state = { recycledAs: this.recycledName() };
      this.#bin.push(table);
    }
  }

  /** `BIN$…==$0`; a DROP TABLE needs to know it before it drops. */
  recycledName(): string {
    const unique = Buffer.from(`redo${String(this.#bin.length + this.#purged + 1).padStart(12, '0')}`)
      .toString('base64')
      .slice(0, 22);
    return `BIN$${unique}==$0`;
  }

  /** What was dropped and can be brought back, the latest last. */
  get recycled(): readonly Table[] {
    return this.#bin;
  }

  /** Takes a table out of the recycle bin, for good or into the catalog under the name that it has. */
  unrecycle(table: Table, purge: boolean): void {
    this.#bin.splice(this.#bin.indexOf(table), 1);
    this.#purged += 1;
    table.state = purge ? 'purged' : 'present';
    if (!purge) this.add(table);
  }

  rename(table: Table, name: string): void {
    this.#remove(table);
    table.name = name;
    this.add(table);
  }

  #remove(table: Table): void {
    this.#tables.delete(pathOf(table.owner, table.name));
    this.#byName.get(table.name)?.delete(table);
    this.indexOrganized.delete(table);
    for (const { name } of table.constraints) this.#constraintNames.get(table.owner)?.delete(name);
  }

  /** After the table's constraints have changed. */
  noteConstraints(table: Table, before: readonly Constraint[]): void {
    const used = this.#constraintNames.get(table.owner);
    for (const { name } of before) used?.delete(name);
    for (const { name } of table.constraints) used?.add(name);
  }

  /** V$DATABASE.SUPPLEMENTAL_LOG_DATA_MIN: any log group of a table implies minimal logging. */
  minimalLoggingText(): 'YES' | 'IMPLICIT' | 'NO' {
    if (this.minimalLogging) return 'YES';
    const implied = this.logAllColumns || [...this.tables].some((table) => table.logAllColumns);
    return implied ? 'IMPLICIT' : 'NO';
  }
}

/** Those that an index serves. */
export function isKey({ kind }: Constraint): boolean {
  return kind !== 'notNull' && kind !== 'check';
}

/** @throws OracleError 957, 1792. */
export function checkColumnNames(names: readonly string[]): void {
  if (names.length > MOST_COLUMNS) throw new OracleError(1792, 'maximum number of columns in a table or view is 1000');
  if (new Set(names).size < names.length) throw new OracleError(957, 'duplicate column name');
}

function partitioningOf(columns: readonly Column[], clause: PartitioningClause | undefined): Partitioning | undefined {
  if (clause === undefined) return undefined;
  const positionsOf = (names: readonly string[]): readonly number[] =>
    names.map((name) => {
      const position = columns.findIndex((column) => column.name === name);
      if (position < 0) throw new OracleError(904, `"${name}": invalid identifier`);
      return position;
    });
  const { kind, rowMovement, subpartitions } = clause;
  return {
    kind,
    columns: positionsOf(clause.columns),
    partitions: [],
    subpartitions:
      subpartitions === undefined
        ? undefined
        : { columns: positionsOf(subpartitions.columns), count: Math.max(1, subpartitions.count) },
    rowMovement,
  };
}

/** Names can hold any character but the double quote. */
function pathOf(owner: string, name: string): string {
  return `${owner}"${name}`;
}
