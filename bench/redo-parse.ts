/** How many statements of SQL_REDO a second does one core take apart, values decoded? */
import { isDeepStrictEqual } from 'node:util';
import { parseLiteral } from '../oracle/literals.ts';
import { RedoParser } from '../oracle/redo-statement.ts';
import type { Cells, TableLayout } from '../oracle/redo-statement.ts';
import { bestOf, peakRssMegabytes, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';
import { redoCorpus } from './redo-corpus.ts';
import type { RedoCorpus } from './redo-corpus.ts';

const PASSES = 6;

/** Values read: what is not used could be left out by an optimizer. */
function parseAll(statements: readonly string[]): number {
  const parser = new RedoParser();
  let values = 0;
  for (const sql of statements) {
    const parsed = parser.parse(sql);
    if (parsed.kind === 'temporary-table') continue;
    values += parsed.kind === 'insert' ? parsed.after.length : parsed.before.length;
  }
  return values;
}

function holds({ columns }: TableLayout, cells: Cells, expected: ReadonlyMap<string, string>): boolean {
  return columns.every((column, index) => {
    const text = expected.get(column);
    return isDeepStrictEqual(cells[index], text === undefined ? undefined : parseLiteral(text));
  });
}

/** Reads the sampled statements with a parser that has read others; each literal alone, by the general reader, says what is right. */
function checkSample({ statements, truths }: RedoCorpus): void {
  const parser = new RedoParser();
  for (const [place, { row, set }] of truths) {
    const parsed = parser.parse(statements[place] ?? '');
    const right =
      parsed.kind !== 'temporary-table' &&
      holds(parsed.layout, parsed.kind === 'insert' ? parsed.after : parsed.before, row) &&
      (parsed.kind !== 'update' || holds(parsed.layout, parsed.set, set));
    if (!right) throw new Error(`statement ${place} was read wrongly`);
  }
}

export async function redoParse(): Promise<BenchResult> {
  const corpus = redoCorpus();
  const { statements, bytes, truths } = corpus;
  checkSample(corpus);
  const passes: Elapsed[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const read = stopwatch();
    const values = parseAll(statements);
    passes.push(read());
    if (values !== statements.length * 10) throw new Error(`${values} values were read of ${statements.length} rows`);
  }
  const best = bestOf(passes);
  return {
    statementsPerSecond: statements.length / best.wallSeconds,
    megabytesPerSecond: bytes / 1e6 / best.wallSeconds,
    ...best,
    peakRssMegabytes: peakRssMegabytes(),
    ran: `${statements.length} statements, ${Math.round(bytes / statements.length)} bytes each, all held in memory, every value decoded, ${truths.size} of them compared with what they were made of, best of ${PASSES} passes`,
  };
}
