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
import { lineCounts, staticChecks } from './static-checks.ts';
import { allGood, countLine, countTests } from './test-count.ts';
import type { TestCount } from './test-count.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface TestRun {
  readonly count: TestCount;
  /** False also when all tests passed but something outside of them failed, e.g. an unhandled rejection. */
  readonly clean: boolean;
}

async function runTests(vitestArgs: readonly string[]): Promise<TestRun> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'redoflow-test-'));
  const report = path.join(directory, 'report.json');
  try {
    const vitest = spawn(
      process.execPath,
      [
        path.join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...vitestArgs,
      ],
      { cwd: root, stdio: 'inherit' },
    );
    const [exitCode] = (await once(vitest, 'exit')) as [number | null];
    const count = countTests(JSON.parse(await readFile(report, 'utf8')) as unknown);
    return { count, clean: exitCode === 0 };
  } catch (error) {
    console.log(`vitest did not finish with a report: ${error instanceof Error ? error.message : String(error)}`);
    return { count: { passed: 0, failed: 0, skipped: 0 }, clean: false };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const quick = asked[0] === 'quick';
const failedChecks = await staticChecks(root, { cached: quick });
const { count, clean } = await runTests(quick ? ['--project', 'unit', ...asked.slice(1)] : asked);
console.log(await lineCounts(root));
if (failedChecks.length > 0) console.log(`static checks failed: ${failedChecks.join(', ')}`);
if (!clean && count.failed === 0) console.log('vitest failed outside of its tests; see above');
if (count.passed === 0) console.log('no test passed, which proves nothing');
process.exitCode = failedChecks.length === 0 && clean && allGood(count) ? 0 : 1;
console.log(countLine(count));
