/** The end of the demo: per table what both sides hold, the first differences, and the kills. */
import type { Comparison } from './compare.ts';
import { bad, count, good, say, strong } from './show.ts';

export interface Compared {
  readonly table: string;
  readonly comparison: Comparison;
}

const HEAD = ['table', 'source rows', 'base rows', 'log rows', 'lost', 'duplicated', 'changed'] as const;

const isWrong = ({ comparison: { lost, duplicated, changed, parts } }: Compared): boolean =>
  lost + duplicated + changed > 0 || parts.some((part) => part.wrong > 0);

/** True when anything differs. */
export function showEnd(compared: readonly Compared[], kills: readonly string[]): boolean {
  for (const one of compared) showDifferences(one);
  for (const line of kills) say(`${good('✔')} ${line}`);
  const rows = compared.map(({ table, comparison: c }) => [
    table,
    ...[c.sourceRows, c.baseRows, c.logRows, c.lost, c.duplicated, c.changed].map(count),
  ]);
  const widths = HEAD.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  console.log(`\n  ${strong(line(HEAD))}`);
  for (const [index, row] of rows.entries()) {
    const one = compared[index];
    console.log(`  ${line(row)}  ${one && isWrong(one) ? bad('✘') : good('✔')}`);
  }
  const wrong = compared.length === 0 || compared.some(isWrong);
  console.log(`\n  ${wrong ? bad('Both sides differ.') : good(EQUAL)}\n`);
  return wrong;
}

const EQUAL =
  'Both sides are equal in all columns: every _base is the table as of its snapshot, every _log holds each committed\n' +
  '  change exactly once, and both together are the table as it is now.';

/** The demo's own data, so values may be shown. */
function showDifferences({ table, comparison }: Compared): void {
  for (const { name, expected, found, wrong, differences } of comparison.parts) {
    if (wrong === 0) continue;
    say(bad(`${table}: ${name}: ${expected} and ${found} rows, ${wrong} differ`));
    for (const { key, column, expected: left, found: right } of differences)
      say(bad(`   key ${key}${column === undefined ? '' : `, ${column}`}: expected ${left}, found ${right}`));
  }
}
