/** What operators ask of tables under virtual time, and what copies and the destination do then. */
import type { TaskPlanState, TaskStep } from '../../../model/sync-plan.ts';
import { scn } from '../../../model/scn.ts';
import { withCopy } from '../../../model/sync-plan.ts';
import { followUnit, renewUnit } from '../../../model/tail-steps.ts';
import { followed, renewed } from '../../../model/tail-tables.ts';
import type { TableRequest } from '../../../model/tail-state.ts';
import type { TailState } from '../../../model/tail-state.ts';
import type { CapturedTable } from '../../../model/task-plan.ts';
import { planD, simulatedRules, type FaultySink, type Redo, type Time } from './simulated-world.ts';

export interface Hands {
  readonly time: Time;
  readonly source: Redo;
  readonly sink: FaultySink;
  readonly snapshots: Map<string, number>;
  state(): TaskPlanState;
  change(state: TaskPlanState): void;
  launch(key: string, unit: string, done: () => void): void;
}

type TableStep = Extract<TaskStep, { do: 'follow' | 'renew' | 'start-copy' | 'tell-copy' }>;

const fold = (hands: Hands, change: (tail: TailState) => TailState): void => {
  const state = hands.state();
  if (state.tail) hands.change({ ...state, tail: change(state.tail) });
};

const planOf = (hands: Hands, table: string): CapturedTable | undefined =>
  hands.state().tail?.tables.find((plan) => plan.table === table);

export function performTable(step: TableStep, hands: Hands): void {
  switch (step.do) {
    case 'follow':
      hands.launch('follow', followUnit(step.stop), () => {
        const plan = planOf(hands, step.stop.table);
        if (plan) fold(hands, (tail) => followed(tail, simulatedRules, step.stop, { plan }));
      });
      break;
    case 'renew': {
      const suffix = hands.state().tail?.position.held[step.table]?.setAside ?? '';
      hands.launch('renew', renewUnit(step.table), () => {
        const plan = planOf(hands, step.table);
        if (!plan) return;
        hands.sink.setAside(plan.log, suffix);
        fold(hands, (tail) => renewed(tail, simulatedRules, step.table, { plan }));
      });
      break;
    }
    case 'start-copy':
      replaceCopy(hands, step.table, { started: true, resting: false, heardAt: hands.time.now });
      hands.launch(`start-copy ${step.table}`, 'copy', () => {
        copied(hands, step.table);
      });
      break;
    case 'tell-copy':
      replaceCopy(hands, step.table, { heardAt: hands.time.now, ...(step.wish !== 'report' && { told: step.wish }) });
      hands.launch(`tell-copy ${step.table}`, 'copy', () => {
        if (hands.snapshots.has(keyOf(hands, step.table))) copied(hands, step.table);
        else replaceCopy(hands, step.table, { started: false, resting: true, heardAt: 0 });
      });
      break;
  }
}

const keyOf = (hands: Hands, table: string): string => `${table} ${planOf(hands, table)?.generation ?? 1}`;

function replaceCopy(hands: Hands, table: string, change: Partial<TaskPlanState['copies'][string]>): void {
  const copy = hands.state().copies[table];
  if (copy) hands.change(withCopy(hands.state(), table, { ...copy, ...change }));
}

/** Its snapshot is taken once, whatever becomes of the task. */
function copied(hands: Hands, table: string): void {
  const key = keyOf(hands, table);
  const snapshot = hands.snapshots.get(key) ?? hands.source.redoHead;
  hands.snapshots.set(key, snapshot);
  replaceCopy(hands, table, { resting: true, published: { rows: 0, snapshotScn: scn(String(snapshot)) } });
}

/** Releases what is held; once each, adds D and copies A anew. What a reset has undone is asked again. */
export function askSomething(hands: Hands): boolean {
  const { tail } = hands.state();
  if (!tail || tail.requests.length > 0) return false;
  const request = releaseOf(tail) ?? additionOf(tail) ?? resyncOf(tail, hands);
  if (request) fold(hands, (now) => ({ ...now, requests: [...now.requests, request] }));
  return request !== undefined;
}

function releaseOf(tail: TailState): TableRequest | undefined {
  const [table, held] =
    Object.entries(tail.position.held).find(([, { reason, catchingUp }]) => reason !== 'copying' && !catchingUp) ?? [];
  const plan = tail.tables.find((candidate) => candidate.table === table);
  return plan && held && { do: 'continue', plan, heldFrom: held.fromScn };
}

const additionOf = (tail: TailState): TableRequest | undefined =>
  Number(tail.position.scn) < 135 || tail.tables.some(({ table }) => table === planD.table)
    ? undefined
    : { do: 'add', plan: planD };

function resyncOf(tail: TailState, { time }: Hands): TableRequest | undefined {
  const plan = tail.tables.find(({ table, generation }) => table === 'APP.A' && generation === undefined);
  if (!plan || Number(tail.position.scn) < 150 || tail.position.held[plan.table]) return undefined;
  return { do: 'resync', table: plan.table, setAside: `aside${Math.floor(time.now)}` };
}

/** Nothing is held or asked, and everything that operators want was done. */
export function isAtEase(hands: Hands): boolean {
  const { tail } = hands.state();
  if (!tail || tail.unsaved || Object.keys(tail.position.held).length > 0 || tail.requests.length > 0) return false;
  return additionOf(tail) === undefined && resyncOf(tail, hands) === undefined;
}
