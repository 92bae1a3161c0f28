/** What vitest's report says of a mutant. A test that could not run, or only took too long, has seen nothing. */

export interface Verdict {
  /** `survived`: every test is green. `broken`: nothing can be said. */
  readonly is: 'caught' | 'survived' | 'broken';
  /** The title of the test that failed, or what is wrong. */
  readonly text: string;
  /** How many seeds of a simulation it took. */
  readonly seeds?: number;
}

interface Assertion {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

interface TestFile {
  readonly message: string;
  readonly assertionResults: readonly Assertion[];
}

const TIMED_OUT = /^(?:Error: )?(?:Test|Hook) timed out in /;
const SEED = /\bseed \d+/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const filesOf = (report: unknown): readonly TestFile[] =>
  isObject(report) && Array.isArray(report['testResults']) ? (report['testResults'] as readonly TestFile[]) : []; // vitest's own

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

const timedOut = ({ failureMessages }: Assertion): boolean => failureMessages.every((text) => TIMED_OUT.test(text));

/** Seeds are tried one after the other, and the first that fails ends the run. */
function seedsOf(tests: readonly Assertion[], failed: Assertion): number | undefined {
  if (!SEED.test(failed.fullName)) return undefined;
  return tests.filter(({ status, fullName }) => SEED.test(fullName) && ['passed', 'failed'].includes(status)).length;
}

/** @param of a run of the sources as they are, or of a mutant's */
export function verdictOf(report: unknown, of: 'plain' | 'mutant'): Verdict {
  const files = filesOf(report);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed');
  const seen = failed.find((test) => of === 'plain' || !timedOut(test));
  if (seen) {
    const seeds = seedsOf(tests, seen);
    return { is: 'caught', text: seen.fullName, ...(seeds !== undefined && { seeds }) };
  }
  const [late] = failed;
  if (late) return { is: 'broken', text: `${late.fullName} took too long, which may have other reasons` };
  const unloaded = files.find(({ assertionResults }) => assertionResults.length === 0);
  if (unloaded) return { is: 'broken', text: `does not load: ${firstLine(unloaded.message)}` };
  if (!tests.some(({ status }) => status === 'passed')) return { is: 'broken', text: 'no test ran to its end' };
  return { is: 'survived', text: 'every test is green' };
}
