/** The end of the demo: per table what both sides hold, and both kills. */
import { bar } from '../model/current-details.ts';
import type { TableProgress } from '../model/progress.ts';
import type { Comparison } from './compare.ts';
import { lostLine, type Killed } from './scenes.ts';
import { bad, good, say, strong } from './show.ts';

export const tableLine = ({ table, state, chunks, chunksDone, baseRows, logRows }: TableProgress): string =>
  `${strong(table)} ${state} ${bar(chunksDone, chunks)} chunks ${chunksDone}/${chunks} · ${baseRows} base rows · ${logRows} log rows`;

export interface Compared {
  readonly table: TableProgress;
  readonly comparison: Comparison;
}

const columns = ['table', 'source rows', 'base rows', 'log rows', 'lost', 'duplicated', 'changed'] as const;

/** True when anything differs. */
export function showEnd(compared: readonly Compared[], killed: readonly Killed[]): boolean {
  for (const { comparison } of compared) {
    for (const { name, expected, found, wrong } of comparison.parts) {
      say(
        `${wrong === 0 ? good('✔') : bad('✘')} ${name}: ${expected} and ${found} rows${wrong === 0 ? '' : `, ${wrong} differ`}`,
      );
    }
  }
  for (const { lost, killed: pid, successor } of killed)
    for (const attempt of lost) say(`${good('✔')} ${lostLine(attempt, pid, successor)}`);
  const rows = compared.map(({ table, comparison: c }) =>
    [table.table, c.sourceRows, c.baseRows, c.logRows, c.lost, c.duplicated, c.changed].map(String),
  );
  const widths = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  console.log(`\n  ${strong(line(columns))}`);
  for (const row of rows) console.log(`  ${line(row)}`);
  const wrong = compared.some(
    ({ comparison: { lost, duplicated, changed, parts } }) =>
      lost + duplicated + changed > 0 || parts.some((part) => part.wrong > 0),
  );
  console.log(
    `\n  ${wrong ? bad('Both sides differ.') : good('Both sides are equal; the log holds every committed change exactly once.')}\n`,
  );
  return wrong;
}
