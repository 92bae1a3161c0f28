import type { Access } from './access.ts';
import type { Clock } from './clock.ts';
import { duckType } from './column-types.ts';
import type { Limits } from './limits.ts';
import { SqlError, type Token } from './sql-tokens.ts';
import { quotedName } from './sql-expressions.ts';
import type { PartitionSpec, TableName } from './sql-parts.ts';
import type { Definition } from './sql-statements.ts';
import type { QueryTable } from './sql-translate.ts';
import { type Partition, partitionTitle, partitionValuesOf, partitionCondition, type Table } from './table.ts';
import { changeTable } from './table-alterations.ts';
import type { Warehouse } from './warehouse.ts';

/** What the project allows. */
export interface Rules {
  readonly project: string;
  readonly access: Access;
  readonly limits: Limits;
}

type CreateTable = Extract<Definition, { kind: 'create-table' }>;

/** The tables of the one project. Every method that touches the warehouse runs inside its `exclusively`. */
export class Tables {
  private readonly byName = new Map<string, Table>();
  private readonly access: Access;
  private readonly limits: Limits;
  private readonly project: string;
  private readonly warehouse: Warehouse;
  private readonly clock: Clock;
  private made = 0;

  constructor({ project, access, limits }: Rules, warehouse: Warehouse, clock: Clock) {
    this.access = access;
    this.limits = limits;
    this.project = project;
    this.warehouse = warehouse;
    this.clock = clock;
  }

  get(name: string): Table | undefined {
    return this.byName.get(name.toLowerCase());
  }

  /** In name order. */
  list(): readonly Table[] {
    return [...this.byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Finds a table for a query. */
  readonly forQuery = (name: TableName, at: Token): QueryTable => {
    const table = this.resolve(name, at);
    this.access.checkStatement(table.name, 'Select');
    return {
      title: this.title(table.name),
      physicalName: table.physicalName,
      partitionKeys: table.partitionKeys.map((key) => key.name),
    };
  };

  /** Finds the table that an INSERT writes. */
  forInsert(name: TableName, at: Token): Table {
    const table = this.resolve(name, at);
    this.access.checkStatement(table.name, 'Update');
    return table;
  }

  async define(definition: Definition): Promise<void> {
    if (definition.kind !== 'create-table') {
      const action = definition.kind === 'drop-table' ? 'Drop' : 'Alter';
      this.access.checkStatement(definition.name.table, action);
    }
    switch (definition.kind) {
      case 'create-table':
        await this.create(definition);
        return;
      case 'drop-table':
        await this.drop(definition.name, definition.ifExists);
        return;
      case 'rename-table':
        this.rename(definition.name, definition.to);
        return;
      case 'add-partitions':
        this.addPartitions(this.resolve(definition.name), definition.partitions, definition.tolerant);
        return;
      default:
        await changeTable(this.warehouse, this.resolve(definition.name), definition, this.clock.now());
    }
  }

  /** Adds a partition, or finds it again. */
  ensurePartition(table: Table, values: readonly string[]): Partition {
    const title = partitionTitle(table, values);
    const known = table.partitions.get(title);
    if (known !== undefined) return known;
    const now = this.clock.now();
    const partition: Partition = { values, createdAt: now, modifiedAt: now };
    table.partitions.set(title, partition);
    table.changedAt = now;
    return partition;
  }

  /** Notes that rows came or went. */
  touched(table: Table, values: readonly string[]): void {
    table.modifiedAt = this.clock.now();
    const partition = table.partitions.get(partitionTitle(table, values));
    if (partition !== undefined) partition.modifiedAt = table.modifiedAt;
  }

  async rowCount(table: Table, values?: readonly string[]): Promise<number> {
    const from = `SELECT count(*) FROM ${quotedName(table.physicalName)}`;
    return await (values === undefined
      ? this.warehouse.count(from)
      : this.warehouse.count(from + partitionCondition(table), values));
  }

  private title(table: string): string {
    return `${this.project}.${table}`;
  }

  /** @throws SqlError ODPS-0130131 */
  resolve(name: TableName, at?: Token): Table {
    const qualified = [...name.qualifiers, name.table].join('.');
    const [project = this.project, schema = 'default'] = name.qualifiers;
    const table = project === this.project && schema === 'default' ? this.byName.get(name.table) : undefined;
    if (table !== undefined) return table;
    const title = name.qualifiers.length === 0 ? this.title(qualified) : qualified;
    throw new SqlError('ODPS-0130131', `table ${title} cannot be resolved`, at);
  }

  private async create(definition: CreateTable): Promise<void> {
    const { name, columns, partitionKeys, comment, lifecycle, ifNotExists } = definition;
    if (name.qualifiers.length > 0 && name.qualifiers[0] !== this.project) {
      throw new SqlError('ODPS-0130071', `project ${name.qualifiers[0] ?? ''} not found`);
    }
    if (this.byName.has(name.table)) {
      if (ifNotExists) return;
      throw new SqlError(
        'ODPS-0110061',
        `AlreadyExistsException(message:Table ${this.title(name.table)} already exists)`,
      );
    }
    const physicalName = this.warehouse.freshName('table');
    const all = [...columns, ...partitionKeys].map((column) => `${quotedName(column.name)} ${duckType(column.type)}`);
    await this.warehouse.run(`CREATE TABLE ${quotedName(physicalName)} (${all.join(', ')})`);
    const now = this.clock.now();
    const table: Table = {
      id: String(++this.made).padStart(32, '0'),
      ...{ name: name.table, columns, partitionKeys, comment, lifecycle, physicalName },
      ...{ partitions: new Map(), createdAt: now, modifiedAt: now, changedAt: now },
    };
    this.byName.set(table.name, table);
  }

  private async drop(name: TableName, ifExists: boolean): Promise<void> {
    if (ifExists && !this.byName.has(name.table)) return;
    const table = this.resolve(name);
    await this.warehouse.run(`DROP TABLE ${quotedName(table.physicalName)}`);
    this.byName.delete(table.name);
  }

  private rename(name: TableName, to: string): void {
    const table = this.resolve(name);
    if (this.byName.has(to)) {
      throw new SqlError('ODPS-0110061', `AlreadyExistsException(message:Table ${this.title(to)} already exists)`);
    }
    this.byName.delete(table.name);
    table.name = to;
    table.changedAt = this.clock.now();
    this.byName.set(to, table);
  }

  private addPartitions(table: Table, specs: readonly PartitionSpec[], ifNotExists: boolean): void {
    const wanted = specs.map((spec) => partitionValuesOf(table, spec));
    const existing = wanted.find((values) => table.partitions.has(partitionTitle(table, values)));
    if (existing !== undefined && !ifNotExists) {
      const message = `Partition already exists, existed values: ${JSON.stringify(existing)}`;
      throw new SqlError('ODPS-0110061', `AlreadyExistsException(message:${message})`);
    }
    const added = new Set(wanted.map((values) => partitionTitle(table, values)));
    const { partitionsPerTable } = this.limits;
    if (table.partitions.size + [...added].filter((title) => !table.partitions.has(title)).length > partitionsPerTable)
      throw new SqlError('ODPS-0123031', `maximum ${String(partitionsPerTable)} partitions allowed`);
    for (const values of wanted) this.ensurePartition(table, values);
  }
}
