/** A Temporal development server as a child process: ready when it is returned, gone when its parent is gone. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { findTemporal } from './find-server.ts';
import { killWithParent } from './lifeline.ts';

export interface DevServerOptions {
  /** Keeps its database here (`temporal.db`), so that a later server goes on where this one ended. In memory when left out. */
  readonly directory?: string;
  /** Whether the web UI is served too. */
  readonly ui?: boolean;
  readonly log?: (line: string) => void;
}

export interface DevServer extends AsyncDisposable {
  /** host:port of the gRPC frontend; the namespace is `default`. */
  readonly address: string;
  /** http://host:port of the web UI, when it was asked for. */
  readonly uiAddress?: string;
  readonly pid: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const HEALTHY_WITHIN_SECONDS = 30;
const STOPPED_WITHIN_SECONDS = 10;
/** Between our look for a free port and the server's own, another program may take it. */
const ATTEMPTS = 3;

/**
 * The server's defaults suit a cluster of many shards. With the one shard of the development server they mean 20 task
 * loads per second (50 ms per activity) and timers on a grain of 1 s; these make it 15 ms and 10 ms.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="10ms"',
];

/** Finds the Temporal CLI (see find-server.ts) and starts its server on free loopback ports. */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const executable = await findTemporal(options.log ? { log: options.log } : {});
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const uiPort = options.ui ? await freePort() : undefined;
    const running = launch(executable, flags(options, port, uiPort), options.directory !== undefined);
    const address = `${LOOPBACK}:${port}`;
    try {
      await untilHealthy(address, running);
      return devServer(running, address, uiPort);
    } catch (error) {
      await running.stop();
      if (attempt === ATTEMPTS || !running.said().includes('address already in use')) throw error;
    }
  }
}

function flags({ directory }: DevServerOptions, port: number, uiPort: number | undefined): readonly string[] {
  const storage = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port)],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(directory === undefined ? [] : ['--db-filename', path.join(directory, 'temporal.db'), ...storage]),
    ...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

interface Running {
  readonly process: ChildProcess;
  readonly ended: () => boolean;
  /** The last of what it printed, for an error text. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

/** In a process group of its own: Ctrl-C in a terminal reaches the parent, which ends the server after its clients. */
function launch(executable: string, args: readonly string[], keepsData: boolean): Running {
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  let ended = false;
  const note = (text: string): void => void (said = (said + text).slice(-4000));
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      note(error.message);
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  }).then(() => void (ended = true));
  killWithParent(child);
  const stop = async (): Promise<void> => {
    child.kill(keepsData ? 'SIGTERM' : 'SIGKILL');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_SECONDS * 1000);
    await gone;
    clearTimeout(impatience);
  };
  return { process: child, ended: () => ended, said: () => said, stop };
}

/** Healthy means: it answers, and the namespace can be listed, which is what the slowest of its parts needs. */
async function untilHealthy(address: string, running: Running): Promise<void> {
  const deadline = Date.now() + HEALTHY_WITHIN_SECONDS * 1000;
  let lastError: unknown;
  while (!running.ended() && Date.now() < deadline) {
    try {
      await accepted(address);
      // A proxy set in the environment must not be asked for the loopback interface.
      const connection = await Connection.connect({
        address,
        connectTimeout: 1000,
        channelArgs: { 'grpc.enable_http_proxy': 0 },
      });
      try {
        await connection.workflowService.listWorkflowExecutions({ namespace: 'default', pageSize: 1 });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      lastError = error;
      await wait(50);
    }
  }
  const how = running.ended() ? 'ended at once' : `did not answer within ${HEALTHY_WITHIN_SECONDS} s at ${address}`;
  throw new Error(`the Temporal development server ${how}. It printed:\n${running.said().trim() || '(nothing)'}`, {
    cause: lastError,
  });
}

/** Rejects at once while nobody listens; the gRPC client would only look again after a second. */
async function accepted(address: string): Promise<void> {
  const [host = LOOPBACK, port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

function devServer(running: Running, address: string, uiPort: number | undefined): DevServer {
  const { pid } = running.process;
  if (pid === undefined) throw new Error('a running server without a process id');
  return {
    address,
    pid,
    ...(uiPort === undefined ? {} : { uiAddress: `http://${LOOPBACK}:${uiPort}` }),
    close: running.stop,
    [Symbol.asyncDispose]: running.stop,
  };
}

/** A port that nobody listened on a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, LOOPBACK);
  await once(probe, 'listening');
  const bound = probe.address();
  probe.close();
  await once(probe, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('a listening socket without a port');
  return bound.port;
}
