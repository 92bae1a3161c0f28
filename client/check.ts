/** `redoflow check FILE`: what can be said about a task without its worker. */
import { destinationNames } from '../model/names.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { command, paint, table } from './format.ts';
import type { ReadTask } from './read-task.ts';

export const CHECK_HELP = `every error of a task file, without asking anybody
Reads only this file: its keys and their limits, the names of tables at the destination, and conflicts between them.
It does not ask Temporal, a worker, Oracle or MaxCompute, so it cannot know whether the connections exist, the grants and
redo settings suffice, the columns can be synchronized, or destination tables exist already. The worker checks these
first of all when the task starts (\`start\`; without effect on either side until it has passed).`;

/** Shorter waits would give a task up during an ordinary restart of a database. */
const CONNECTION_MINUTES_RECOMMENDED = 30;

/** @param file as the person named it @param task as readTask gives it, which refuses a wrong file with every error */
export function check(file: string, { spec }: ReadTask): void {
  console.log(checkText(file, spec));
}

export function checkText(file: string, spec: TaskSpec): string {
  const { name, source, destination, taskQueue, tables, naming, synchronize } = spec;
  const rows = tables.map((entry) => {
    const { base, log } = destinationNames(entry.table, entry.as, naming);
    return [entry.table, base, ...(synchronize.includes('incremental') ? [log] : [])];
  });
  const shown = file === '-' ? 'standard input' : file;
  return [
    `${paint('green', '✓')} ${shown}: task ${name}, ${source} → ${destination}, task queue ${taskQueue}, ${synchronize.join(', ')}`,
    '',
    table(['table', 'copy', ...(synchronize.includes('incremental') ? ['changes'] : [])], rows),
    ...warnings(spec).map((warning) => `\n${paint('yellow', 'warning')} ${warning}`),
    '',
    `Only the file was checked. The worker checks both sides first: \`${command(`start ${file}`)}\`.`,
  ].join('\n');
}

function warnings({ retry: { failedConnectionsMinutes } }: TaskSpec): readonly string[] {
  if (failedConnectionsMinutes >= CONNECTION_MINUTES_RECOMMENDED) return [];
  return [
    `retry.failedConnectionsMinutes is ${failedConnectionsMinutes}; at least ${CONNECTION_MINUTES_RECOMMENDED} is recommended, so that a restart of either side is waited out.`,
  ];
}
