/** What a destination table has to get before rows with these columns are written to it. */
import type { SinkColumn } from '../model/sink-table.ts';
import type { Sink } from './ports.ts';

/** Refused where one of its columns has another type. */
export async function lackingColumns(
  sink: Sink,
  name: string,
  wanted: readonly SinkColumn[],
): Promise<{ readonly columns: readonly SinkColumn[] } | { readonly refused: string }> {
  const table = await sink.findTable(name);
  if (!table) return { refused: `${name} is missing at the destination.` };
  const there = new Map(table.columns.map((column) => [column.name.toLowerCase(), column.type]));
  const other = wanted.find(({ name: column, type }) => (there.get(column.toLowerCase()) ?? type) !== type);
  if (other)
    return {
      refused: `${name}.${other.name} is ${there.get(other.name.toLowerCase()) ?? ''}, and would have to be ${other.type}.`,
    };
  return { columns: wanted.filter((column) => !there.has(column.name.toLowerCase())) };
}
