/**
 * The protocol rig: the product's own plans and activities under virtual time, in place of Temporal, with faults that seeds decide.
 * Every seed plays a task from its schema to the end of its redo; every eighth also retry windows over hours.
 */
import { FAULT_KINDS, kindOfSite } from './protocol/faults.ts';
import { playHours, type HoursOutcome } from './protocol/hours.ts';
import { isRight, playSeed, type Outcome } from './protocol/play.ts';
import { shrunk } from './protocol/shrink.ts';

export interface ProtocolOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  /** Lines for people. */
  readonly print: (line: string) => void;
}

/** From so many seeds on, every kind of fault must have struck. */
const SEEDS_FOR_EVERY_KIND = 64;
const SHOWN = 10;
/** Hours take longer than the other faults. */
const HOURS_EVERY = 8;

class Totals {
  runs = 0;
  faults = 0;
  crashes = 0;
  wrong = 0;
  ended = 0;
  outlasted = 0;
  readonly verdict = { lost: 0, duplicated: 0, ghosts: 0, changed: 0 };
  readonly sites = new Set<string>();
  readonly kinds = new Map<string, number>();

  add({ verdict, faults, crashes, problem }: Outcome): void {
    this.runs += 1;
    this.crashes += crashes;
    this.faults += faults.length;
    for (const site of faults) {
      this.sites.add(site);
      this.kinds.set(kindOfSite(site), (this.kinds.get(kindOfSite(site)) ?? 0) + 1);
    }
    for (const what of ['lost', 'duplicated', 'ghosts', 'changed'] as const) this.verdict[what] += verdict[what];
    // A task that does not come to its end has not brought what was to come.
    if (problem !== undefined) this.verdict.lost += 1;
  }

  addHours({ verdict, problem, ended, outlasted }: HoursOutcome): void {
    this.ended += ended;
    this.outlasted += outlasted;
    for (const what of ['lost', 'duplicated', 'ghosts', 'changed'] as const) this.verdict[what] += verdict[what];
    if (problem !== undefined) this.verdict.lost += 1;
  }

  get isClean(): boolean {
    const { lost, duplicated, ghosts, changed } = this.verdict;
    return lost + duplicated + ghosts + changed + this.wrong === 0;
  }

  get line(): string {
    const { lost, duplicated, ghosts, changed } = this.verdict;
    const bad = `lost=${lost} duplicated=${duplicated} ghosts=${ghosts} changed=${changed}`;
    return `${bad} runs=${this.runs} faults=${this.faults} sites=${this.sites.size} crashes=${this.crashes}`;
  }
}

const whatIsWrong = ({ problem, verdict }: Outcome): string =>
  [...(problem === undefined ? [] : [problem]), ...verdict.found].join('\n  ');

/** True: nothing was lost, doubled, invented or changed, and every kind of fault struck. */
export async function proveProtocol({ seeds, firstSeed, print }: ProtocolOptions): Promise<boolean> {
  const totals = new Totals();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const outcome = await playSeed(seed);
    const hours = seed % HOURS_EVERY === 0 ? await playHours(seed) : undefined;
    totals.add(outcome);
    if (hours) totals.addHours(hours);
    if (isRight(outcome) && (!hours || isRight(hours))) continue;
    totals.wrong += 1;
    if (totals.wrong <= SHOWN) await tell({ outcome, hours, alone: seeds === 1 }, print);
  }
  const missing = seeds < SEEDS_FOR_EVERY_KIND ? [] : FAULT_KINDS.filter((kind) => !totals.kinds.has(kind));
  for (const kind of missing) print(`the fault ${kind} never struck`);
  const kinds = [...totals.kinds].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  if (kinds.length > 0) print(`faults by kind: ${kinds.join(', ')}`);
  print(`retry windows: ${totals.ended} used up to their end, ${totals.outlasted} troubles outlasted`);
  print(totals.line);
  return totals.isClean && missing.length === 0;
}

async function tell(
  { outcome, hours, alone }: { outcome: Outcome; hours: HoursOutcome | undefined; alone: boolean },
  print: ProtocolOptions['print'],
): Promise<void> {
  print(`npm run -s prove -- --protocol --first-seed ${outcome.seed} --seeds 1`);
  if (hours && !isRight(hours)) print(`  retry windows over hours: ${whatIsWrong(hours)}`);
  if (isRight(outcome)) return;
  print(`  ${whatIsWrong(outcome)}`);
  if (alone) await explain(outcome, print);
}

async function explain({ seed, faults }: Outcome, print: ProtocolOptions['print']): Promise<void> {
  const needed = await shrunk(seed, faults);
  print(`  of ${faults.length} faults it takes ${needed.length}:`);
  for (const site of needed) print(`    ${site}`);
  const again = await playSeed(seed, new Set(needed));
  print(`  with these: ${whatIsWrong(again)}`);
}
