/** One run: the product in processes of its own under the workload and a seed's faults, then without faults, then the checker. */
import { mkdirSync, readFileSync, copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { control } from '../../demo/parts.ts';
import { silentText } from '../../client/task-view.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { createBank, SHARES, Values } from './bank-tables.ts';
import { addColumn, newStory, runBank, type Addition, type MadeAddition, type Story } from './bank-workload.ts';
import { armCalls, type Fault } from './call-faults.ts';
import { check, type Verdict } from './check.ts';
import { Dice } from './dice.ts';
import { keepHistories, readHistories, type HistoryFindings } from './histories.ts';
import { faultsEnd, type Scene } from './moments.ts';
import { openStage, TASK, type Stage } from './stage.ts';
import { PositionWatch } from './position-watch.ts';
import { script } from './script.ts';
import { activityKills } from './swarm.ts';
import { unexplained } from './told-failures.ts';
import { KillWatch } from './watch.ts';

export interface RunOptions {
  readonly seed: number;
  readonly transactions: number;
  readonly faults: readonly Fault[];
  /** Python with PyODPS. */
  readonly python: string;
  /** Seconds from the last fault within which everything must be there. */
  readonly recoverWithinSeconds: number;
  readonly say: (line: string) => void;
  /** Logs of the run are kept here when it fails. */
  readonly keepIn: string;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly seed: number;
  readonly happened: readonly Fault[];
  readonly kills: number;
  readonly killsConfirmed: number;
  readonly recoverySeconds: number;
  readonly verdict: Verdict;
  /** What else is wrong: liveness, leaks, a position that went back, a failure that nothing explains, memory. */
  readonly violations: readonly string[];
  readonly story: Story;
  readonly history: HistoryFindings;
  readonly peakRssMegabytes: number;
  /** What the task told of itself. */
  readonly events: readonly string[];
  readonly seconds: number;
}

const PER_SECOND = 20;
/** Answers take this long also without a fault: as over a network, and so that attempts can be met in the middle. */
const USUAL_MS = 120;
/** Of any worker, under any fault. */
const WORKER_MEGABYTES_MAX = 800;

export async function run(options: RunOptions): Promise<RunResult> {
  const began = Date.now();
  await using stage = await openStage();
  try {
    const result = await play(stage, options);
    const whole = { ...result, seconds: (Date.now() - began) / 1000 };
    if (isViolated(whole)) {
      keepLogs(stage, options.keepIn, whole);
      await keepHistories(stage.client, options.keepIn).catch((error: unknown) => {
        options.say(`the histories could not be kept: ${String(error)}`); // what was found counts all the same
      });
    }
    return whole;
  } catch (error) {
    keepLogs(stage, options.keepIn, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    throw error;
  }
}

export const isViolated = ({ verdict, violations }: Pick<RunResult, 'verdict' | 'violations'>): boolean =>
  violations.length > 0 || verdict.lost + verdict.duplicated + verdict.ghosts + verdict.changed > 0;

async function play(stage: Stage, options: RunOptions): Promise<Omit<RunResult, 'seconds'>> {
  const { addresses, client, redoflow, crew, temporal, written } = stage;
  const { seed, faults, signal, say } = options;
  const marker = `planted${seed}zq`;
  await using owner = await oracledb.getConnection(addresses.oracle);
  await createBank(owner, new Values(Dice.of(seed, 'first rows'), marker));
  const dice = Dice.of(seed, 'moments');
  const scene: Scene = { addresses, client, redoflow, temporal, crew, task: TASK, written, dice };
  await control(addresses, '/maxcompute/commit-personality', { again: seed % 2 === 0 ? 'ok' : 'conflict' });
  for (const operation of ['block', 'commit', 'sql'])
    await control(addresses, '/maxcompute/slow', { operation, milliseconds: USUAL_MS });
  await crew.ready(2);
  const calls = await armCalls(addresses, faults);
  await using kills = new KillWatch(client, crew, activityKills(faults));
  await redoflow.start(written);
  say(`seed ${seed}: the task is started`);
  await using watch = new PositionWatch(redoflow, TASK);
  const story = newStory();
  const acted: Fault[] = [];
  const additions = await runWorkload(scene, { options, story, marker, acted });
  const happened = [...acted, ...kills.happened, ...(await calls())];
  await kills[Symbol.asyncDispose]();
  await faultsEnd(scene);
  const faultsEnded = Date.now();
  const last = await lastScn(stage);
  say(
    `seed ${seed}: ${story.committed} committed, ${story.rolledBack} rolled back; ${happened.length} faults; waiting`,
  );
  const violations: string[] = [];
  const status = await caughtUp(stage, { last, within: options.recoverWithinSeconds * 1000, signal, say });
  const recoverySeconds = (Date.now() - faultsEnded) / 1000;
  if (!reached(status, last))
    violations.push(`liveness: not at SCN ${last} after ${recoverySeconds.toFixed(0)} s: ${shortOf(status)}`);
  violations.push(...watch.violations, ...unexpected(story), ...heldTables(status));
  const secrets = [marker, addresses.oracle.password, addresses.maxcompute.accessKeySecret];
  const history = await readHistories(client, crew.kills, secrets);
  violations.push(...history.leaks.map((id) => `I13: a row's value or a secret is in the history of ${id}`));
  violations.push(...unexplained(history.failures, happened));
  if (crew.peakRssMegabytes > WORKER_MEGABYTES_MAX)
    violations.push(`I14: a worker had ${crew.peakRssMegabytes.toFixed(0)} MB of memory`);
  const log = readFileSync(crew.logFile, 'utf8');
  if (secrets.some((secret) => log.includes(secret)))
    violations.push("I13: a row's value or a secret is in the workers' log");
  const verdict = await check(stage, { python: options.python, tables: status?.tables ?? [], additions, seed });
  return {
    seed,
    happened,
    kills: crew.kills.length,
    killsConfirmed: history.confirmedKills,
    recoverySeconds,
    verdict,
    violations,
    story,
    history,
    peakRssMegabytes: crew.peakRssMegabytes,
    events: (status?.events ?? []).map(({ at, text }) => `${at} ${text}`),
  };
}

interface Work {
  readonly options: RunOptions;
  readonly story: Story;
  readonly marker: string;
  /** Filled with what happened. */
  readonly acted: Fault[];
}

/** The workload, and the moments that it waits for. */
async function runWorkload(scene: Scene, { options, story, marker, acted }: Work): Promise<readonly MadeAddition[]> {
  const { seed, transactions, signal, say } = options;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const added: Addition[] = [];
  const made: MadeAddition[] = [];
  const acts = script(scene, options, async (addition) => {
    made.push(await addColumn(scene.addresses.oracle, addition, either));
    added.push(addition);
  });
  const stand = { begun: 0 };
  const mayBegin = async (number: number): Promise<void> => {
    while (stand.begun < acts.length && (acts[stand.begun]?.at ?? 0) < number) {
      either.throwIfAborted();
      await wait(50);
    }
  };
  const login = scene.addresses.oracle;
  const workload = runBank({
    login,
    seed,
    marker,
    transactions,
    perSecond: PER_SECOND,
    mayBegin,
    story,
    added,
    signal: either,
  });
  workload.catch(() => {
    failed.abort(new Error('the workload failed'));
  });
  for (const act of acts) {
    while (story.begun < Math.min(act.at, transactions) && !either.aborted) await wait(20);
    if (either.aborted) break;
    stand.begun += 1;
    try {
      if (await act.run()) acted.push(...act.fault);
    } catch (error) {
      say(`seed ${seed}: ${act.name} could not be done: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await workload;
  return made;
}

async function lastScn({ addresses }: Stage): Promise<string> {
  const { entries } = (await control(addresses, '/journal?after=0', undefined)) as {
    readonly entries: readonly { readonly commitScn: string }[];
  };
  return entries.at(-1)?.commitScn ?? '0';
}

const reached = (status: TaskStatus | undefined, scn: string): boolean =>
  status?.state === 'Synchronizing' && BigInt(status.position?.scn ?? '0') >= BigInt(scn);

interface Awaited {
  readonly last: string;
  readonly within: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** As a person would who reads what `redoflow status` says: a run that nothing reaches any more is recovered. */
async function caughtUp({ redoflow }: Stage, { last, within, signal, say }: Awaited): Promise<TaskStatus | undefined> {
  let status: TaskStatus | undefined;
  for (const end = Date.now() + within; Date.now() < end;) {
    await wait(100);
    signal.throwIfAborted();
    const view = await redoflow.view(TASK).catch(() => undefined);
    if (view?.kind === 'answers') status = view.status;
    if (reached(status, last)) break;
    if (view?.kind !== 'silent' || !view.stuck) continue;
    say(`recovered: ${silentText(view)}`);
    await redoflow.recover(TASK).catch(() => undefined);
  }
  return status;
}

function shortOf(status: TaskStatus | undefined): string {
  if (!status) return 'nobody answers';
  const { state, phase, position, retry, failure, tables, events } = status;
  const last = events.slice(-6).map(({ text }) => text);
  return JSON.stringify({ state, phase, position, retry, failure, held: heldTables({ tables }), last });
}

/** No fault of these is a reason to hold a table. */
const heldTables = (status: Pick<TaskStatus, 'tables'> | undefined): readonly string[] =>
  (status?.tables ?? []).flatMap(({ table, state, held }) =>
    state === 'held' ? [`${table} is held: ${held?.text ?? ''} ${held?.sentence ?? ''}`] : [],
  );

/** Errors that no fault explains mean that the workload, or the sandbox, is wrong: a run on them proves less than it says. */
const unexpected = ({ unexpected: codes, begun }: Story): readonly string[] => {
  const total = Object.values(codes).reduce((sum, count) => sum + count, 0);
  return total * 20 > begun + SHARES ? [`the workload met ${total} unexpected errors: ${JSON.stringify(codes)}`] : [];
};

function keepLogs({ folder, crew }: Stage, keepIn: string, result: unknown): void {
  mkdirSync(keepIn, { recursive: true });
  for (const file of [crew.logFile, path.join(folder, 'sandbox.log')])
    try {
      copyFileSync(file, path.join(keepIn, path.basename(file)));
    } catch {
      // a part that never began has no log
    }
  writeFileSync(path.join(keepIn, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
}
