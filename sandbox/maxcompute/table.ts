import type { Column } from './column-types.ts';
import { quotedName } from './sql-expressions.ts';
import type { PartitionSpec } from './sql-parts.ts';
import { SqlError } from './sql-tokens.ts';

export interface Partition {
  /** One value per partition key, in table order. */
  readonly values: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  modifiedAt: number;
}

export interface Table {
  /** Never used again, also when the name is. */
  readonly id: string;
  name: string;
  columns: readonly Column[];
  readonly partitionKeys: readonly Column[];
  comment: string;
  lifecycle: number | undefined;
  /** DuckDB table with all columns, the partition keys last. */
  physicalName: string;
  /** By partitionTitle; insertion order is creation order. */
  readonly partitions: Map<string, Partition>;
  readonly createdAt: number;
  modifiedAt: number;
  changedAt: number;
}

/** `a=x/b=y`, MaxCompute's own way to name a partition in messages. */
export function partitionTitle(table: Table, values: readonly string[]): string {
  return table.partitionKeys.map(({ name }, index) => `${name}=${values[index] ?? ''}`).join('/');
}

/** SQL condition for one partition, and its values in `?` order; empty for an unpartitioned table. */
export function partitionCondition(table: Table): string {
  if (table.partitionKeys.length === 0) return '';
  return ` WHERE ${table.partitionKeys.map(({ name }) => `${quotedName(name)} = ?`).join(' AND ')}`;
}

/** One value per partition key, in table order; a spec may name them in any. */
export function partitionValuesOf(table: Table, spec: PartitionSpec): readonly string[] {
  const given = new Map(spec);
  const values = table.partitionKeys.map(({ name }) => given.get(name));
  if (table.partitionKeys.length === 0 || given.size !== values.length || spec.length !== values.length) {
    throw new SqlError('ODPS-0130071', `table ${table.name} has other partition columns`);
  }
  return values.map((value) => {
    if (value === undefined || value === '') throw new SqlError('ODPS-0130071', 'a partition column has no value');
    return value;
  });
}
