import { familyOf, textOf } from './conversions.ts';
import type { Compiled, Environment, Test } from './sql-compiled.ts';

/**
 * Conditions that list what columns of text may be, such as those that name 400 tables: views make only the rows that can be
 * meant, and membership is looked up instead of compared 400 times a row.
 */
interface TextColumn {
  readonly source: number;
  readonly index: number;
}

/** A column of text and everything that it may equal; the options read no row. */
export interface Choice {
  readonly column: TextColumn;
  readonly options: readonly Compiled[];
}

/** The columns, taken together, equal one of the rows. */
export interface Listed {
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly Compiled[])[];
}

export function choiceOf(operand: Compiled, options: readonly Compiled[]): readonly Choice[] {
  const { column, type } = operand;
  const known = options.every((option) => option.sources === 0 && familyOf(option.type) === 'text');
  return column === undefined || type !== 'VARCHAR2' || !known ? [] : [{ column, options }];
}

/** Of a disjunction only what both sides say about the same column remains. */
export function eitherChoice(left: readonly Choice[], right: readonly Choice[]): readonly Choice[] {
  return left.flatMap(({ column, options }) => {
    const other = right.find((choice) => sameColumn(choice.column, column));
    return other === undefined ? [] : [{ column, options: [...options, ...other.options] }];
  });
}

function sameColumn(left: TextColumn, right: TextColumn | undefined): boolean {
  return left.source === right?.source && left.index === right.index;
}

export function listedChoice([choice]: readonly Choice[]): { readonly listed?: Listed } {
  if (choice === undefined) return {};
  return { listed: { columns: [choice.column], rows: choice.options.map((option) => [option]) } };
}

export function eitherListed(left: Listed | undefined, right: Listed | undefined): Listed | undefined {
  if (left === undefined || right?.columns.length !== left.columns.length) return undefined;
  if (!left.columns.every((column, index) => sameColumn(column, right.columns[index]))) return undefined;
  return { columns: left.columns, rows: [...left.rows, ...right.rows] };
}

/** Only of single rows: `a = 1 AND b = 2`. */
export function bothListed(left: Listed | undefined, right: Listed | undefined): Listed | undefined {
  const [[first, ...more], [second, ...others]] = [left?.rows ?? [], right?.rows ?? []];
  if (left === undefined || right === undefined || first === undefined || second === undefined) return undefined;
  if (more.length > 0 || others.length > 0) return undefined;
  return { columns: [...left.columns, ...right.columns], rows: [[...first, ...second]] };
}

const FEW = 8;

/** The test of a condition that must hold: false where it is unknown, and quick where it is a long list. */
export function quickTest({ test, listed }: { readonly test: Test; readonly listed?: Listed }): Test {
  if (listed === undefined || listed.rows.length <= FEW) return test;
  const { columns, rows } = listed;
  const known = new WeakMap<Environment, ReadonlySet<string>>();
  return (environment) => {
    let keys = known.get(environment);
    if (keys === undefined) known.set(environment, (keys = keysOf(rows, environment)));
    let key = '';
    for (const { source, index } of columns) {
      const value = environment.rows[source]?.values[index] ?? null;
      if (value === null) return false;
      key += `${textOf(value)}\u0000`;
    }
    return keys.has(key);
  };
}

function keysOf(rows: readonly (readonly Compiled[])[], environment: Environment): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const row of rows) {
    const values = row.map((option) => option.read(environment));
    if (!values.includes(null)) keys.add(values.map((value) => `${textOf(value ?? '')}\u0000`).join(''));
  }
  return keys;
}
