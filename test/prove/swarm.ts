/** A seed's faults: a random half of the kinds is off, the others come at rates of their own (swarm testing). */
import { isCallFault, MAXCOMPUTE_CALLS, ORACLE_CALLS, type Fault } from './call-faults.ts';
import { Dice } from './dice.ts';

/** Actions on whole parts, at a transaction of the workload. What each does: moments.ts. */
const MOMENT_KINDS = [
  'worker-frozen',
  'worker-ended',
  'workers-absent',
  'temporal-killed',
  'run-reset',
  'run-reset-before-its-plan',
  'run-terminated',
  'run-cancelled',
  'task-paused',
  'connections-dropped',
  'listener-closed-ora-12541',
  'service-unknown-ora-12514',
  'listener-blocks-ora-12528',
  'no-process-ora-12516',
  'connections-refused',
  'database-frozen',
  'instance-crashed',
  'log-switched',
  'archive-late',
  'redo-flush-held',
  'mining-memory-low',
  'service-refused',
  'quota-low',
  'open-sessions-expired',
  'committing-sessions-expired',
] as const;
export type MomentKind = (typeof MOMENT_KINDS)[number];

export const KILL = 'worker-killed';
const WORKLOAD = 'workload';
/** Activities in which a worker is killed, and how many attempts of them a short run has at least. */
const KILL_POINTS = { copyChunk: 6, publishTable: 4, mineWindow: 10, commitReceipts: 6 } as const;

/** About how many requests of a point come per transaction of the workload: places are drawn from that range. */
const CALLS_PER_TRANSACTION: Readonly<Record<string, number>> = {
  'maxcompute.create': 0.7,
  'maxcompute.block': 0.7,
  'maxcompute.status': 1,
  'maxcompute.commit': 0.7,
  'maxcompute.sql': 0.1,
  'maxcompute.poll': 0.1,
  'maxcompute.metadata': 0.2,
  'oracle.copy': 0.03,
  'oracle.copy-fetch': 0.01,
  'oracle.mine': 0.3,
  'oracle.mine-fetch': 0.02,
  'oracle.start-mining': 0.3,
  'oracle.threads': 0.5,
  'oracle.archived-logs': 0.3,
  'oracle.login': 0.03,
};

export interface SwarmOptions {
  readonly transactions: number;
}

/** The same faults for the same seed and size. */
export function planFaults(seed: number, { transactions }: SwarmOptions): readonly Fault[] {
  const dice = Dice.of(seed, 'faults');
  const calls = half(dice, [...Object.entries(MAXCOMPUTE_CALLS), ...Object.entries(ORACLE_CALLS)]);
  const moments = half(dice, [...MOMENT_KINDS]);
  return [
    ...spread(dice, Math.max(8, Math.round(transactions / 20)), () => {
      const [kind, { points }] = dice.pick(calls);
      const point = dice.pick(points);
      const most = Math.max(4, Math.round(transactions * (CALLS_PER_TRANSACTION[point] ?? 0.1)));
      return { kind, point, at: dice.chance(50) ? dice.logarithmic(1, most) : dice.from(1, most) };
    }),
    ...spread(dice, Math.max(4, Math.round(transactions / 50)), () => ({
      kind: dice.pick(moments),
      point: WORKLOAD,
      at: dice.from(1, transactions),
    })),
    ...kills(dice, transactions),
  ];
}

/** A part of them in the middle of named activities, the others at any time. */
function kills(dice: Dice, transactions: number): readonly Fault[] {
  const count = Math.max(5, Math.round(transactions / 50));
  const grown = Math.max(1, transactions / 300);
  return spread(dice, count, () => {
    if (dice.chance(40)) return { kind: KILL, point: WORKLOAD, at: dice.from(1, transactions) };
    const point = dice.pick(['copyChunk', 'publishTable', 'mineWindow', 'commitReceipts'] as const);
    const most = point === 'mineWindow' || point === 'commitReceipts' ? KILL_POINTS[point] * grown : KILL_POINTS[point];
    return { kind: KILL, point, at: dice.from(1, Math.round(most)) };
  });
}

const half = <Item>(dice: Dice, list: readonly Item[]): readonly Item[] =>
  dice.shuffled(list).slice(0, Math.ceil(list.length / 2));

/** So many different ones, or as many as there are. */
function spread(dice: Dice, count: number, draw: () => Fault): readonly Fault[] {
  const drawn = new Map<string, Fault>();
  for (let tries = 0; tries < count * 4 && drawn.size < count; tries++) {
    const fault = draw();
    drawn.set(`${fault.kind} ${fault.point} ${fault.at}`, fault);
  }
  return dice.shuffled([...drawn.values()]);
}

export const momentsOf = (faults: readonly Fault[]): readonly Fault[] =>
  faults.filter(({ point }) => point === WORKLOAD).toSorted((one, other) => one.at - other.at);

export const activityKills = (faults: readonly Fault[]): readonly Fault[] =>
  faults.filter((fault) => !isCallFault(fault) && fault.point !== WORKLOAD);
