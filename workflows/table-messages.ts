/** What operators ask of single tables of a running task: add, remove, copy anew, release. */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { choicesOf } from '../model/held-table.ts';
import { entriesWith, entriesWithout } from '../model/table-list.ts';
import type { TableName } from '../model/table.ts';
import { releaseProblem } from '../model/tail-tables.ts';
import type { TableRequest } from '../model/tail-state.ts';
import type { TailState } from '../model/tail-state.ts';
import { planRules } from '../model/task-plan.ts';
import * as messages from './messages.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

const refuse = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'refused');

/** The tail; tables are changed only while it runs. */
function tailOf(task: TaskRun): TailState {
  if (task.stopping) throw refuse('The task is being stopped.');
  if (task.state.tail) return task.state.tail;
  throw refuse('Tables can be changed once the full copy is done and the task follows the redo.');
}

function ask(task: TaskRun, ...requests: readonly TableRequest[]): void {
  task.changeTail((tail) => ({ ...tail, requests: [...tail.requests, ...requests] }));
  task.loop.touch();
}

function known(task: TaskRun, tables: readonly string[]): readonly TableName[] {
  const { tables: plans } = tailOf(task);
  return tables.map((name) => {
    const plan = plans.find(({ table }) => table === name);
    if (plan) return plan.table;
    throw refuse(`${name} is no table of this task. Its tables are listed by \`redoflow status\`.`);
  });
}

export function handleTableMessages(task: TaskRun): void {
  setHandler(
    messages.addTablesUpdate,
    async (entries) => {
      const { tables } = tailOf(task);
      const input = { spec: task.spec, entries, known: tables.map(({ table }) => table), own: task.own };
      const plans = await call('addTables', input, { summary: 'tables to add' });
      const added = plans.map(({ table }) => table);
      task.entries = entriesWith(task.entries, entries, added);
      task.note('operator', `add ${added.join(', ')}`);
      ask(task, ...plans.map((plan): TableRequest => ({ do: 'add', plan })));
      return added;
    },
    { validator: (_entries: unknown) => void tailOf(task) },
  );
  setHandler(
    messages.removeTablesUpdate,
    (tables) => {
      task.note('operator', `remove ${tables.join(', ')}`);
      remove(task, known(task, tables));
    },
    {
      validator: (tables: readonly string[]) => {
        mustNotBeCopied(task, tables);
        mayRemove(task, tables);
      },
    },
  );
  setHandler(
    messages.resyncTableUpdate,
    (table) => {
      task.note('operator', `resync ${table}`);
      resync(task, table);
    },
    { validator: (table: string) => void mayResync(task, table) },
  );
  setHandler(messages.releaseTableUpdate, (table, choice) => release(task, table, choice), {
    validator: (table: string, choice: string) => {
      mayRelease(task, table, choice);
    },
  });
}

/** Held for a copy that is not published yet: a child may be at it. */
function isCopied(task: TaskRun, table: string): boolean {
  const held = tailOf(task).position.held[table];
  return held?.reason === 'copying' && !held.catchingUp;
}

/**
 * A copy goes on when its table is removed, and a table that comes back meanwhile would take it for its own. Asked by validators
 * only: what an earlier release accepted is replayed as it was.
 */
function mustNotBeCopied(task: TaskRun, tables: readonly string[]): void {
  const copied = tables.filter((table) => isCopied(task, table));
  if (copied.length === 0) return;
  throw refuse(
    `${copied.join(', ')}: not removed while being copied. The copy would go on, and a table that is added again ` +
      'meanwhile would take it for its own and lack changes. Wait until it is copied (`redoflow status` shows it; ' +
      'a copy that failed goes on by `redoflow recover`), then remove it.',
  );
}

function mayRemove(task: TaskRun, tables: readonly string[]): void {
  const leaving = new Set(known(task, tables));
  if (leaving.size === tailOf(task).tables.length)
    throw refuse('A task has one table at least. To end it: `redoflow stop`.');
}

function remove(task: TaskRun, tables: readonly TableName[]): void {
  task.entries = entriesWithout(task.entries, tables);
  ask(task, ...tables.map((table): TableRequest => ({ do: 'remove', table })));
}

function mayResync(task: TaskRun, table: string): TableName | undefined {
  const [name] = known(task, [table]);
  const held = name === undefined ? undefined : tailOf(task).position.held[name];
  if (held?.reason === 'copying') throw refuse(`${table} is being copied already.`);
  return name;
}

function resync(task: TaskRun, table: string): void {
  const name = mayResync(task, table);
  if (name === undefined) return;
  ask(task, { do: 'resync', table: name, setAside: setAsideSuffix() });
}

/** `20261122_171500`: the workflow's own clock. */
export const setAsideSuffix = (): string =>
  new Date(Date.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');

function mayRelease(task: TaskRun, table: string, choice: string): void {
  const [name] = known(task, [table]);
  const problem = name === undefined ? undefined : releaseProblem(tailOf(task), name, choice);
  if (problem !== undefined) throw refuse(problem);
}

async function release(task: TaskRun, table: string, choice: string): Promise<void> {
  mayRelease(task, table, choice);
  const tail = tailOf(task);
  const plan = tail.tables.find((candidate) => candidate.table === table);
  const held = tail.position.held[table];
  if (!plan || !held) return;
  task.note('operator', `release ${table}: ${choice}`);
  if (choice === 'resync') {
    resync(task, table);
    return;
  }
  if (choice === 'remove') {
    mayRemove(task, [table]);
    remove(task, [plan.table]);
    return;
  }
  const input = { endpoints: task.endpoints, plan, rules: planRules(task.spec), scn: held.fromScn, own: task.own };
  const answer = await call('followTable', input, { summary: `${table}: its present form` });
  if ('refused' in answer) {
    const others = choicesOf(held.reason).filter((other) => other === 'resync' || other === 'remove');
    throw refuse(`${answer.refused} Choose one of ${others.join(', ')}.`);
  }
  if (choice === 'acceptGap') {
    task.note('operator', `${table}: changes from SCN ${held.fromScn} on are given up (acceptGap)`);
    ask(task, { do: 'accept-gap', plan: answer.plan, heldFrom: held.fromScn });
  } else ask(task, { do: 'continue', plan: answer.plan, heldFrom: held.fromScn });
}
