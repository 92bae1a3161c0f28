/** Rows of one table put into another that keeps its own: one INSERT OVERWRITE, so that readers see all of it or nothing. */
import { Failure } from '../model/failure.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import type { MaxComputeClient } from './client.ts';
import { runNamed } from './named-statement.ts';
import { quotedName } from './sql-text.ts';
import { findTable, TYPE_HINTS } from './tables.ts';

export interface Merge {
  readonly into: string;
  readonly from: string;
  /** Names of columns of both tables, none of them NULL in `from`; empty: nothing of `into` is kept. */
  readonly key: readonly string[];
}

const lower = ({ name }: SinkColumn): string => name.toLowerCase();

/**
 * Rows of `into` whose key is not in `from`, then all of `from`. Doing it twice gives the same, as long as `from` is there. Columns of
 * `into` that `from` lacks are NULL in its rows. The columns are those of the SELECT: INSERT OVERWRITE takes no list of its own
 * (documentation of INSERT INTO and INSERT OVERWRITE, "Limitations").
 */
function mergeText(
  { into, from, key }: Merge,
  intoColumns: readonly SinkColumn[],
  fromColumns: readonly SinkColumn[],
): string {
  const loaded = new Set(fromColumns.map(lower));
  const kept = intoColumns.map(({ name }) => `o.${quotedName(name)} AS ${quotedName(name)}`);
  const added = intoColumns.map((column) => {
    const name = quotedName(column.name);
    return `${loaded.has(lower(column)) ? `l.${name}` : `CAST(NULL AS ${column.type.toUpperCase()})`} AS ${name}`;
  });
  const rows = `SELECT ${added.join(', ')} FROM ${quotedName(from)} l`;
  const names = intoColumns.map(({ name }) => `u.${quotedName(name)}`);
  const same = key.map((name) => `o.${quotedName(name)} = l.${quotedName(name)}`).join(' AND ');
  const old = `SELECT ${kept.join(', ')} FROM ${quotedName(into)} o LEFT ANTI JOIN ${quotedName(from)} l ON ${same} UNION ALL `;
  return `INSERT OVERWRITE TABLE ${quotedName(into)} SELECT ${names.join(', ')} FROM (${key.length === 0 ? '' : old}${rows}) u`;
}

/** @throws Failure sink-table-changed when `from` has a column that `into` lacks, or one of the two is missing. */
export async function merge(client: MaxComputeClient, asked: Merge): Promise<void> {
  const { into, from } = asked;
  const [target, source] = [await findTable(client, into), await findTable(client, from)];
  if (!target || !source)
    throw new Failure('sink-table-changed', `MaxCompute table ${target ? from : into} does not exist any more`);
  const there = new Map(target.columns.map((column) => [lower(column), column.type]));
  const missing = source.columns.filter((column) => there.get(lower(column)) !== column.type).map(({ name }) => name);
  if (missing.length > 0)
    throw new Failure(
      'sink-table-changed',
      `MaxCompute table ${into} lacks ${missing.join(', ')}, or has another type`,
    );
  await runNamed(client, {
    sql: mergeText(asked, target.columns, source.columns),
    name: `redoflow_merge_${from}`,
    hints: TYPE_HINTS,
    what: `putting the rows of MaxCompute table ${from} into ${into}`,
  });
}
