#!/usr/bin/env node
/** The command tree, one line per command. Exit codes: 0 done, 1 run time, 2 bad input, 3 precheck failed. */
import { Command, CommanderError } from 'commander';
import { check, CHECK_HELP } from './check.ts';
import { connect } from './connect.ts';
import { deleteTask } from './delete.ts';
import { RedoflowClient } from './index.ts';
import { init } from './init.ts';
import { list } from './list.ts';
import { pause } from './pause.ts';
import { position } from './position.ts';
import { precheck } from './precheck.ts';
import { readTask } from './read-task.ts';
import { recover } from './recover.ts';
import { Refusal, sentenceOf } from './refusal.ts';
import { resume } from './resume.ts';
import { printRequest, start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { watch } from './watch.ts';

interface Flags {
  readonly detach?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly unhealthy?: boolean;
  readonly yes?: boolean;
  readonly ignore?: readonly string[];
}

const program = new Command('redoflow')
  .description('Keeps MaxCompute tables in step with Oracle tables.')
  .exitOverride();

const detach = ['--detach', 'return once the task is started'] as const;
const print = ['--print', 'only print the start request'] as const;
const json = ['--json', 'as JSON'] as const;
const wait = ['--wait', 'return once it is in effect'] as const;
const unhealthy = [
  '--unhealthy',
  'only those that need somebody: failed, retrying, precheck failed, paused, no worker',
] as const;
const yes = ['--yes', 'really do it'] as const;
const ignore = ['--ignore <id...>', 'alerts to ignore from now on'] as const;

// prettier-ignore
{
  add('init [directory]', 'write a commented task.yaml and connections.yaml', [], async (directory) => { init(directory || '.'); });
  add('check <file>', CHECK_HELP, [], async (file) => { check(file, readTask(file)); });
  add('start <file>', 'start a task and wait for its precheck', [detach, print], startFile);
  add('list', 'all tasks', [unhealthy, json], (_, flags) => withRedoflow((redoflow) => list(redoflow, flags)));
  add('status <name>', 'how a task is', [json], (name, { json }) => withRedoflow((redoflow) => status(redoflow, name, json === true)));
  add('position <name>', 'how far a task is: SCN, next record_id, latency', [json], (name, { json }) => withRedoflow((redoflow) => position(redoflow, name, json === true)));
  add('watch <name>', 'how a task goes on', [], (name) => withRedoflow((redoflow) => watch(redoflow, name)));
  add('pause <name>', 'pause a task', [wait], (name, { wait }) => withRedoflow((redoflow) => pause(redoflow, name, wait === true)));
  add('resume <name>', 'let a paused task go on', [wait], (name, { wait }) => withRedoflow((redoflow) => resume(redoflow, name, wait === true)));
  add('stop <name>', 'end a task at a safe point', [wait], (name, { wait }) => withRedoflow((redoflow) => stop(redoflow, name, wait === true)));
  add('recover <name>', 'let a failed task try again from its kept position', [], (name) => withRedoflow((redoflow) => recover(redoflow, name)));
  add('delete <name>', 'let Temporal forget an ended task; tables stay as they are', [yes], (name, { yes }) => withRedoflow((redoflow) => deleteTask(redoflow, name, yes === true)));
  add('precheck <name>', 'check again', [ignore], (name, { ignore }) => withRedoflow((redoflow) => precheck(redoflow, name, ignore ?? [])));
}

type Run = (argument: string, flags: Flags) => Promise<void>;

function add(usage: string, description: string, flags: readonly (readonly [string, string])[], run: Run): void {
  const [summary = ''] = description.split('\n');
  const added = program.command(usage).summary(summary).description(description);
  for (const [flag, meaning] of flags) added.option(flag, meaning);
  added.action(() => run(added.args[0] ?? '', added.opts<Flags>()));
}

async function startFile(file: string, flags: Flags): Promise<void> {
  const task = readTask(file);
  if (flags.print === true) printRequest(task);
  else await withRedoflow((redoflow) => start(redoflow, task, flags.detach === true));
}

async function withRedoflow(run: (redoflow: RedoflowClient) => Promise<void>): Promise<void> {
  const client = await connect(process.env, process.cwd());
  try {
    await run(new RedoflowClient(client));
  } finally {
    await client.connection.close();
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it already
  console.error(sentenceOf(error));
  return error instanceof Refusal ? error.exitCode : 1;
}

// `redoflow list | head`: the reader is gone, there is nobody to tell
process.stdout.on('error', () => process.exit(0));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
