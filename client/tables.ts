/** `redoflow tables NAME [add|remove|resync|release …]`: single tables of a running task; without an action, how each stands. */
import { releaseChoices } from '../model/held-table.ts';
import { parseTableName, tableName } from '../model/table.ts';
import type { TableProgress } from '../model/progress.ts';
import { command, paint, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';

const BAD_INPUT = 2;
const USAGE = [
  'redoflow tables NAME                                how each table stands, and what can be chosen for held ones',
  'redoflow tables NAME add OWNER.TABLE [more]         patterns such as HR.* too',
  'redoflow tables NAME remove OWNER.TABLE [more]      its destination tables stay',
  'redoflow tables NAME resync OWNER.TABLE             set the old pair aside, and copy it anew',
  `redoflow tables NAME release OWNER.TABLE ${releaseChoices.join('|')} [--confirm OWNER.TABLE]`,
].join('\n');

/** @param words after the task's name */
export async function tables(
  redoflow: RedoflowClient,
  task: string,
  words: readonly string[],
  confirm: string | undefined,
): Promise<void> {
  const [action, ...rest] = words;
  const named = rest[0];
  if (action === undefined) return show(redoflow, task);
  if (named === undefined) throw new Refusal(USAGE, BAD_INPUT);
  if (action === 'add') {
    const added = await redoflow.addTables(
      task,
      rest.map((name) => ({ table: name })),
    );
    console.log(`${task}: ${added.join(', ')} will be copied and then followed; nothing else waits for it`);
  } else if (action === 'remove') {
    await redoflow.removeTables(task, rest.map(canonical));
    console.log(`${task}: goes on without ${rest.map(canonical).join(', ')}; what is at the destination stays`);
  } else if (action === 'resync') {
    await redoflow.resyncTable(task, canonical(named));
    console.log(`${task}: ${canonical(named)} will be copied anew; its old tables are kept under another name`);
  } else if (action === 'release') await release(redoflow, task, rest, confirm);
  else throw new Refusal(USAGE, BAD_INPUT);
}

async function release(
  redoflow: RedoflowClient,
  task: string,
  [written = '', choice = '']: readonly string[],
  confirm: string | undefined,
): Promise<void> {
  const name = canonical(written);
  if (!releaseChoices.some((known) => known === choice))
    throw new Refusal(`Choose one of ${releaseChoices.join(', ')}.\n${USAGE}`, BAD_INPUT);
  if (choice === 'acceptGap' && (confirm === undefined || canonical(confirm) !== name))
    throw new Refusal(
      `acceptGap gives up changes of ${name} for good. To really do it, type its name: --confirm ${name}`,
      BAD_INPUT,
    );
  await redoflow.releaseTable(task, name, choice);
  console.log(`${task}: ${name}: ${choice}`);
}

/** @throws Refusal when it is not OWNER.TABLE */
function canonical(written: string): string {
  const parts = parseTableName(written);
  if (parts) return tableName(parts);
  throw new Refusal(`${written} is not a table's name. Write OWNER.TABLE, e.g. HR.EMPLOYEES.`, BAD_INPUT);
}

async function show(redoflow: RedoflowClient, task: string): Promise<void> {
  const status = await redoflow.status(task);
  const rows = status.tables.map(({ table: name, base, log, state }) => [name, state, base, log]);
  console.log([table(['table', 'state', 'base', 'log'], rows), ...heldLines(task, status.tables)].join('\n'));
}

/** What is held, why, and the commands that let it go on. */
export function heldLines(task: string, all: readonly TableProgress[]): readonly string[] {
  return all.flatMap(({ table: name, held }) => {
    if (!held) return [];
    const first = `${name} is held since SCN ${held.fromScn}: ${held.text}`;
    if (held.catchingUp) return ['', paint('yellow', first), '  released: it catches up, and then joins the others'];
    const commands = held.choices.map((choice) => {
      const confirm = choice === 'acceptGap' ? ` --confirm '${name}'` : '';
      return `  ${command(`tables ${task} release '${name}' ${choice}${confirm}`)}`;
    });
    return ['', paint('yellow', first), `  ${held.sentence}`, ...commands];
  });
}
