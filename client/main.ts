#!/usr/bin/env node
/** The command tree, one line per command. Exit codes: 0 done, 1 run time, 2 bad input, 3 precheck failed. */
import type { Client } from '@temporalio/client';
import { Command, CommanderError } from 'commander';
import { parseSettings } from '../model/settings.ts';
import { apply, APPLY_HELP } from './apply.ts';
import { asOf, AS_OF_HELP } from './as-of.ts';
import { check, CHECK_HELP, checkSides, type SidesVerdict } from './check.ts';
import { connect, NoTemporal } from './connect.ts';
import { connections } from './connections.ts';
import { deleteTask } from './delete.ts';
import { exportTask, EXPORT_HELP } from './export.ts';
import { grants } from './grants.ts';
import { RedoflowClient } from './index.ts';
import { init } from './init.ts';
import { list } from './list.ts';
import { mergeSql, MERGE_HELP } from './merge-sql.ts';
import { pause } from './pause.ts';
import { plan } from './plan.ts';
import { position } from './position.ts';
import { precheck } from './precheck.ts';
import { readTask, type ReadTask } from './read-task.ts';
import { recover, RECOVER_HELP } from './recover.ts';
import { badInput, Refusal, sentenceOf } from './refusal.ts';
import { resume } from './resume.ts';
import { set, SET_HELP } from './set.ts';
import { printRequest, start, withPosition } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { tables } from './tables.ts';
import { verify, VERIFY_HELP } from './verify.ts';
import { watch } from './watch.ts';

interface Flags {
  readonly detach?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly unhealthy?: boolean;
  readonly yes?: boolean;
  readonly local?: boolean;
  readonly ignore?: readonly string[];
  readonly position?: string;
  readonly confirm?: string;
  readonly acceptGap?: boolean;
  readonly resyncAll?: boolean;
  readonly repair?: boolean;
  readonly rowsPerSecond?: string;
  readonly at?: string;
  readonly into?: string;
  readonly dryRun?: boolean;
}

const program = new Command('redoflow')
  .description('Keeps MaxCompute tables in step with Oracle tables.')
  .exitOverride();

const detach = ['--detach', 'return once the task is started'] as const;
const print = ['--print', 'only print the start request'] as const;
const place = [
  '--position <where>',
  'saved: go on from the position kept at the destination; scn:NUMBER or time:YYYY-MM-DDTHH:MM:SSZ: changes from there on',
] as const;
const json = ['--json', 'as JSON'] as const;
const wait = ['--wait', 'return once it is in effect'] as const;
const unhealthy = [
  '--unhealthy',
  'only those that need somebody: failed, retrying, precheck failed, paused, no worker',
] as const;
const yes = ['--yes', 'really do it'] as const;
const local = ['--local', 'only the file, without asking a worker'] as const;
const confirm = ['--confirm <table>', 'the name of the table whose changes are given up'] as const;
const acceptGap = ['--accept-gap', 'redo is gone for good: give up the changes in it'] as const;
const resyncAll = ['--resync-all', 'redo is gone for good: copy every table anew'] as const;
const confirmTask = ['--confirm <name>', 'the name of the task, typed again, for either of these'] as const;
const repair = ['--repair', 'copy tables that differ anew, and compare them again'] as const;
const rate = ['--rows-per-second <n>', 'read no more rows of Oracle in a second'] as const;
const at = ['--at <time>', 'the beginning of a second, e.g. 2026-11-22T17:15:00Z'] as const;
const into = ['--into <table>', 'the name of the table that is written'] as const;
const dryRun = ['--dry-run', 'only list what differs'] as const;
const ignore = ['--ignore <id...>', 'alerts to ignore from now on'] as const;

// prettier-ignore
{
  add('init [directory]', 'write a commented task.yaml and connections.yaml', [], async (directory) => { init(directory || '.'); });
  add('check <file>', CHECK_HELP, [local, json], checkTaskFile);
  add('plan <file>', 'what would become of every table and column', [json], (file, { json }) => withTask(file, (redoflow, task) => plan(redoflow, task, json === true)));
  add('grants <file>', 'the GRANT and ALTER statements that the source needs, ready to paste', [json], (file, { json }) => withTask(file, (redoflow, task) => grants(redoflow, task, json === true)));
  add('connections [test] [name]', 'the connections that workers have; `test NAME` logs in', [json], (_, { json }, words) => withRedoflow((redoflow) => connections(redoflow, words, { json: json === true, taskQueue: workerQueue() })));
  add('start <file>', 'start a task and wait for its precheck', [detach, print, place], startFile);
  add('list', 'all tasks', [unhealthy, json], (_, flags) => withRedoflow((redoflow) => list(redoflow, flags)));
  add('status <name>', 'how a task is', [json], (name, { json }) => withRedoflow((redoflow) => status(redoflow, name, json === true)));
  add('position <name>', 'how far a task is: SCN, next record_id, latency; and what is kept at the destination', [json], (name, { json }) => withRedoflow((redoflow) => position(redoflow, name, json === true)));
  add('watch <name>', 'how a task goes on', [], (name) => withRedoflow((redoflow) => watch(redoflow, name)));
  add('pause <name>', 'pause a task', [wait], (name, { wait }) => withRedoflow((redoflow) => pause(redoflow, name, wait === true)));
  add('resume <name>', 'let a paused task go on', [wait], (name, { wait }) => withRedoflow((redoflow) => resume(redoflow, name, wait === true)));
  add('stop <name>', 'end a task at a safe point', [wait], (name, { wait }) => withRedoflow((redoflow) => stop(redoflow, name, wait === true)));
  add('recover <name>', RECOVER_HELP, [acceptGap, resyncAll, confirmTask], (name, flags) => withRedoflow((redoflow) => recover(redoflow, name, flags)));
  add('delete <name>', 'let Temporal forget an ended task; tables stay as they are', [yes], (name, { yes }) => withRedoflow((redoflow) => deleteTask(redoflow, name, yes === true)));
  add('tables <name> [action] [words...]', 'tables of a running task: add, remove, resync, release', [confirm], (name, { confirm }, words) => withRedoflow((redoflow) => tables(redoflow, name, words.slice(1), confirm)));
  add('set <name> <settings...>', SET_HELP, [], (name, _flags, words) => withRedoflow((redoflow) => set(redoflow, name, words.slice(1))));
  add('export <name>', EXPORT_HELP, [], (name) => withRedoflow((redoflow) => exportTask(redoflow, name)));
  add('apply <file>', APPLY_HELP, [dryRun], (file, { dryRun }) => withTask(file, (redoflow, task) => apply(redoflow, task, dryRun === true)));
  add('verify <name> [table]', VERIFY_HELP, [json, repair, rate], (name, { json, repair, rowsPerSecond }, words) => withBoth((redoflow, client) => verify(client, redoflow, [name, words[1]], { json: json === true, repair: repair === true, ...(rowsPerSecond !== undefined && { rowsPerSecond }) })));
  add('merge-sql <name> <table>', MERGE_HELP, [at], (name, { at }, words) => withBoth((_, client) => mergeSql(client, name, words[1] ?? '', at)));
  add('as-of <name> <table>', AS_OF_HELP, [at, into], (name, flags, words) => withBoth((_, client) => asOf(client, name, words[1] ?? '', flags)));
  add('precheck <name>', 'check again', [ignore], (name, { ignore }) => withRedoflow((redoflow) => precheck(redoflow, name, ignore ?? [])));
}

type Run = (argument: string, flags: Flags, words: readonly string[]) => Promise<void>;

function add(usage: string, description: string, flags: readonly (readonly [string, string])[], run: Run): void {
  const [summary = ''] = description.split('\n');
  const added = program.command(usage).summary(summary).description(description);
  for (const [flag, meaning] of flags) added.option(flag, meaning);
  added.action(() => run(added.args[0] ?? '', added.opts<Flags>(), added.args));
}

async function startFile(file: string, flags: Flags): Promise<void> {
  const task = withPosition(readTask(file), flags.position);
  if (flags.print === true) printRequest(task);
  else await withRedoflow((redoflow) => start(redoflow, task, flags.detach === true));
}

async function checkTaskFile(file: string, { json, local }: Flags): Promise<void> {
  const task = readTask(file);
  const askSides = async (): Promise<SidesVerdict> => {
    let verdict: SidesVerdict = { notAsked: '' };
    try {
      await withRedoflow(async (redoflow) => {
        verdict = await checkSides(redoflow, task);
      });
    } catch (error) {
      if (!(error instanceof NoTemporal)) throw error;
      verdict = { notAsked: error.message };
    }
    return verdict;
  };
  await check(file, task, { json: json === true, local: local === true }, askSides);
}

/** The file is read first: a wrong one needs no Temporal to be told. */
async function withTask(file: string, run: (redoflow: RedoflowClient, task: ReadTask) => Promise<void>): Promise<void> {
  const task = readTask(file);
  await withRedoflow((redoflow) => run(redoflow, task));
}

/** The queue whose workers are asked where no task names one. */
function workerQueue(): string {
  const parsed = parseSettings(process.env);
  if (!parsed.ok) throw badInput('environment', parsed.errors);
  return parsed.settings.taskQueue;
}

const withRedoflow = (run: (redoflow: RedoflowClient) => Promise<void>): Promise<void> => withBoth(run);

async function withBoth(run: (redoflow: RedoflowClient, client: Client) => Promise<void>): Promise<void> {
  const client = await connect(process.env, process.cwd());
  try {
    await run(new RedoflowClient(client), client);
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
