/** The closing proof: the product's own word, as `redoflow verify` gives it; the comparison before it shares nothing with the product. */
import { answersText, compareTables, isEqual, type Verification, type VerifySides } from '../client/verify.ts';
import type { VerifyProgress } from '../model/verification.ts';
import { bad, bar, count, good, live, quiet, say, scene } from './show.ts';

type Progress = Pick<VerifyProgress, 'step' | 'done' | 'of' | 'rows'>;

const NOT_BEGUN: Progress = { step: 'point', done: 0, of: 0, rows: 0 };

/** True when it shows that all of these tables are equal. */
export async function verifyScene(sides: VerifySides, tables: readonly string[]): Promise<boolean> {
  scene(`redoflow verify ${sides.task}`);
  say(
    'the same tables once more, as anybody would ask: digests of both sides as of one SCN, rows only where they differ',
  );
  const verification = await compareTables({ ...sides, onProgress: showProgress(tables) });
  quiet();
  const { text, equal } = closingText(verification, tables.length, sides.task);
  console.log(text);
  return equal;
}

/** A bar for each table, drawn again as it goes on. */
function showProgress(tables: readonly string[]): (table: string, progress: VerifyProgress) => void {
  const known = new Map<string, Progress>(tables.map((table) => [table, NOT_BEGUN]));
  const width = Math.max(0, ...tables.map((table) => table.length));
  const show = (): void => {
    const all = [...known.values()];
    const rows = all.reduce((sum, one) => sum + one.rows, 0);
    const lines = [...known].map(
      ([table, { done, of, rows: read }]) =>
        `  ${table.padEnd(width)}  ${bar(done, of)}  ${count(read).padStart(9)} rows digested`,
    );
    live(lines, rows === 0 ? '' : `${count(rows)} rows of the source digested`);
  };
  show();
  return (table, progress) => {
    known.set(table, progress);
    show();
  };
}

export interface Closing {
  readonly text: string;
  /** Every one of the tables was compared, and none differs. */
  readonly equal: boolean;
}

/** What `redoflow verify` prints, and what it comes to. @param tables how many there are: one without an answer is not equal */
export function closingText(verification: Verification, tables: number, task: string): Closing {
  const compared = verification.answers.filter((answer) => answer.kind === 'compared');
  const different = compared.filter((answer) => !isEqual(answer)).length;
  const left = tables - compared.length;
  const equal = tables > 0 && left === 0 && different === 0;
  const rows = compared.reduce((sum, answer) => sum + answer.rows, 0);
  const verdict = equal
    ? good(`redoflow verify: all ${tables} tables are equal, ${count(rows)} rows in all.`)
    : bad(`redoflow verify: of ${tables} tables ${different} differ, and ${left} could not be compared.`);
  const body = answersText(verification, task).replaceAll(/^(?=.)/gm, '  ');
  return { text: `\n${body}\n\n  ${verdict}\n`, equal };
}
