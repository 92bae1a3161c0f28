import type { SqlValue } from './engine.ts';
import type { SourceColumn } from './sql-sources.ts';
import type { Row } from './store.ts';

/** `NAME:N` number, `NAME:D` date, `NAME:V30` text, `NAME:R8` raw; blanks between. */
export function viewColumns(list: string): readonly SourceColumn[] {
  return list.split(' ').map((item): SourceColumn => {
    const at = item.lastIndexOf(':');
    const name = item.slice(0, at);
    const size = Number(item.slice(at + 2));
    switch (item[at + 1]) {
      case 'N':
        return { name, type: 'NUMBER', nullable: true };
      case 'D':
        return { name, type: 'DATE', nullable: true };
      case 'R':
        return { name, type: 'RAW', size, nullable: true };
      default:
        return { name, type: 'VARCHAR2', size, nullable: true };
    }
  });
}

export type NamedValues = Readonly<Record<string, SqlValue>>;

/** Rows in the order of the columns; a name that no column has is a mistake of ours. */
export function toRows(columns: readonly SourceColumn[], records: Iterable<NamedValues>): readonly Row[] {
  const names = columns.map(({ name }) => name);
  return Array.from(records, (record, index) => {
    // Rows of one view are made alike: the first speaks for all.
    const stray = index > 0 ? undefined : Object.keys(record).find((name) => !names.includes(name));
    if (stray !== undefined) throw new Error(`a view row has a column ${stray} that its view has not`);
    return names.map((name) => record[name] ?? null);
  });
}
