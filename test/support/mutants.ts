/**
 * `npm run -s mutants [NAME…]`: are the tests able to fail? Each patch of test/mutants/ is applied to a copy of the sources, and the tests
 * that it names must turn red there, after they were green without any patch. The checkout is not touched.
 * The last line is `N caught, N survived, N broken`; the exit code is 1 unless all are caught.
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyPatch, readMutants, type Catcher, type Mutant } from './mutant-files.ts';
import { verdictOf, type Verdict } from './mutant-verdict.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const AT_A_TIME = 2;
/** A mutant may make a test run for ever. */
const RUN_SECONDS = 240;

interface Judged {
  readonly mutant: Mutant;
  readonly is: Verdict['is'];
  readonly text: string;
  readonly took: string;
}

/** Everything that git tracks or would, as it is now. */
async function sourceFiles(): Promise<readonly string[]> {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await execute('git', list, { cwd: root, maxBuffer: 1 << 26 });
  return stdout.split('\0').filter((name) => name !== '');
}

/** Packages are those of the checkout; what tools write beside them stays in the copy. */
async function linkPackages(tree: string): Promise<void> {
  const packages = await realpath(path.join(root, 'node_modules'));
  await mkdir(path.join(tree, 'node_modules'));
  for (const name of await readdir(packages))
    if (name === '.bin' || !name.startsWith('.'))
      await symlink(path.join(packages, name), path.join(tree, 'node_modules', name));
}

/** All mutants of one run are made of the same sources, whatever happens to them meanwhile. */
async function copyTree(files: readonly string[], from: string, tree: string): Promise<string> {
  for (const file of files) {
    if (await stat(path.join(from, file)).catch(() => undefined))
      await cp(path.join(from, file), path.join(tree, file));
  }
  await linkPackages(tree);
  return tree;
}

/** @returns vitest's report; undefined when it wrote none */
async function runTests(tree: string, { file, pattern, environment }: Catcher, ...more: string[]): Promise<unknown> {
  const report = path.join(tree, `.report-${randomUUID()}.json`);
  const args = ['run', file, '--reporter=json', `--outputFile=${report}`, ...more];
  const run = spawn(
    process.execPath,
    [path.join(tree, 'node_modules/vitest/vitest.mjs'), ...args, ...(pattern === undefined ? [] : ['-t', pattern])],
    { cwd: tree, stdio: 'ignore', detached: true, env: { ...process.env, ...environment } },
  );
  const ended = once(run, 'exit');
  const endGroup = (): void => {
    if (run.pid !== undefined && run.exitCode === null) process.kill(-run.pid, 'SIGKILL');
  };
  const timer = setTimeout(endGroup, RUN_SECONDS * 1000);
  process.once('exit', endGroup);
  await ended;
  clearTimeout(timer);
  process.off('exit', endGroup);
  return readFile(report, 'utf8').then(JSON.parse, () => undefined);
}

const keyOf = ({ file, pattern = '', environment }: Catcher): string => JSON.stringify([file, pattern, environment]);

/** Tests that are red already prove nothing. @returns why, by {@link keyOf}, for those that are not green */
async function notGreen(tree: string, mutants: readonly Mutant[]): Promise<ReadonlyMap<string, string>> {
  const catchers = new Map(mutants.flatMap(({ caughtBy }) => caughtBy).map((catcher) => [keyOf(catcher), catcher]));
  const wrong = new Map<string, string>();
  await eachOf([...catchers], async ([key, catcher]) => {
    const verdict = verdictOf(await runTests(tree, catcher, '--maxWorkers=1'), 'plain');
    if (verdict.is !== 'survived') wrong.set(key, `not green without the mutant: ${verdict.text}`);
  });
  return wrong;
}

async function judge(
  mutant: Mutant,
  tree: string,
  red: ReadonlyMap<string, string>,
): Promise<Pick<Judged, 'is' | 'text' | 'took'>> {
  const started = performance.now();
  const problem = await applyPatch(tree, path.join(root, mutant.patch), 'apply');
  if (problem !== undefined) return { is: 'broken', text: `does not apply: ${problem}`, took: '' };
  const caught: Verdict[] = [];
  for (const catcher of mutant.caughtBy) {
    const before = red.get(keyOf(catcher));
    if (before !== undefined) return { is: 'broken', text: before, took: '' };
    const verdict = verdictOf(await runTests(tree, catcher, '--bail=1', '--maxWorkers=1'), 'mutant');
    if (verdict.is !== 'caught') return { is: verdict.is, text: `${catcher.file}: ${verdict.text}`, took: '' };
    caught.push(verdict);
  }
  const [first] = caught;
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return {
    is: 'caught',
    text: caught.map(({ text }) => text).join(' + '),
    took: first?.seeds === undefined ? seconds : `${first.seeds} seeds`,
  };
}

/** Two at a time. */
async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
}

const line = ({ mutant, is, text, took }: Judged): string =>
  `${is === 'caught' ? '✓' : '✗'} ${mutant.name.padEnd(46)} ${mutant.invariant.padEnd(13)} ${took.padEnd(9)} ${is === 'caught' ? '' : `${is}: `}${text}`;

async function chosen(names: readonly string[]): Promise<readonly Mutant[]> {
  const all = await readMutants(root);
  if (names.length === 0) return all;
  const unknown = names.find((name) => !all.some((mutant) => mutant.name.includes(name)));
  if (unknown !== undefined) throw new Error(`no mutant in test/mutants is called ${unknown}`);
  return all.filter((mutant) => names.some((name) => mutant.name.includes(name)));
}

async function main(): Promise<void> {
  const mutants = await chosen(process.argv.slice(2));
  const folder = await mkdtemp(path.join(await realpath(os.tmpdir()), 'redoflow-mutants-'));
  try {
    const files = await sourceFiles();
    const plain = await copyTree(files, root, path.join(folder, 'plain'));
    const red = await notGreen(plain, mutants);
    const judged = new Map<string, Judged>();
    await eachOf(mutants, async (mutant) => {
      const tree = await copyTree(files, plain, path.join(folder, mutant.name));
      const result = { mutant, ...(await judge(mutant, tree, red)) };
      judged.set(mutant.name, result);
      await rm(tree, { recursive: true, force: true });
      console.error(`${judged.size} of ${mutants.length}: ${mutant.name} ${result.is}`);
    });
    console.log(`  ${'mutant'.padEnd(46)} ${'invariant'.padEnd(13)} ${'after'.padEnd(9)} caught by`);
    for (const { name } of mutants) {
      const result = judged.get(name);
      if (result) console.log(line(result));
    }
    const count = (is: Verdict['is']): number => [...judged.values()].filter((each) => each.is === is).length;
    process.exitCode = mutants.length > 0 && count('caught') === mutants.length ? 0 : 1;
    console.log(`${count('caught')} caught, ${count('survived')} survived, ${count('broken')} broken`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
