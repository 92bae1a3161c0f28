/** Values of the parser in the notation of the golden file (test/golden/README.md). */
import type { Literal } from '../../oracle/literals.ts';
import type { Cells, TableLayout } from '../../oracle/redo-statement.ts';

/** Our value → the file's notation. */
export function caseValue(literal: Literal): unknown {
  if (literal === null || typeof literal === 'string') return literal;
  if (literal.kind === 'unsupported') return { unsupported: true };
  const json = 'json' in literal && literal.json ? { json: true } : {};
  return { [literal.kind]: literal.text, ...json };
}

/** By column; without those that are not mentioned, or ignored. */
export function named(
  { columns }: TableLayout,
  cells: Cells,
  ignored: readonly string[] = [],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const literal = cells[index];
    if (literal !== undefined && !ignored.includes(column)) values[column] = caseValue(literal);
  });
  return values;
}
