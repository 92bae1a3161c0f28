/**
 * `npm run -s redo-cases -- [--kind dml,csf] FILE`: runs cases of SQL_REDO through the product's parser.
 *
 * Prints a line per kind (`dml: 63 passed, 0 failed`) and one per failed case; the last line is `N passed, N failed`; exit 1 if any
 * failed. A kind that is not built counts as failed. The format is that of test/golden/README.md.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { internalValue, storedText } from '../../oracle/internal-formats.ts';
import { parseLiteral } from '../../oracle/literals.ts';
import type { Literal } from '../../oracle/literals.ts';
import { ContinuationJoiner } from '../../oracle/continuation-rows.ts';
import { RedoParser } from '../../oracle/redo-statement.ts';
import type { Cells } from '../../oracle/redo-statement.ts';
import { ddlNotation } from './redo-ddl-cases.ts';
import { caseValue, named } from './redo-values.ts';
import { piecesNotation } from './redo-pieces-cases.ts';
import { oracleType, redoRow } from './redo-rows.ts';
import { transactionCaseProblem } from './redo-transaction-cases.ts';
import type { TransactionCase } from './redo-transaction-cases.ts';

export interface RedoCase {
  readonly id: string;
  readonly kind: string;
  readonly sql_redo: string | readonly string[] | null;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly ignore_columns?: readonly string[];
  readonly column_type?: string;
  readonly db_charset?: string;
  readonly internal?: boolean;
}

/** The parsing edge: the file is trusted to have the documented format. */
export const readCases = (file: string): readonly RedoCase[] =>
  JSON.parse(readFileSync(file, 'utf8')) as readonly RedoCase[];

/** What is wrong; undefined when the case passes. */
export function caseProblem(redoCase: RedoCase): string | undefined {
  switch (redoCase.kind) {
    case 'dml':
    case 'csf':
      return statementProblem(redoCase, redoCase.expected['error'] === true);
    case 'dml-relaxed':
      // LogMiner's unescaped quotes: raising is right, guessing is not asked for.
      return statementProblem(redoCase, true) === undefined ? undefined : statementProblem(redoCase, false);
    case 'value':
      return difference(caseValue(literalOf(redoCase)), redoCase.expected['value']);
    case 'lob-select':
    case 'lob-write':
    case 'lob-trim':
    case 'ext-string-begin':
    case 'xml-begin':
    case 'xml-write':
      return difference(piecesNotation(redoCase), redoCase.expected);
    case 'ddl':
      return difference(ddlNotation(String(redoCase.sql_redo)), redoCase.expected);
    case 'txn-rows':
      // The other parsing edge: this kind has fields of its own.
      return transactionCaseProblem(redoCase as unknown as TransactionCase);
    default:
      return 'this kind is not built';
  }
}

function statementProblem(redoCase: RedoCase, mustRaise: boolean): string | undefined {
  let actual;
  try {
    actual = statementOf(redoCase);
  } catch (error) {
    return mustRaise ? undefined : `raised ${String(error)}`;
  }
  return mustRaise ? `did not raise, but gave ${JSON.stringify(actual)}` : difference(actual, redoCase.expected);
}

function statementOf({ sql_redo: sql, ignore_columns: ignored = [] }: RedoCase): Readonly<Record<string, unknown>> {
  const pieces = typeof sql === 'string' ? [sql] : (sql ?? []);
  const joiner = new ContinuationJoiner();
  const rows = pieces.map((sqlRedo, index) => joiner.add(redoRow({ sqlRedo, csf: index < pieces.length - 1 })));
  joiner.finish();
  const statement = new RedoParser().parse(rows.at(-1)?.sqlRedo ?? '');
  if (statement.kind === 'temporary-table') return { op: 'IGNORE', reason: 'temporary-table' };
  const cells = (values: Cells): Record<string, unknown> => named(statement.layout, values, ignored);
  if (statement.kind === 'insert') return { op: 'I', before: {}, after: cells(statement.after) };
  const rowid = statement.rowId === undefined ? {} : { rowid: statement.rowId };
  const before = cells(statement.before);
  if (statement.kind === 'delete') return { op: 'D', before, after: {}, ...rowid };
  const set = cells(statement.set);
  return { op: 'U', before, set, after: { ...before, ...set }, ...rowid };
}

function literalOf({
  sql_redo: sql,
  column_type: typeText = '',
  db_charset: characterSet,
  internal = false,
}: RedoCase): Literal {
  const literal = parseLiteral(String(sql));
  if (literal === null || typeof literal === 'string' || literal.kind !== 'hex') return literal;
  const bytes = Buffer.from(literal.text, 'hex');
  if (internal) return internalValue(bytes, oracleType(typeText), 'AL32UTF8');
  return characterSet === undefined ? literal : storedText(bytes, characterSet);
}

const difference = (actual: unknown, expected: unknown): string | undefined =>
  isDeepStrictEqual(actual, expected)
    ? undefined
    : `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;

function problemOf(redoCase: RedoCase): string | undefined {
  try {
    return caseProblem(redoCase);
  } catch (error) {
    return `raised ${String(error)}`;
  }
}

function main(): number {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { kind: { type: 'string' } } });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    process.stderr.write('usage: npm run -s redo-cases -- [--kind dml,csf,value] FILE\n');
    return 2;
  }
  const cases = readCases(file);
  const kinds = values.kind?.split(',') ?? [...new Set(cases.map(({ kind }) => kind))];
  let passed = 0;
  let failed = 0;
  for (const kind of kinds) {
    const ofKind = cases.filter((redoCase) => redoCase.kind === kind);
    const problems = ofKind.flatMap((redoCase) => {
      const problem = problemOf(redoCase);
      return problem === undefined ? [] : [`  ${redoCase.id}: ${problem.slice(0, 400)}`];
    });
    passed += ofKind.length - problems.length;
    failed += problems.length;
    const verdict = `${kind}: ${String(ofKind.length - problems.length)} passed, ${String(problems.length)} failed`;
    process.stdout.write([verdict, ...problems, ''].join('\n'));
  }
  process.stdout.write(`${String(passed)} passed, ${String(failed)} failed\n`);
  // A misspelt kind selects nothing: that is not a success.
  return failed === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main();
