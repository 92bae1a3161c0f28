/** Rows of random tables printed as SQL_REDO: a printer of our own making, from the description of the format. */
import fc from 'fast-check';
import type { Literal } from '../../oracle/literals.ts';
import type { Cells } from '../../oracle/redo-statement.ts';

/** Named values of a clause, in any order. */
export function named(columns: readonly string[], cells: Cells): ReadonlyMap<string, Literal> {
  const entries = columns.map((column, index): [string, Literal | undefined] => [column, cells[index]]);
  return new Map(entries.filter((entry): entry is [string, Literal] => entry[1] !== undefined));
}

export interface PrintedValue {
  readonly sql: string;
  readonly literal: Literal;
}

const quoted = (text: string): string => `'${text.split("'").join("''")}'`;

const unistr = (text: string): string =>
  `UNISTR(${quoted(
    Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
      .map((unit) =>
        unit === 92
          ? '\\\\'
          : unit < 128
            ? String.fromCharCode(unit)
            : `\\${unit.toString(16).toUpperCase().padStart(4, '0')}`,
      )
      .join(''),
  )})`;

const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '|', ' ', ',', '(', ')', ';', 'a', '\n', 'é', '中'),
    maxLength: 20,
  }),
  fc.constantFrom(`' and "A" = 'x`, ' where ', 'NULL', "TO_DATE('", "');", ' || ', 'Unsupported Type'),
);

const clock = fc
  .record({
    year: fc.integer({ min: 1, max: 9999 }),
    rest: fc.tuple(...Array.from({ length: 5 }, () => fc.integer({ min: 10, max: 12 }))),
  })
  .map(
    ({ year, rest: [month = 1, day = 1, hour = 0, minute = 0, second = 0] }) =>
      `${String(year).padStart(4, '0')}-${String(month)}-${String(day)} ${String(hour)}:${String(minute)}:${String(second)}`,
  );

const printedValue: fc.Arbitrary<PrintedValue> = fc.oneof(
  awkward.map((text) => ({ sql: quoted(text), literal: text })),
  awkward.map((text) => ({ sql: unistr(text), literal: text })),
  fc
    .tuple(awkward, awkward)
    .map(([left, right]) => ({ sql: `${unistr(left)} || ${quoted(right)}`, literal: left + right })),
  fc.constant({ sql: 'NULL', literal: null }),
  fc.constant({ sql: 'Unsupported Type', literal: { kind: 'unsupported' } as const }),
  fc.bigInt().map((number) => ({ sql: number.toString(), literal: number.toString() })),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => {
    const hex = Buffer.from(bytes).toString('hex');
    return { sql: `HEXTORAW('${hex.toUpperCase()}')`, literal: { kind: 'hex', text: hex, json: false } as const };
  }),
  clock.map((text) => ({
    sql: `TO_DATE('${text}', 'YYYY-MM-DD HH24:MI:SS')`,
    literal: { kind: 'date', text } as const,
  })),
  clock.map((text) => ({
    sql: `TO_DATE(' ${text}', 'SYYYY-MM-DD HH24:MI:SS')`,
    literal: { kind: 'date', text } as const,
  })),
  clock.map((text) => ({ sql: `TO_TIMESTAMP('${text}.')`, literal: { kind: 'timestamp', text } as const })),
  clock.map((text) => ({
    sql: `TO_TIMESTAMP(' ${text}.120')`,
    literal: { kind: 'timestamp', text: `${text}.120` } as const,
  })),
  clock.map((text) => ({
    sql: `TO_TIMESTAMP_TZ('${text}.5 -03:30')`,
    literal: { kind: 'timestamp_tz', text: `${text}.5 -03:30` } as const,
  })),
);

export const columnName = fc
  .string({
    unit: fc.constantFrom('A', 'b', '_', ' ', '.', ',', '(', ')', "'", '=', 'é', '$'),
    minLength: 1,
    maxLength: 12,
  })
  .map((text) => text);

interface PrintedRow {
  readonly columns: readonly string[];
  readonly before: readonly PrintedValue[];
  readonly set: readonly PrintedValue[];
  readonly operation: 'insert' | 'update' | 'delete';
  readonly alias: boolean;
  readonly end: string;
}

export const printedRow = (columns: readonly string[]): fc.Arbitrary<PrintedRow> =>
  fc.record({
    columns: fc.constant(columns),
    before: fc.array(printedValue, { minLength: columns.length, maxLength: columns.length }),
    set: fc.array(printedValue, { minLength: 1, maxLength: columns.length }),
    operation: fc.constantFrom('insert', 'update', 'delete'),
    alias: fc.boolean(),
    end: fc.constantFrom('', ';', ` and ROWID = 'AAAR3sAAEAAAACXAAA';`),
  });

export function print({ columns, before, set, operation, alias, end }: PrintedRow): string {
  const column = (index: number): string => `${alias ? 'a.' : ''}"${columns[index] ?? ''}"`;
  const table = `"My App"."T"${alias ? ' a' : ''}`;
  const where = before
    .map(({ sql }, index) => (sql === 'NULL' ? `${column(index)} IS NULL` : `${column(index)} = ${sql}`))
    .join(' and ');
  if (operation === 'insert') {
    const names = columns.map((each) => `"${each}"`).join(',');
    return `insert into "My App"."T"(${names}) values (${before.map(({ sql }) => sql).join(',')})${end === '' ? '' : ';'}`;
  }
  if (operation === 'delete') return `delete from ${table} where ${where}${end}`;
  return `update ${table} set ${set.map(({ sql }, index) => `${column(index)} = ${sql}`).join(', ')} where ${where}${end}`;
}
