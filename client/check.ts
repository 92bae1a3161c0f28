/** `redoflow check FILE [--local] [--json]`: what can be said about a task before it is started. */
import { destinationNames, type DestinationNames } from '../model/names.ts';
import type { PrecheckReport } from '../model/precheck-items.ts';
import { parseTableName, tableName } from '../model/table.ts';
import { patternParts } from '../model/table-pattern.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { paint, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { noWorkerText } from './task-view.ts';
import { precheckText } from './precheck.ts';
import type { ReadTask } from './read-task.ts';
import { Refusal } from './refusal.ts';

export const CHECK_HELP = `every error of a task: first of its file, then of both sides
The file is read here: its keys and their limits, the names of tables at the destination, conflicts between them.
Then a worker makes the precheck that a start would begin with, and changes nothing: connections, grants and redo
settings, columns, destination tables that exist already. Where no worker or no Temporal is there, one sentence says so.
With --local only the file is read. Exit code 2: the file is wrong; 3: the precheck would fail.`;

/** Shorter waits would give a task up during an ordinary restart of a database. */
const CONNECTION_MINUTES_RECOMMENDED = 30;

export interface CheckFlags {
  readonly json: boolean;
  readonly local: boolean;
}

/** What came of asking: a report, or why nobody was asked. */
export type SidesVerdict = PrecheckReport | { readonly notAsked: string };

/**
 * Prints the file's verdict at once, then the worker's.
 * @param file as the person named it
 * @param task as readTask gives it, which refuses a wrong file with every error
 * @param askSides connects to Temporal and gives {@link checkSides}; a Refusal of it is the reason why nobody was asked
 * @throws Refusal with exit 3 when a start would not pass its precheck.
 */
export async function check(
  file: string,
  { spec }: ReadTask,
  { json, local }: CheckFlags,
  askSides: () => Promise<SidesVerdict>,
): Promise<void> {
  if (!json) console.log(checkText(file, spec));
  const verdict = local ? { notAsked: 'as --local asks' } : await askSides();
  if (json) console.log(JSON.stringify(checkJson(file, spec, verdict), null, 2));
  else if ('passed' in verdict) console.log(`\n${precheckText(verdict)}`);
  else console.log(`\nOnly the file was checked: ${verdict.notAsked.replace(/\.?$/, '.')}`);
  if ('passed' in verdict && !verdict.passed) throw new Refusal('A start would fail its precheck as things are.', 3);
}

/** The precheck that a start would begin with, made by a worker. */
export async function checkSides(redoflow: RedoflowClient, { written, spec }: ReadTask): Promise<SidesVerdict> {
  if (!(await redoflow.isPolled(spec.taskQueue))) return { notAsked: noWorkerText(spec.taskQueue) };
  const chainId = await redoflow.chainIdOf(spec.name);
  return await redoflow.ask(spec.taskQueue, { want: 'check', written, ...(chainId !== undefined && { chainId }) });
}

const checkJson = (file: string, spec: TaskSpec, verdict: SidesVerdict) => ({
  file,
  task: spec.name,
  tables: spec.tables.map((entry) => ({ table: entry.table, ...namesOf(entry, spec.naming) })),
  warnings: warnings(spec),
  ...('passed' in verdict ? { precheck: verdict } : verdict),
});

export function checkText(file: string, spec: TaskSpec): string {
  const { name, source, destination, taskQueue, tables, naming, synchronize } = spec;
  const rows = tables.map((entry) => {
    const { base, log } = namesOf(entry, naming);
    return [entry.table, base, ...(synchronize.includes('incremental') ? [log] : [])];
  });
  const shown = file === '-' ? 'standard input' : file;
  return [
    `${paint('green', '✓')} ${shown}: task ${name}, ${source} → ${destination}, task queue ${taskQueue}, ${synchronize.join(', ')}`,
    '',
    table(['table', 'copy', ...(synchronize.includes('incremental') ? ['changes'] : [])], rows),
    ...warnings(spec).map((warning) => `\n${paint('yellow', 'warning')} ${warning}`),
  ].join('\n');
}

/** Only the source knows which tables match a pattern: `plan` asks it. */
function namesOf({ table: written, as }: TaskSpec['tables'][number], naming: TaskSpec['naming']): DestinationNames {
  const parts = parseTableName(written);
  if (patternParts(written) || !parts) return { base: '*_base', log: '*_log' };
  return destinationNames(tableName(parts), as, naming);
}

function warnings({ retry: { failedConnectionsMinutes } }: TaskSpec): readonly string[] {
  if (failedConnectionsMinutes >= CONNECTION_MINUTES_RECOMMENDED) return [];
  return [
    `retry.failedConnectionsMinutes is ${failedConnectionsMinutes}; at least ${CONNECTION_MINUTES_RECOMMENDED} is recommended, so that a restart of either side is waited out.`,
  ];
}
