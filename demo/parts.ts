/** The parts of the demo: Temporal, the sandbox (Oracle and MaxCompute), and the worker, each a process of its own. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { startDevServer, type DevServer } from '../sandbox/temporal/dev-server.ts';
import { start, type Program } from './processes.ts';
import { say } from './show.ts';

const addresses = z.object({
  oracle: z.object({ connectString: z.string(), user: z.string(), password: z.string() }),
  maxcompute: z.object({
    endpoint: z.string(),
    project: z.string(),
    accessKeyId: z.string(),
    accessKeySecret: z.string(),
  }),
  control: z.string(),
});
export type Addresses = z.output<typeof addresses>;

export interface SandboxProgram {
  readonly program: Program;
  readonly addresses: Addresses;
}

export const startTemporal = (folder: string): Promise<DevServer> =>
  startDevServer({ directory: folder, ui: true, log: say });

export async function startSandbox(folder: string): Promise<SandboxProgram> {
  const program = start({
    script: 'sandbox/main.ts',
    args: ['--seed', 'demo'],
    logFile: path.join(folder, 'sandbox.log'),
  });
  const line = await program.line(/^\{/);
  return { program, addresses: addresses.parse(JSON.parse(line)) };
}

/** Registers both sides as an operator would; the secrets stay in the environment. */
export function writeConnections(folder: string, { oracle, maxcompute }: Addresses): string {
  const [address = '', service = ''] = oracle.connectString.split('/');
  const [host = '', port = ''] = address.split(':');
  const file = path.join(folder, 'connections.yaml');
  const { endpoint, project, accessKeyId } = maxcompute;
  const hr = {
    type: 'oracle',
    host,
    port: Number(port),
    service,
    user: oracle.user,
    password: { env: 'DEMO_ORACLE_PASSWORD' },
  };
  const warehouse = {
    type: 'maxcompute',
    endpoint,
    project,
    accessKeyId,
    accessKeySecret: { env: 'DEMO_ACCESS_KEY_SECRET' },
  };
  writeFileSync(file, stringify({ connections: { hr, warehouse } }));
  return file;
}

export interface WorkerParts {
  readonly folder: string;
  readonly temporal: string;
  readonly connections: string;
  readonly addresses: Addresses;
}

async function startWorker({
  folder,
  temporal,
  connections,
  addresses: { oracle, maxcompute },
}: WorkerParts): Promise<Program> {
  const program = start({
    script: 'worker/main.ts',
    logFile: path.join(folder, 'worker.log'),
    environment: {
      TEMPORAL_ADDRESS: temporal,
      TEMPORAL_NAMESPACE: 'default',
      REDOFLOW_CONNECTIONS: connections,
      REDOFLOW_COMMIT_QUIET_SECONDS: '5',
      DEMO_ORACLE_PASSWORD: oracle.password,
      DEMO_ACCESS_KEY_SECRET: maxcompute.accessKeySecret,
    },
  });
  await program.line(/worker ready/);
  return program;
}

export async function control(addresses: Addresses, action: string, body: unknown): Promise<unknown> {
  const response = await fetch(
    `${addresses.control}${action}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  );
  if (!response.ok)
    throw new Error(`the control port answered ${response.status} to ${action}: ${await response.text()}`);
  return response.json();
}

/** The workers: one more than is needed, so that another is there when one dies. */
export class Crew implements AsyncDisposable {
  private readonly parts: WorkerParts;
  private readonly workers = new Map<number, Program>();
  private readonly starting = new Set<Promise<void>>();
  private failure: unknown;

  constructor(parts: WorkerParts) {
    this.parts = parts;
  }

  /** One more worker, in the background. */
  hire(): void {
    const started = startWorker(this.parts)
      .then((worker) => {
        this.workers.set(worker.pid, worker);
      })
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.starting.delete(started));
    this.starting.add(started);
  }

  /** @throws when a worker could not be started */
  async ready(): Promise<readonly number[]> {
    await Promise.all(this.starting);
    if (this.failure !== undefined) throw this.failure instanceof Error ? this.failure : new Error('no worker started');
    return [...this.workers.keys()];
  }

  has(pid: number): boolean {
    return this.workers.has(pid);
  }

  /** SIGKILL. */
  async kill(pid: number, replace: boolean): Promise<void> {
    const worker = this.workers.get(pid);
    if (!worker) throw new Error(`there is no worker ${pid} to kill`);
    this.workers.delete(pid);
    await worker.kill();
    if (replace) this.hire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.starting);
    await Promise.all([...this.workers.values()].map((worker) => worker[Symbol.asyncDispose]()));
  }
}
