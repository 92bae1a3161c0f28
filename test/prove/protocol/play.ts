/** One seed: a task from its schema to the end of its redo under every fault that the seed gives it, and what came of it. */
import { Checker, type Verdict } from './check.ts';
import { CRASH_KINDS, kindOfSite } from './faults.ts';
import { Operator } from './operator.ts';
import { Rig, type RigOptions } from './rig.ts';
import { SimulatedTask } from './task.ts';
import { HEAD, nameOf, NAMES } from './world.ts';

export interface Outcome {
  readonly seed: number;
  /** Why the task did not come to its end as it should. */
  readonly problem: string | undefined;
  readonly verdict: Verdict;
  /** Sites of the faults that struck, in order. */
  readonly faults: readonly string[];
  readonly crashes: number;
  readonly counts: Rig['counts'];
  readonly events: number;
}

/** From here on nothing more goes wrong, and the task has to come to its end. */
const FAULTY_EVENTS = 12_000;
const FAULTS_MOST = 800;
const EVENTS_MOST = 60_000;
const windows = { connectionSeconds: 3_600, otherSeconds: 600 };

export const isRight = ({ problem, verdict: { lost, duplicated, ghosts, changed } }: Outcome): boolean =>
  problem === undefined && lost + duplicated + ghosts + changed === 0;

/** While `work` runs, the clock of the product is the rig's. */
export async function underVirtualTime<T>({ time }: Rig, work: () => Promise<T>): Promise<T> {
  const real = Date.now;
  Date.now = () => Math.floor(time.now);
  try {
    return await work();
  } finally {
    Date.now = real;
  }
}

/** @param only these faults and no others */
export async function playSeed(seed: number, only?: ReadonlySet<string>): Promise<Outcome> {
  const options: RigOptions = { seed, windows, ...(only && { only }) };
  const rig = new Rig(options);
  return underVirtualTime(rig, async () => {
    const task = new SimulatedTask(rig);
    const events = await played(rig, task);
    const checker = new Checker(rig.source.world, rig.sink);
    if (rig.problem === undefined) judge(checker, rig, task);
    const { struck } = rig.faults;
    return {
      seed,
      problem: rig.problem,
      verdict: checker.verdict,
      faults: struck,
      crashes: struck.filter((site) => CRASH_KINDS.has(kindOfSite(site))).length,
      counts: rig.counts,
      events,
    };
  });
}

async function played(rig: Rig, task: SimulatedTask): Promise<number> {
  const operator = new Operator(rig, task);
  task.begin();
  for (let event = 1; event <= EVENTS_MOST; event++) {
    await rig.time.settle();
    if (rig.problem !== undefined) return event;
    if (event > FAULTY_EVENTS || rig.faults.struck.length > FAULTS_MOST) rig.faults.over = true;
    if (task.state.tail?.position.scn === String(HEAD) && operator.isAtEase) {
      if (!rig.faults.strikes('reset-at-the-end')) {
        await drained(rig, task);
        return event;
      }
      task.reset();
      await rig.time.settle();
    }
    if (operator.look()) await rig.time.settle();
    if (!rig.time.advance()) {
      rig.violated(`nothing happens any more: ${told(task)}`);
      return event;
    }
  }
  rig.violated(`not at its end after ${EVENTS_MOST} events: ${told(task)}`);
  return EVENTS_MOST;
}

function told(task: SimulatedTask): string {
  const { phase, tail, failed, ledgers, runId } = task.state;
  const position = tail?.position;
  return JSON.stringify({
    phase,
    runId,
    wish: task.wish(),
    running: [...task.running.keys()],
    failed,
    ledgers: Object.keys(ledgers),
    scn: position?.scn,
    held: position?.held,
    requests: tail?.requests,
    unsaved: tail?.unsaved,
    copies: task.state.copies,
  });
}

/** What is still on its way may arrive. */
async function drained(rig: Rig, task: SimulatedTask): Promise<void> {
  rig.faults.over = true;
  for (const controller of task.running.values()) controller.abort();
  for (const workflow of rig.workflows.values()) workflow.close();
  for (let event = 0; event < 2_000; event++) {
    if (!rig.time.advance()) return;
    await rig.time.settle();
  }
}

/** Every table as its plan says where it is, and the pairs that were set aside. */
function judge(checker: Checker, rig: Rig, task: SimulatedTask): void {
  const { tail } = task.state;
  for (const { table, base, log, emitAfter } of tail?.tables ?? []) {
    const name = nameOf(table);
    checker.log(name, log, Number(emitAfter));
    if (rig.source.readNewer.has(name)) checker.keys(base);
    else checker.base(name, base, Number(emitAfter));
    checker.merged(name, { base, log }, HEAD);
  }
  judgeNames(checker, rig, task);
}

/** Every table of the source is there, and one pair was set aside. */
function judgeNames({ verdict }: Checker, { sink }: Rig, { state }: SimulatedTask): void {
  const names = new Set(state.tail?.tables.map(({ table }) => nameOf(table)));
  const missing = NAMES.filter((name) => !names.has(name));
  verdict.lost += missing.length;
  for (const name of missing) verdict.found.push(`lost: no table ${name}`);
  const aside = [...sink.tables.keys()].filter((name) => name.startsWith('a_log_'));
  if (aside.length === 1) return;
  verdict.changed += 1;
  verdict.found.push(`changed: set aside are ${aside.join()}`);
}
