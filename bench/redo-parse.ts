/** How many statements of SQL_REDO a second does one core take apart, values decoded? */
import { RedoParser } from '../oracle/redo-statement.ts';
import { bestOf, peakRssMegabytes, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';
import { redoCorpus } from './redo-corpus.ts';

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

export async function redoParse(): Promise<BenchResult> {
  const { statements, bytes } = redoCorpus();
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
    ran: `${statements.length} statements, ${Math.round(bytes / statements.length)} bytes each, all held in memory, best of ${PASSES} passes`,
  };
}
