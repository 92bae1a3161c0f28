/** What is done at the destination for tables that change: columns that were added, pairs of tables made anew. */
import * as tables from '../model/tail-tables.ts';
import { followUnit, renewUnit, type TailStep } from '../model/tail-steps.ts';
import { planRules } from '../model/task-plan.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

export function performTable(task: TaskRun, step: Extract<TailStep, { do: 'follow' | 'renew' }>): void {
  if (step.do === 'follow') follow(task, step.stop);
  else renew(task, step.table);
}

function follow(task: TaskRun, stop: Extract<TailStep, { do: 'follow' }>['stop']): void {
  const plan = task.state.tail?.tables.find(({ table }) => table === stop.table);
  if (!plan) return;
  const rules = planRules(task.spec);
  const { table, scn, added } = stop;
  const input = { endpoints: task.endpoints, plan, rules, scn, ...(added && { added }), own: task.own };
  task.attempt('follow', followUnit(stop), {
    work: () => call('followTable', input, { summary: `${table}: ${added?.map(({ name }) => name).join(', ') ?? ''}` }),
    done: (answer) => {
      task.changeTail((tail) => tables.followed(tail, rules, stop, answer));
      if ('plan' in answer) {
        if (added) task.note('note', `${table}: its new columns are at the destination`);
      } else task.note('hold', `${table} is held at SCN ${stop.scn}: ${answer.refused}`);
    },
  });
}

function renew(task: TaskRun, table: Extract<TailStep, { do: 'renew' }>['table']): void {
  const { tail } = task.state;
  const plan = tail?.tables.find((candidate) => candidate.table === table);
  const suffix = tail?.position.held[table]?.setAside;
  if (!plan || suffix === undefined) return;
  const rules = planRules(task.spec);
  const input = { endpoints: task.endpoints, plan, rules, suffix, own: task.own };
  task.attempt('renew', renewUnit(table), {
    work: () => call('renewTables', input, { summary: `${table}: a new pair` }),
    done: (answer) => {
      task.changeTail((current) => tables.renewed(current, rules, table, answer));
      if ('plan' in answer) task.note('note', `${table}: the old pair is kept as …_${suffix}; it is copied anew`);
      else task.note('hold', `${table} cannot be copied anew: ${answer.refused}`);
    },
  });
}
