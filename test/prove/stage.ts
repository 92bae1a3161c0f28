/** The parts of one run, each a process of its own on free ports, in a temporary folder; nothing of them outlives the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import { RedoflowClient } from '../../client/index.ts';
import type { Addresses } from '../../demo/parts.ts';
import { start, type Program } from '../../demo/processes.ts';
import { BANK_TABLES } from './bank-tables.ts';
import { Crew } from './crew.ts';
import { connectTo, TemporalProcess } from './temporal-process.ts';

export const TASK = 'bank';

const printed = z.object({
  oracle: z.object({ connectString: z.string(), user: z.string(), password: z.string() }),
  maxcompute: z.object({
    endpoint: z.string(),
    project: z.string(),
    accessKeyId: z.string(),
    accessKeySecret: z.string(),
  }),
  control: z.string(),
});

export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly addresses: Addresses;
  readonly temporal: TemporalProcess;
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  readonly crew: Crew;
  /** What is written in task.yaml. */
  readonly written: object;
}

/** Longer than any request that the faults delay; shorter than the default, which suits the real service. */
const COMMIT_QUIET_SECONDS = 4;
const WORKERS = 3;

/** Without tables, and without a task: those are the run's. */
export async function openStage(): Promise<Stage> {
  const parts = new Parts();
  try {
    const { folder } = parts;
    const temporal = parts.add(await TemporalProcess.start(folder));
    const sandbox: Program = parts.add(start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') }));
    const addresses = printed.parse(JSON.parse(await sandbox.line(/^\{/)));
    const environment = {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      REDOFLOW_CONNECTIONS: writeConnections(folder, addresses),
      REDOFLOW_COMMIT_QUIET_SECONDS: String(COMMIT_QUIET_SECONDS),
      PROVE_ORACLE_PASSWORD: addresses.oracle.password,
      PROVE_ACCESS_KEY_SECRET: addresses.maxcompute.accessKeySecret,
    };
    const crew = parts.add(new Crew({ folder, environment, size: WORKERS }));
    const connection = parts.connected(await connectTo(temporal.address));
    const client = new Client({ connection });
    const written = {
      name: TASK,
      source: 'bank',
      destination: 'warehouse',
      tables: BANK_TABLES.map(({ name }) => ({ table: `HR.${name}` })),
      full: { parallelChunks: 2 },
      incremental: { flushSeconds: 1 },
    };
    const redoflow = new RedoflowClient(client);
    return { folder, addresses, temporal, client, redoflow, crew, written, [Symbol.asyncDispose]: () => parts.close() };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function writeConnections(folder: string, { oracle, maxcompute }: Addresses): string {
  const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(oracle.connectString) ?? [];
  const { endpoint, project, accessKeyId } = maxcompute;
  const file = path.join(folder, 'connections.yaml');
  const password = { env: 'PROVE_ORACLE_PASSWORD' };
  const accessKeySecret = { env: 'PROVE_ACCESS_KEY_SECRET' };
  const bank = { type: 'oracle', host, port: Number(port), service, user: oracle.user, password };
  const warehouse = { type: 'maxcompute', endpoint, project, accessKeyId, accessKeySecret };
  writeFileSync(file, stringify({ connections: { bank, warehouse } }));
  return file;
}

/** What is closed in reverse order of its start. */
class Parts {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'redoflow-prove-'));
  private readonly open: AsyncDisposable[] = [];
  private readonly remove = (): void => {
    rmSync(this.folder, { recursive: true, force: true });
  };

  constructor() {
    process.once('exit', this.remove); // Ctrl-C
  }

  add<Part extends AsyncDisposable>(part: Part): Part {
    this.open.push(part);
    return part;
  }

  connected(connection: Connection): Connection {
    this.add({ [Symbol.asyncDispose]: () => connection.close() });
    return connection;
  }

  async close(): Promise<void> {
    for (const part of this.open.splice(0).reverse()) await closed(part);
    process.off('exit', this.remove);
    this.remove();
  }
}

/** The others are closed whatever becomes of one. */
async function closed(part: AsyncDisposable): Promise<void> {
  try {
    await part[Symbol.asyncDispose]();
  } catch {
    // it had ended before
  }
}
