/** What operators do under virtual time: resume, recover, remove rows of others, release and add tables, have one copied anew. */
import { readBackAnew } from '../../../model/foreign-rows.ts';
import { choicesOf } from '../../../model/held-table.ts';
import { remedyOf } from '../../../model/failure.ts';
import { gapForgotten } from '../../../model/redo-gap.ts';
import { recovered } from '../../../model/run-state.ts';
import type { TableName } from '../../../model/table.ts';
import type { TableRequest, TailState } from '../../../model/tail-state.ts';
import { recoverCopy } from './copies.ts';
import type { Rig } from './rig.ts';
import type { SimulatedTask } from './task.ts';
import { tableOf } from './world.ts';

const ADD_ABOVE = 195;
const RESYNC_ABOVE = 210;
const LOOKS_EVERY_MS = 700;

export class Operator {
  private readonly rig: Rig;
  private readonly task: SimulatedTask;
  /** What was begun and has not happened yet. */
  private readonly busy = new Set<string>();
  private nextLook = 0;

  constructor(rig: Rig, task: SimulatedTask) {
    this.rig = rig;
    this.task = task;
  }

  private once(what: string, ms: number, act: () => void): void {
    if (this.busy.has(what)) return;
    this.busy.add(what);
    this.rig.time.after(ms, () => {
      this.busy.delete(what);
      act();
    });
  }

  /** After everything that happens. True: something was asked just now. */
  look(): boolean {
    const { task, rig } = this;
    if (task.paused)
      this.once('resume', task.pauseMs, () => {
        task.paused = false;
        task.pauseMs = 0;
        task.touch();
      });
    if (task.state.failed)
      this.once('recover', 1_000 * 600 ** rig.faults.amount('recover'), () => {
        this.recover();
      });
    for (const [table, { trouble }] of Object.entries(task.state.copies))
      if (trouble?.failed)
        this.once(`recover ${table}`, 60_000, () => {
          recoverCopy(task, table);
        });
    if (rig.time.now < this.nextLook) return false;
    this.nextLook = rig.time.now + LOOKS_EVERY_MS * (0.5 + rig.faults.amount('look'));
    return this.ask();
  }

  private recover(): void {
    const { task, rig } = this;
    const { failed } = task.state;
    if (!failed) return;
    rig.counts.failed += 1;
    // What was read back before they were removed may be met again later.
    if (failed.kind === 'commit-ambiguous' && rig.sink.hadForeignRows) {
      rig.sink.removeForeignRows();
      rig.counts.foreign += 1;
    } else if (remedyOf(failed.kind) === 'stop') rig.violated(`${failed.unit}: ${failed.kind}: ${failed.message}`);
    task.watch?.recovered();
    task.changeTail(gapForgotten);
    task.state = recovered(readBackAnew(task.state));
    task.touch();
  }

  /** One thing at a time; what a reset has undone is asked again. */
  private ask(): boolean {
    const { task } = this;
    const { tail } = task.state;
    if (!tail || task.state.failed || task.handlers > 0 || tail.requests.length > 0) return false;
    if (this.release(tail) || this.add(tail)) return true;
    if (!isToBeResynced(tail)) return false;
    this.request({ do: 'resync', table: tableOf('A'), setAside: `aside${this.rig.time.now}` });
    return true;
  }

  private request(...requests: readonly TableRequest[]): void {
    this.task.changeTail((tail) => ({ ...tail, requests: [...tail.requests, ...requests] }));
    this.task.touch();
  }

  /** As the handler of an update does it: with an activity of its own, whose failure is the operator's. */
  private release(tail: TailState): boolean {
    const [table, held] =
      Object.entries(tail.position.held).find(([, { reason, catchingUp }]) => reason !== 'copying' && !catchingUp) ??
      [];
    const plan = tail.tables.find((candidate) => candidate.table === table);
    if (!plan || !held) return false;
    const { task, rig } = this;
    if (!choicesOf(held.reason).some((choice) => choice === 'continue')) {
      const { generation } = plan;
      const setAside = `aside${rig.time.now}`;
      this.request({ do: 'resync', table: plan.table, setAside, ...(generation !== undefined && { generation }) });
      return true;
    }
    const input = { endpoints: task.endpoints, plan, rules: rig.rules, scn: held.fromScn, own: task.own };
    task.handle(
      'release',
      (a) => a.followTable(input),
      (answer) => {
        if ('refused' in answer) rig.violated(`${plan.table} cannot be released: ${answer.refused}`);
        else this.request({ do: 'continue', plan: answer.plan, heldFrom: held.fromScn });
      },
    );
    return true;
  }

  private add(tail: TailState): boolean {
    if (!isToBeAdded(tail)) return false;
    const { task, rig } = this;
    const known: readonly TableName[] = tail.tables.map(({ table }) => table);
    const input = { spec: rig.spec, entries: [{ table: tableOf('D') }], known, own: task.own };
    task.handle(
      'add-tables',
      (a) => a.addTables(input),
      (plans) => {
        this.request(...plans.map((plan): TableRequest => ({ do: 'add', plan })));
      },
    );
    return true;
  }

  /** Nothing is held or asked, and everything that operators want was done. */
  get isAtEase(): boolean {
    const { tail, failed } = this.task.state;
    if (!tail || failed || tail.unsaved || this.task.handlers > 0 || this.task.paused) return false;
    if (Object.keys(tail.position.held).length > 0 || tail.requests.length > 0) return false;
    return !isToBeAdded(tail) && !isToBeResynced(tail);
  }
}

const isToBeAdded = (tail: TailState): boolean =>
  Number(tail.position.scn) >= ADD_ABOVE && !tail.tables.some(({ table }) => table === tableOf('D'));

function isToBeResynced(tail: TailState): boolean {
  const plan = tail.tables.find(({ table, generation }) => table === tableOf('A') && generation === undefined);
  return plan !== undefined && Number(tail.position.scn) >= RESYNC_ABOVE && !tail.position.held[plan.table];
}
