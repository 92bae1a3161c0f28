/**
 * `npm test`: static checks, then every vitest project. `npm run check` adds `quick`: caches, and only the unit project.
 * Further arguments go to vitest.
 * The last line alone is `N passed, N failed, N skipped`; the exit code is 1 when anything failed or nothing ran.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILING, lineCounts, staticChecks } from './static-checks.ts';
import { allGood, countLine, countTests, sumOf, unfinishedFiles, withoutFiles } from './test-count.ts';
import type { TestCount } from './test-count.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface TestRun {
  readonly count: TestCount;
  /** False also when all tests passed but something outside of them failed, e.g. an unhandled rejection. */
  readonly clean: boolean;
}

interface Reported {
  readonly report: unknown;
  readonly exitCode: number | null;
  /** What failed outside of every test. */
  readonly unhandled: readonly string[];
}

async function vitest(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Reported> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'redoflow-test-'));
  const report = path.join(directory, 'report.json');
  const unhandled = path.join(directory, 'unhandled.json');
  try {
    const run = spawn(
      process.execPath,
      [
        path.join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--reporter=${path.join(root, 'test/support/unhandled-reporter.ts')}`,
        `--outputFile.json=${report}`,
        ...args,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment, REDOFLOW_UNHANDLED_ERRORS: unhandled } },
    );
    const [exitCode] = (await once(run, 'exit')) as [number | null];
    const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
    return { report: await read(report), exitCode, unhandled: (await read(unhandled)) as readonly string[] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A process of the test runner that ended by itself (it holds native code) says nothing of the tests in it: they run once more. */
const RUNNER_ENDED = 'Worker exited unexpectedly';
const FILES_AGAIN_MAX = 2;

async function runTests(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<TestRun> {
  try {
    const { report, exitCode, unhandled } = await vitest(args, environment);
    const unfinished = unfinishedFiles(report);
    const onlyEnded = unhandled.length > 0 && unhandled.every((message) => message.includes(RUNNER_ENDED));
    if (!onlyEnded || unfinished.length === 0 || unfinished.length > FILES_AGAIN_MAX)
      return { count: countTests(report), clean: exitCode === 0 };
    const files = unfinished.map((file) => path.relative(root, file));
    console.log(`the test runner's process ended in the middle of ${files.join(', ')}; run once more`);
    const again = await vitest(files, environment);
    const finished = withoutFiles(report, unfinished);
    const count = sumOf(countTests(finished), countTests(again.report));
    return { count, clean: again.exitCode === 0 };
  } catch (error) {
    console.log(`vitest did not finish with a report: ${error instanceof Error ? error.message : String(error)}`);
    return { count: { passed: 0, failed: 0, skipped: 0 }, clean: false };
  }
}

const asked = process.argv.slice(2);
const quick = asked[0] === 'quick';
const failedChecks = await staticChecks(root, { cached: quick });
// Else what was compiled may be missing or old, and the sources are run.
const compiled = !quick && !COMPILING.some((check) => failedChecks.includes(check));
const environment = compiled ? { REDOFLOW_TEST_COMPILED: '1' } : {};
const { count, clean } = await runTests(quick ? ['--project', 'unit', ...asked.slice(1)] : asked, environment);
console.log(await lineCounts(root));
if (failedChecks.length > 0) console.log(`static checks failed: ${failedChecks.join(', ')}`);
if (!clean && count.failed === 0) console.log('vitest failed outside of its tests; see above');
if (count.passed === 0) console.log('no test passed, which proves nothing');
process.exitCode = failedChecks.length === 0 && clean && allGood(count) ? 0 : 1;
console.log(countLine(count));
