/** A Temporal server with a database on disk, on a port of its own, that may be killed and comes back with everything. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { findTemporal } from '../../sandbox/temporal/find-server.ts';
import { killWithParent } from '../../sandbox/temporal/lifeline.ts';
import { freePort } from '../support/free-port.ts';

const HEALTHY_WITHIN_MS = 90_000;
/** As in sandbox/temporal/dev-server.ts: the defaults are made for many shards. */
const SETTINGS = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="10ms"',
];

export class TemporalProcess implements AsyncDisposable {
  readonly address: string;
  private readonly executable: string;
  private readonly flags: readonly string[];
  private child: ChildProcess;

  private constructor(executable: string, port: number, folder: string) {
    this.address = `127.0.0.1:${port}`;
    this.executable = executable;
    this.flags = [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', '--log-level', 'never'],
      ...['--db-filename', path.join(folder, 'temporal.db')],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ...SETTINGS.flatMap((setting) => ['--dynamic-config-value', setting]),
    ];
    this.child = this.launch();
  }

  static async start(folder: string): Promise<TemporalProcess> {
    const server = new TemporalProcess(await findTemporal(), await freePort(), folder);
    await server.healthy();
    return server;
  }

  /** SIGKILL, some time without a server, and a new one over the same database. */
  async killAndRestart(milliseconds: number): Promise<void> {
    await this.kill();
    await wait(milliseconds);
    this.child = this.launch();
    await this.healthy();
  }

  private launch(): ChildProcess {
    const child = spawn(this.executable, [...this.flags], { stdio: 'ignore', detached: true });
    killWithParent(child);
    return child;
  }

  private async kill(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private async healthy(): Promise<void> {
    let reason: unknown;
    for (const end = Date.now() + HEALTHY_WITHIN_MS; Date.now() < end;) {
      await wait(100);
      try {
        const connection = await connectTo(this.address);
        try {
          await connection.workflowService.listWorkflowExecutions({ namespace: 'default', pageSize: 1 });
          return;
        } finally {
          await connection.close();
        }
      } catch (error) {
        reason = error;
      }
    }
    throw new Error(`the Temporal server does not answer at ${this.address}`, { cause: reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A proxy set in the environment must not be asked for the loopback interface. */
export const connectTo = (address: string): Promise<Connection> =>
  Connection.connect({ address, connectTimeout: 2_000, channelArgs: { 'grpc.enable_http_proxy': 0 } });
