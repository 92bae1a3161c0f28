/** The old `_base` and `_log` of a table are set aside under another name, nothing is dropped, and a new pair is made for it as it is now. */
import type { Followed, RenewInput } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { lobInLogProblems } from '../model/large-columns.ts';
import { columnsHash, planColumns, plannedTable } from '../model/planned-table.ts';
import { tableParts } from '../model/table.ts';
import { createPair } from './create-tables.ts';
import { keepColumns } from './kept-columns.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink } from './ports.ts';

export const renewTables = (deps: Dependencies) =>
  async function renewTables(input: RenewInput): Promise<Followed> {
    const { endpoints, plan, rules, suffix, own } = input;
    const source = deps.source(endpoints.source);
    const { owner } = tableParts(plan.table);
    if (!(await source.listTables([owner])).includes(plan.table))
      return { refused: `${plan.table} does not exist at the source.` };
    const [description] = await source.describe([plan.table]);
    if (!description) return { refused: `${plan.table} does not exist at the source.` };
    const { columns, problems: ofColumns } = planColumns(description, plan.columnRules, rules);
    const problems = [...ofColumns, ...lobInLogProblems(description, columns, plan.lobInLog)];
    if (problems.length > 0) return { refused: `${plan.table}: ${problems.join('; ')}.` };
    const sink = deps.sink(endpoints.destination);
    const { run } = deps.attempt();
    for (const name of [plan.log, plan.base]) {
      await mustOwn(own, run);
      await setAside(sink, name, suffix);
    }
    const { since: _since, ...rest } = plan;
    const renewed = { ...rest, columnsHash: columnsHash(columns), keyed: description.key.kind !== 'none' };
    await mustOwn(own, run);
    const pair = plannedTable(renewed, rules, description);
    if (!pair) throw new Failure('bug', `${plan.table}: its plan does not describe it`);
    await createPair(sink, pair, own);
    await keepColumns(sink, own.taskWorkflowId, renewed.columnsHash, description);
    return { plan: renewed };
  };

/** Looks first: an attempt of before may have done it. */
async function setAside(sink: Sink, name: string, suffix: string): Promise<void> {
  const aside = `${name}_${suffix}`;
  if (await sink.findTable(aside)) return;
  if (await sink.findTable(name)) await sink.renameTable(name, aside);
}
