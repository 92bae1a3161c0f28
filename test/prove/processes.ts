/** The process rig: whole runs of the product under faults, judged by a checker in another language. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findPython } from '../strangers/python.ts';
import { siteOf, type Fault } from './call-faults.ts';
import { isViolated, run, type RunResult } from './run.ts';
import { shrink } from './shrink.ts';
import { planFaults } from './swarm.ts';

export interface ProveOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly transactions: number;
  /** A list of faults, as a failing run writes it, instead of the seed's own. */
  readonly faultsFile?: string;
  /** Default: 60. */
  readonly recoverWithinSeconds?: number;
  /** How often a failing seed is run again with fewer faults; default 4. */
  readonly shrinkRuns?: number;
  readonly say?: (line: string) => void;
}

export interface Proof {
  readonly ok: boolean;
  readonly runs: readonly RunResult[];
  /** Seeds whose run could not be made, and why. */
  readonly broken: readonly { readonly seed: number; readonly why: string }[];
  /** `lost=0 duplicated=0 …` */
  readonly lastLine: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = path.join(root, '.prove');
const INTERRUPTED = 130;

const faultList = z.object({
  faults: z.array(z.object({ kind: z.string(), point: z.string(), at: z.number() })),
});

/** @throws when Python with PyODPS is missing: without a checker nothing is proved */
export async function proveProcesses(options: ProveOptions): Promise<Proof> {
  const python = await findPython();
  if ('missing' in python) throw new Error(`the checker cannot run: ${python.missing}`);
  const { say = print } = options;
  const stop = new AbortController();
  const interrupt = (): void => {
    stop.abort(new Error('interrupted'));
    say('interrupted');
    process.exit(INTERRUPTED); // every part ends with this process
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const runs: RunResult[] = [];
  const broken: { seed: number; why: string }[] = [];
  try {
    for (let seed = options.firstSeed; seed < options.firstSeed + options.seeds; seed++)
      await oneSeed(seed, { options, say, python: python.executable, signal: stop.signal, runs, broken });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  const lastLine = lineOf(runs);
  writeReport({ runs, broken, lastLine });
  say(lastLine);
  return { ok: broken.length === 0 && runs.every((one) => !isViolated(one)), runs, broken, lastLine };
}

interface SeedContext {
  readonly options: ProveOptions;
  readonly say: (line: string) => void;
  readonly python: string;
  readonly signal: AbortSignal;
  readonly runs: RunResult[];
  readonly broken: { seed: number; why: string }[];
}

async function oneSeed(seed: number, { options, say, python, signal, runs, broken }: SeedContext): Promise<void> {
  const { transactions, faultsFile, recoverWithinSeconds = 60, shrinkRuns = 4 } = options;
  const planned =
    faultsFile === undefined
      ? planFaults(seed, { transactions })
      : faultList.parse(JSON.parse(readFileSync(faultsFile, 'utf8'))).faults;
  const keepIn = path.join(folder, `seed-${seed}`);
  const again = (faults: readonly Fault[]): Promise<RunResult> =>
    run({ seed, transactions, faults, python, recoverWithinSeconds, say, keepIn, signal });
  let result: RunResult;
  try {
    result = await again(planned);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    broken.push({ seed, why });
    say(`seed ${seed}: the run broke off: ${why}`);
    return;
  }
  runs.push(result);
  say(shortOf(result));
  if (!isViolated(result)) return;
  for (const text of [...result.violations, ...result.verdict.texts].slice(0, 12)) say(`  ${text}`);
  const fewer = await shrink(planned, {
    runsMost: shrinkRuns,
    say,
    fails: async (faults) => isViolated(await again(faults)),
  });
  const file = path.join(keepIn, 'faults.json');
  mkdirSync(keepIn, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ seed, transactions, faults: fewer }, null, 2)}\n`);
  say(`replay: npm run -s prove -- --seeds 1 --first-seed ${seed} --transactions ${transactions}`);
  say(`   with ${fewer.length} of ${planned.length} faults: … --faults ${path.relative(root, file)}`);
}

function shortOf({
  seed,
  verdict,
  happened,
  kills,
  killsConfirmed,
  recoverySeconds,
  story,
  seconds,
  history,
  peakRssMegabytes,
}: RunResult): string {
  const { lost, duplicated, ghosts, changed, logRows, transactions } = verdict;
  return (
    `seed ${seed}: lost=${lost} duplicated=${duplicated} ghosts=${ghosts} changed=${changed}; ${transactions} transactions, ` +
    `${logRows} rows of log, ${happened.length} faults of ${new Set(happened.map(({ kind }) => kind)).size} kinds, ` +
    `kills ${killsConfirmed}/${kills}, recovery ${recoverySeconds.toFixed(1)} s, ${story.interrupted} interrupted, ${seconds.toFixed(0)} s, ` +
    `workers ${peakRssMegabytes.toFixed(0)} MB at most; told: ${[...history.failures.keys()].join(', ')}`
  );
}

/** The smallest value that so many percent do not exceed. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

function lineOf(runs: readonly RunResult[]): string {
  const sum = (of: (one: RunResult) => number): number => runs.reduce((total, one) => total + of(one), 0);
  const recoveries = runs.map(({ recoverySeconds }) => recoverySeconds);
  const happened = runs.flatMap((one) => one.happened);
  const parts = {
    lost: sum(({ verdict }) => verdict.lost),
    duplicated: sum(({ verdict }) => verdict.duplicated),
    ghosts: sum(({ verdict }) => verdict.ghosts),
    changed: sum(({ verdict }) => verdict.changed),
    runs: runs.length,
    faults: happened.length,
    kinds: new Set(happened.map(({ kind }) => kind)).size,
    sites: new Set(happened.map(siteOf)).size,
    kills: sum(({ killsConfirmed }) => killsConfirmed),
    recovery_p50_s: percentile(recoveries, 50).toFixed(1),
    recovery_p99_s: percentile(recoveries, 99).toFixed(1),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function writeReport({ runs, broken, lastLine }: Omit<Proof, 'ok'>): void {
  mkdirSync(folder, { recursive: true });
  const report = {
    summary: lastLine,
    broken,
    runs: runs.map(({ happened, ...one }) => ({
      ...one,
      kinds: counted(happened.map(({ kind }) => kind)),
      places: counted(happened.map(({ kind, point }) => `${kind}@${point}`)),
      sites: happened.map(siteOf).toSorted(),
    })),
  };
  writeFileSync(path.join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
