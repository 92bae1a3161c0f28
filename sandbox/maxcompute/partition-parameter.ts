import { ServiceError } from './answers.ts';
import type { Table } from './table.ts';

const SPEC = /^\s*(?<name>[^=\s]+)\s*=\s*(?<quote>['"]?)(?<value>.*)\k<quote>\s*$/s;

const invalid = (message: string): ServiceError => new ServiceError(400, 'InvalidPartitionSpec', message);

/**
 * The `partition` parameter: `k=v,k=v` with every level in table order (tunnel, no quotes), or `k='v'/k='v'` and
 * `k='v',k='v'` (metadata). Returns one value per partition key; none for an unpartitioned table.
 */
export function partitionValues(table: Table, written: string | undefined): readonly string[] {
  const keys = table.partitionKeys.map(({ name }) => name);
  if (keys.length === 0) {
    if (written === undefined || written === '') return [];
    throw invalid(`table ${table.name} is not partitioned`);
  }
  if (written === undefined || written === '') {
    throw new ServiceError(400, 'MissingPartitionSpec', `table ${table.name} is partitioned by ${keys.join(', ')}`);
  }
  const parts = written.split(/[,/]/).map((part) => SPEC.exec(part)?.groups);
  const fits =
    parts.length === keys.length && parts.every((part, index) => part?.['name']?.toLowerCase() === keys[index]);
  if (!fits) throw invalid(`the partition must name ${keys.join(', ')}, in this order`);
  return parts.map((part) => {
    const value = part?.['value'] ?? '';
    if (value === '') throw invalid('a partition column has no value');
    return value;
  });
}
