/** Prints docs/operations.md from the closed list of failures: `npm run -s docs`. */
import { treatments, type Remedy } from '../model/failure.ts';
import { parseTaskSpec } from '../model/task-spec.ts';

const example = parseTaskSpec({ name: 'a', source: 's', destination: 'd', tables: [{ table: 'HR.EMPLOYEES' }] });
if (!example.ok) throw new Error('The shortest task is not valid any more; write the new required keys here.');
const { failedConnectionsMinutes, otherIssuesMinutes } = example.spec.retry;

const connections = `\`retry.failedConnectionsMinutes\` (${failedConnectionsMinutes} min unless set)`;
const others = `\`retry.otherIssuesMinutes\` (${otherIssuesMinutes} min unless set)`;

interface Class {
  readonly title: string;
  readonly window: string;
  readonly happens: string;
  /** For a person, while the window lasts and after it. */
  readonly doing: string;
}

const classes = {
  'wait-for-connection': {
    title: 'Waits for a connection',
    window: connections,
    happens:
      'The task is Retrying. It goes on by itself as soon as the other side answers; nothing that was written is written again.',
    doing:
      'Bring the other side or the network back. When the window is over, the task is Failed: repair, then `redoflow recover NAME`.',
  },
  retry: {
    title: 'Is tried again for a while',
    window: others,
    happens:
      'The task is Retrying, at most half a minute between two attempts. The same work is prepared again from the same position.',
    doing:
      'Read the message: it names what is missing. Repaired within the window, the task goes on by itself; after it, `redoflow recover NAME`.',
  },
  'restart-copy': {
    title: 'Copies the table again',
    window: `${others}, charged to the copy as a whole`,
    happens:
      'What was copied of this one table is given up, and its copy starts again with a new snapshot. Other tables go on.',
    doing:
      'Nothing, unless it repeats. Then follow the sentence of the failure, and `redoflow recover NAME` if the task is Failed.',
  },
  'open-run': {
    title: 'Reads the destination back first',
    window: 'none: it costs no retry time',
    happens:
      'Before anything else is written, the task waits REDOFLOW_COMMIT_QUIET_SECONDS and reads what is at the destination.',
    doing: 'Nothing. This is how a reset in the Temporal UI goes on without losing or repeating a row.',
  },
  stop: {
    title: 'Stops for a person',
    window: 'none: Failed at once',
    happens:
      'The task is Failed and keeps its position. It waits seven days for `recover`; then the workflow fails, with its position in the failure.',
    doing:
      'Do what the sentence and the message say, then `redoflow recover NAME`. If it cannot be repaired: `redoflow stop NAME` and a new task.',
  },
} as const satisfies Record<Remedy, Class>;

const kindsOf = (remedy: Remedy): string =>
  Object.entries(treatments)
    .filter(([, treatment]) => treatment.remedy === remedy)
    .map(([kind, { sentence }]) => `| \`${kind}\` | ${sentence.replaceAll('|', '\\|')} |`)
    .join('\n');

const sections = Object.entries(classes).map(([remedy, { title, window, happens, doing }]) => {
  return `## ${title}

Remedy \`${remedy}\`. Window: ${window}.

- **What happens**: ${happens}
- **What to do**: ${doing}

| failure | what it means |
| --- | --- |
${kindsOf(remedy as Remedy)}
`;
});

const index = Object.entries(treatments).map(([kind, { remedy }]) => {
  const { title, window } = classes[remedy];
  const link = title.toLowerCase().replaceAll(' ', '-');
  return `| \`${kind}\` | [${title}](#${link}) | ${window} |`;
});

process.stdout.write(`# Operations: every failure and what to do

Printed from \`model/failure.ts\` by \`npm run -s docs\`; do not edit. The list is closed: whatever fails, fails as one of these kinds.

Where a failure is seen: \`redoflow status NAME\` (its unit, message and sentence), the Current Details of the workflow in the Temporal UI, the worker's log, and \`redoflow list --unhealthy\` for all tasks. A message never
holds a value of a row or a secret. In every case the position has not moved past anything that is not at the destination.

A window counts from the first failure of one unit of work (the source, one commit, one chunk). Only a success of that same unit closes it; time in which the task is paused does not count. The last attempt falls at
the end of the window, then the task is Failed and waits for \`redoflow recover NAME\`.

| failure | remedy | window |
| --- | --- | --- |
${index.join('\n')}

${sections.join('\n')}`);
