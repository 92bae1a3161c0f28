import type { Column } from './column-types.ts';
import {
  checkTableName,
  type Hints,
  type PartitionSpec,
  readColumn,
  readColumns,
  readComment,
  readPartitionSpec,
  readTableName,
  type TableName,
} from './sql-parts.ts';
import type { TokenReader } from './sql-tokens.ts';

/** What ALTER TABLE can say here. */
export type Alteration =
  | { readonly kind: 'rename-table'; readonly name: TableName; readonly to: string }
  | {
      readonly kind: 'add-partitions' | 'drop-partitions';
      readonly name: TableName;
      /** Of ADD: they may exist; of DROP: they may be missing. */
      readonly tolerant: boolean;
      readonly partitions: readonly PartitionSpec[];
    }
  | {
      readonly kind: 'add-columns';
      readonly name: TableName;
      readonly ifNotExists: boolean;
      readonly columns: readonly Column[];
    }
  | { readonly kind: 'drop-columns'; readonly name: TableName; readonly columns: readonly string[] }
  | { readonly kind: 'change-column'; readonly name: TableName; readonly column: string; readonly to: Partial<Column> }
  | {
      readonly kind: 'describe-table';
      readonly name: TableName;
      readonly comment?: string;
      readonly lifecycle?: number;
    };

function readPartitions(reader: TokenReader): readonly PartitionSpec[] {
  const partitions: PartitionSpec[] = [];
  do {
    reader.expect('PARTITION');
    partitions.push(readPartitionSpec(reader));
    // ADD separates them by nothing, DROP by a comma.
    reader.acceptSymbol(',');
  } while (reader.sees('PARTITION'));
  return partitions;
}

function readAdd(reader: TokenReader, name: TableName, hints: Hints): Alteration {
  if (reader.accept('COLUMNS')) {
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
    return { kind: 'add-columns', name, ifNotExists, columns: readColumns(reader, hints) };
  }
  const tolerant = reader.accept('IF', 'NOT', 'EXISTS');
  return { kind: 'add-partitions', name, tolerant, partitions: readPartitions(reader) };
}

/** `CHANGE [COLUMN] old COMMENT 'x'`, `… old RENAME TO new` or `… old new TYPE [COMMENT 'x']` */
function readChange(reader: TokenReader, name: TableName, hints: Hints): Alteration {
  reader.accept('COLUMN');
  const column = reader.name();
  if (reader.sees('COMMENT')) return { kind: 'change-column', name, column, to: { comment: readComment(reader) } };
  if (reader.accept('RENAME', 'TO')) return { kind: 'change-column', name, column, to: { name: reader.name() } };
  const { comment, ...named } = readColumn(reader, hints);
  return { kind: 'change-column', name, column, to: comment === '' ? named : { ...named, comment } };
}

/** `DROP COLUMN a` or `DROP COLUMNS a, b` */
function readDropColumns(reader: TokenReader, name: TableName): Alteration {
  if (!reader.accept('COLUMN')) reader.expect('COLUMNS');
  const columns = [reader.name()];
  while (reader.acceptSymbol(',')) columns.push(reader.name());
  return { kind: 'drop-columns', name, columns };
}

function readSet(reader: TokenReader, name: TableName): Alteration {
  if (reader.accept('LIFECYCLE')) return { kind: 'describe-table', name, lifecycle: reader.wholeNumber() };
  if (!reader.sees('COMMENT')) throw reader.unexpected('COMMENT or LIFECYCLE');
  return { kind: 'describe-table', name, comment: readComment(reader) };
}

/** Reads what follows ALTER. */
export function readAlter(reader: TokenReader, hints: Hints): Alteration {
  reader.expect('TABLE');
  const name = readTableName(reader);
  if (reader.accept('RENAME', 'TO')) {
    const at = reader.peek();
    const to = reader.name();
    checkTableName(to, at);
    return { kind: 'rename-table', name, to };
  }
  if (reader.accept('CHANGE')) return readChange(reader, name, hints);
  if (reader.accept('SET')) return readSet(reader, name);
  if (reader.sees('DROP', 'PARTITION') || reader.sees('DROP', 'IF')) {
    reader.next();
    const tolerant = reader.accept('IF', 'EXISTS');
    return { kind: 'drop-partitions', name, tolerant, partitions: readPartitions(reader) };
  }
  if (reader.accept('DROP')) return readDropColumns(reader, name);
  reader.expect('ADD');
  return readAdd(reader, name, hints);
}
