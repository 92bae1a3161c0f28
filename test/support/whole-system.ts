/** Everything for an end-to-end test: a Temporal server, the sandbox, the worker and the command line as processes, tasks over tables of their own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { afterAll, beforeAll } from 'vitest';
import { stringify } from 'yaml';
import { RedoflowClient } from '../../client/index.ts';
import { compare, type Comparison, type JournalEntry } from '../../demo/compare.ts';
import { control } from '../../demo/parts.ts';
import { start, type Program } from '../../demo/processes.ts';
import { Warehouse } from '../../demo/warehouse.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { Orders } from './orders.ts';
import { COMMAND_LINE, run, WORKER, type Ended, type Running } from './programs.ts';
import { openDoor, type RecordingDoor } from './recording-door.ts';
import { devServerWorld, type TemporalWorld } from './temporal.ts';

/** Each question costs three processes something: a wait that lasts asks less often. */
const ASK_AFTER_MS = [100, 150, 200, 250, 300];
const ASK_EVERY_MS = 400;

/** What a finished comparison must say. */
export const exact = { lost: 0, duplicated: 0, changed: 0 };

export interface TaskOptions {
  readonly rows?: number;
  readonly flushSeconds?: number;
  /** Names of connections; `hr` and `warehouse` are registered. */
  readonly source?: string;
}

export class WholeSystem implements AsyncDisposable {
  readonly temporal: TemporalWorld;
  readonly sandbox: Sandbox;
  readonly door: RecordingDoor;
  readonly redoflow: RedoflowClient;
  readonly taskQueue: string;
  /** Temporary, and gone afterwards. */
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'redoflow-e2e-'));
  readonly connections = path.join(this.folder, 'connections.yaml');
  private worker: Program | undefined;
  private tasks = 0;

  private constructor(temporal: TemporalWorld, sandbox: Sandbox, door: RecordingDoor) {
    this.temporal = temporal;
    this.sandbox = sandbox;
    this.door = door;
    this.redoflow = new RedoflowClient(temporal.client);
    this.taskQueue = temporal.unique('e2e');
  }

  /** Without a worker; `startWorker` starts the first. */
  static async open(): Promise<WholeSystem> {
    const [temporal, sandbox] = await Promise.all([devServerWorld(), startSandbox({ heartbeatMilliseconds: 100 })]);
    const system = new WholeSystem(temporal, sandbox, await openDoor(sandbox.maxcompute.endpoint));
    writeFileSync(system.connections, stringify({ connections: system.registered() }));
    return system;
  }

  /** MaxCompute is reached through the door; secrets stay in the environment. */
  private registered(): Readonly<Record<string, object>> {
    const { oracle, maxcompute } = this.sandbox;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(oracle.connectString) ?? [];
    const { project, accessKeyId } = maxcompute;
    const { address } = this.door;
    const password = { env: 'E2E_PASSWORD' };
    const endpoint = address + new URL(maxcompute.endpoint).pathname;
    const accessKeySecret = { env: 'E2E_KEY_SECRET' };
    return {
      hr: { type: 'oracle', host, port: Number(port), service, user: oracle.user, password },
      keyless: { type: 'oracle', host, port: Number(port), service, user: 'x', password: { env: 'E2E_NOT_SET' } },
      warehouse: { type: 'maxcompute', endpoint, tunnelEndpoint: address, project, accessKeyId, accessKeySecret },
    };
  }

  get workerLog(): string {
    return path.join(this.folder, 'worker.log');
  }

  /** For a process that is a worker, or a command, of this system. */
  get environment(): Readonly<Record<string, string>> {
    return {
      TEMPORAL_ADDRESS: this.temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      REDOFLOW_CONNECTIONS: this.connections,
      REDOFLOW_TASK_QUEUE: this.taskQueue,
      REDOFLOW_COMMIT_QUIET_SECONDS: '2',
      E2E_PASSWORD: this.sandbox.oracle.password,
      E2E_KEY_SECRET: this.sandbox.maxcompute.accessKeySecret,
    };
  }

  async startWorker(): Promise<void> {
    const { environment, workerLog: logFile } = this;
    this.worker = start({ script: WORKER, environment, logFile });
    await this.worker.line(/worker ready/);
  }

  /** SIGKILL. */
  async killWorker(): Promise<void> {
    await this.worker?.kill();
  }

  /** SIGTERM, and as much time as the worker wants. */
  async stopWorker(): Promise<void> {
    const { pid } = this.worker ?? {};
    if (!pid) throw new Error('there is no worker to stop'); // 0 would be this process and all its group
    process.kill(pid, 'SIGTERM');
    await eventually('the worker ends', () => !isAlive(pid));
  }

  /** `redoflow …` to its end. */
  command(...args: readonly string[]): Promise<Ended> {
    return this.begin(...args).ended;
  }

  begin(...args: readonly string[]): Running {
    return run(COMMAND_LINE, args, this.environment);
  }

  control(action: string, body: unknown): Promise<unknown> {
    return control(this.sandbox, action, body);
  }

  /** A new table with rows, and the task that synchronizes it; not started yet. */
  async task({ rows = 60, flushSeconds = 1, source = 'hr' }: TaskOptions = {}): Promise<Task> {
    const number = (this.tasks += 1);
    const orders = await Orders.create(this.sandbox.oracle, `ORDERS_${number}`, rows);
    const written = {
      name: `orders-${number}`,
      source,
      destination: 'warehouse',
      taskQueue: this.taskQueue,
      tables: [{ table: orders.table }],
      incremental: { flushSeconds },
    };
    return new Task(this, orders, written);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker?.kill(); // what it leaves behind dies with the servers
    await this.door[Symbol.asyncDispose]();
    await this.sandbox[Symbol.asyncDispose]();
    await this.temporal[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }
}

export class Task {
  readonly written: { readonly name: string };
  readonly orders: Orders;
  readonly workflowId: string;
  /** task.yaml, for the command line. */
  readonly file: string;
  private readonly system: WholeSystem;

  constructor(system: WholeSystem, orders: Orders, written: { readonly name: string }) {
    this.system = system;
    this.orders = orders;
    this.written = written;
    this.workflowId = `redoflow/${written.name}`;
    this.file = path.join(system.folder, `${written.name}.yaml`);
    writeFileSync(this.file, stringify(written));
  }

  get name(): string {
    return this.written.name;
  }

  async start(): Promise<void> {
    await this.system.redoflow.start(this.written);
  }

  async startAndFollow(): Promise<void> {
    await this.start();
    await this.until('the tail begins', ({ position }) => position !== undefined);
  }

  /** The id of its table's copy ends with a part of the task's first run id. */
  async copyWorkflowId(): Promise<string> {
    const { raw } = await this.system.temporal.client.workflow.getHandle(this.workflowId).describe();
    return `${this.workflowId}/copy/${this.orders.table}/${raw.workflowExecutionInfo?.firstRunId?.slice(-8) ?? ''}`;
  }

  /** Waits for a status; between two workers nobody answers. @throws with the last status and the worker's last lines. */
  async until(what: string, wished: (status: TaskStatus) => boolean, withinSeconds = 90): Promise<TaskStatus> {
    let last: TaskStatus | undefined;
    try {
      return await eventually(
        what,
        async () => {
          last = await this.system.redoflow.status(this.name).catch(() => undefined);
          return last && wished(last) ? last : undefined;
        },
        withinSeconds,
      );
    } catch (error) {
      const log = readFileSync(this.system.workerLog, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new Error(`${String(error)}; status ${JSON.stringify(last)}; worker: ${log}`, { cause: error });
    }
  }

  /** The position has passed everything that was committed by now. */
  async untilCaughtUp(): Promise<TaskStatus> {
    const last = BigInt((await this.journal()).at(-1)?.commitScn ?? '0');
    return this.until('the tail has caught up', ({ position }) => BigInt(position?.scn ?? '0') >= last);
  }

  /** Both sides over their wires, the log as a multiset. `upTo`: the SCN at which a task has ended. */
  async compare(status: TaskStatus, upTo?: string): Promise<Comparison> {
    const [table] = status.tables;
    if (!table) throw new Error('the task has no table yet');
    await using reader = await oracledb.getConnection(this.system.sandbox.oracle);
    const warehouse = new Warehouse(this.system.sandbox.maxcompute);
    return await compare(
      { reader, warehouse, journal: await this.journal(), ...(upTo !== undefined && { upTo }) },
      table,
    );
  }

  private async journal(): Promise<readonly JournalEntry[]> {
    const answer = await this.system.control('/journal?after=0', undefined);
    const { entries } = answer as { entries: readonly JournalEntry[] }; // the sandbox's own answer
    return entries.filter(({ changes }) => changes.some(({ table }) => table === this.orders.table));
  }
}

/** Asks until the answer is neither false nor undefined. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  withinSeconds = 90,
): Promise<T> {
  const end = Date.now() + withinSeconds * 1000;
  for (let asked = 0; Date.now() < end; asked += 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await wait(ASK_AFTER_MS[asked] ?? ASK_EVERY_MS);
  }
  throw new Error(`not within ${withinSeconds} s: ${what}`);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Call at the top of a test file: opened with a worker before its tests, closed after them. */
export function sharedSystem(): () => WholeSystem {
  let system: WholeSystem | undefined;
  beforeAll(async () => {
    system = await WholeSystem.open();
    await system.startWorker();
  }, 180_000); // the first run on a machine downloads the server
  afterAll(() => system?.[Symbol.asyncDispose]());
  return () => {
    if (!system) throw new Error('the system is open only while tests run');
    return system;
  };
}
