import type { Column } from './column-types.ts';
import { type Alteration, readAlter } from './sql-alter.ts';
import {
  checkColumns,
  checkTableName,
  expectEnd,
  type Hints,
  type PartitionSpec,
  readColumns,
  readComment,
  readPartitionSpec,
  readTableName,
  type TableName,
} from './sql-parts.ts';
import { SqlError, type TokenReader } from './sql-tokens.ts';

export type Definition =
  | {
      readonly kind: 'create-table';
      readonly name: TableName;
      readonly ifNotExists: boolean;
      readonly columns: readonly Column[];
      readonly partitionKeys: readonly Column[];
      readonly comment: string;
      /** Days; undefined without LIFECYCLE. */
      readonly lifecycle: number | undefined;
    }
  | { readonly kind: 'drop-table'; readonly name: TableName; readonly ifExists: boolean }
  | { readonly kind: 'truncate'; readonly name: TableName; readonly partition: PartitionSpec | undefined }
  | Alteration;

function readCreate(reader: TokenReader, hints: Hints): Definition {
  reader.expect('TABLE');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const at = reader.peek();
  const name = readTableName(reader);
  checkTableName(name.table, at);
  const columns = readColumns(reader, hints);
  const comment = readComment(reader);
  const partitionKeys = reader.accept('PARTITIONED', 'BY') ? readColumns(reader, hints) : [];
  if (partitionKeys.length > 6) throw new SqlError('ODPS-0130071', 'a table has at most 6 partition levels', at);
  if (partitionKeys.some(({ type }) => type.kind !== 'string')) {
    throw new SqlError('ODPS-0130071', 'this simulator partitions by STRING columns only', at);
  }
  checkColumns([...columns, ...partitionKeys]);
  const lifecycle = reader.accept('LIFECYCLE') ? reader.wholeNumber() : undefined;
  return { kind: 'create-table', name, ifNotExists, columns, partitionKeys, comment, lifecycle };
}

function readDrop(reader: TokenReader): Definition {
  reader.expect('TABLE');
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'drop-table', name: readTableName(reader), ifExists };
}

function readTruncate(reader: TokenReader): Definition {
  reader.expect('TABLE');
  const name = readTableName(reader);
  return { kind: 'truncate', name, partition: reader.accept('PARTITION') ? readPartitionSpec(reader) : undefined };
}

/** Reads CREATE, ALTER, TRUNCATE or DROP TABLE; undefined when the statement begins with another word. */
export function readDefinition(reader: TokenReader, hints: Hints): Definition | undefined {
  let definition: Definition;
  if (reader.accept('CREATE')) definition = readCreate(reader, hints);
  else if (reader.accept('ALTER')) definition = readAlter(reader, hints);
  else if (reader.accept('TRUNCATE')) definition = readTruncate(reader);
  else if (reader.accept('DROP')) definition = readDrop(reader);
  else return undefined;
  expectEnd(reader);
  return definition;
}
