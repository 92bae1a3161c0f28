/** A table whose columns changed while it was followed: the destination gets what it lacks, or the reason why it cannot. */
import type { Followed, FollowInput } from '../model/activities.ts';
import type { AddedColumn } from '../model/change.ts';
import { columnsHash, planColumns, type PlannedColumn } from '../model/planned-table.ts';
import { compareScn } from '../model/scn.ts';
import { withSince } from '../model/tail-tables.ts';
import { tableParts, type TableDescription } from '../model/table.ts';
import { keepColumns } from './kept-columns.ts';
import { lackingColumns } from './lacking-columns.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies } from './ports.ts';

/** `_log` and `_base` get the same columns, behind those that they have. Doing it twice adds nothing. */
export const followTable = (deps: Dependencies) =>
  async function followTable(input: FollowInput): Promise<Followed> {
    const { endpoints, plan, rules, scn, added, own } = input;
    const present = await presentForm(deps, input);
    if ('refused' in present) return present;
    const { columns, problems } = planColumns(present.description, plan.columnRules, rules);
    if (problems.length > 0) return { refused: `${plan.table}: ${problems.join('; ')}.` };
    const hash = columnsHash(columns);
    // `_base` was read without the column, at an SCN where rows had values in it.
    if (added && hash !== plan.columnsHash && compareScn(scn, plan.emitAfter) <= 0)
      return {
        refused: `${plan.table}: columns were added at SCN ${scn}, before its copy as of SCN ${plan.emitAfter}, which lacks them.`,
        reason: 'copy-lacks-columns',
      };
    const sink = deps.sink(endpoints.destination);
    const wanted = columns.map(({ sink: column }) => column);
    for (const name of [plan.log, plan.base]) {
      const lacks = await lackingColumns(sink, name, wanted);
      if ('refused' in lacks) return lacks;
      if (lacks.columns.length === 0) continue;
      await mustOwn(own, deps.attempt().run);
      await sink.addColumns(name, lacks.columns);
    }
    const renewed = { ...plan, columnsHash: hash, keyed: present.description.key.kind !== 'none' };
    await keepColumns(sink, own.taskWorkflowId, renewed.columnsHash, present.description);
    return { plan: withSince(renewed, sinceOf(columns, added ?? [], scn)) };
  };

const sinceOf = (
  columns: readonly PlannedColumn[],
  added: readonly AddedColumn[],
  scn: FollowInput['scn'],
): readonly { readonly name: string; readonly scn: FollowInput['scn']; readonly constant?: string }[] =>
  added
    .filter(({ name }) => columns.some(({ source }) => source === name))
    .map(({ name, default: value }) => ({
      name,
      scn,
      ...(typeof value === 'object' && { constant: value.constant }),
    }));

type Form = { readonly description: TableDescription } | { readonly refused: string };

/** The table as it is now; or, of columns that were just added, as it was after those: later ones have an SCN of their own. */
async function presentForm(deps: Dependencies, { endpoints, plan, added, scn }: FollowInput): Promise<Form> {
  const source = deps.source(endpoints.source);
  const [name] = await source
    .listTables([tableParts(plan.table).owner])
    .then((all) => all.filter((one) => one === plan.table));
  const [description] = name === undefined ? [] : await source.describe([plan.table]);
  if (!description) return { refused: `${plan.table} does not exist any more.` };
  if (description.unsupported !== undefined) return { refused: `${plan.table}: ${description.unsupported}.` };
  if (!added) return { description };
  const expression = added.find((column) => column.default === 'expression');
  if (expression)
    return {
      refused: `${plan.table}: the default of ${expression.name} is no constant, so the values of rows of before are not known.`,
    };
  const names = new Set(added.map((column) => column.name));
  const last = Math.max(...description.columns.map((column, index) => (names.has(column.name) ? index : -1)));
  const present = description.columns.filter((column) => names.has(column.name)).length;
  if (present < names.size)
    return { refused: `${plan.table}: a column that was added at SCN ${scn} is not there any more.` };
  return { description: { ...description, columns: description.columns.slice(0, last + 1) } };
}
