/** `redoflow connections [test NAME] [--json]`: what the workers have registered, and whether it answers. */
import type { ConnectionTest, RegisteredConnection } from '../model/check-task.ts';
import { command, count, paint, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';

/** @param words none, or `test` and the name of a connection */
export async function connections(
  redoflow: RedoflowClient,
  words: readonly string[],
  { json, taskQueue }: { readonly json: boolean; readonly taskQueue: string },
): Promise<void> {
  const [action, name, ...more] = words;
  if (action !== undefined && (action !== 'test' || name === undefined || more.length > 0)) {
    throw new Refusal(`Write \`${command('connections')}\` or \`${command('connections test NAME')}\`.`, 2);
  }
  await redoflow.mustBePolled(taskQueue);
  if (name === undefined) {
    const registered = await redoflow.ask(taskQueue, { want: 'connections' });
    console.log(json ? JSON.stringify(registered, null, 2) : registeredText(registered));
    return;
  }
  const test = await redoflow.ask(taskQueue, { want: 'test-connection', name });
  if (json) console.log(JSON.stringify(test, null, 2));
  else if (test.answers) console.log(testText(test));
  if (!test.answers) throw new Refusal(testText(test));
}

const registeredText = (registered: readonly RegisteredConnection[]): string =>
  registered.length === 0
    ? 'The worker has no connections.'
    : table(
        ['name', 'kind', 'address'],
        registered.map(({ name, kind, address }) => [name, kind, address]),
      );

export function testText(test: ConnectionTest): string {
  const { name, kind, address } = test;
  if (!test.answers) return `${paint('red', '✗')} ${name} (${kind}, ${address}): ${test.message}\n${remedyOf(test)}`;
  const version = test.version === undefined ? '' : `, version ${test.version}`;
  const note = test.note === undefined ? '' : `\n${paint('yellow', 'warning')} ${test.note}`;
  return `${paint('green', '✓')} ${name} (${kind}, ${address}) answers in ${count(test.milliseconds)} ms${version}${note}`;
}

/** What a task would do about it (wait, try again) does not help here: somebody stands before the terminal. */
function remedyOf({ kindOfFailure, remedy }: Extract<ConnectionTest, { answers: false }>): string {
  const restart = 'The worker reads connections.yaml and its variables when it starts: restart it after a change.';
  switch (kindOfFailure) {
    case 'source-unreachable':
    case 'sink-unreachable':
      return `Check the address, and the network between the worker and it. ${restart}`;
    case 'source-login-refused':
      return `Check user and password. ${restart}`;
    case 'sink-login-refused':
    case 'sink-privilege-missing':
      return `Check the access key, and its permissions in the project. ${restart}`;
    default:
      return remedy;
  }
}
