/**
 * Temporal for tests: a real development server, or the time-skipping one, per test file.
 * A server that cannot be found or fetched fails the test with the finder's remedy; it is never skipped.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { startDevServer } from '../../sandbox/temporal/dev-server.ts';
import { findTimeSkippingServer } from '../../sandbox/temporal/find-server.ts';

export interface TemporalWorld extends AsyncDisposable {
  /** host:port, namespace `default`; for processes that the test starts. */
  readonly address: string;
  /** In the time-skipping world, waiting for a result with this client skips time. */
  readonly client: Client;
  /** For `Worker.create`. */
  readonly connection: NativeConnection;
  /** Lets the server's time pass: at once in the time-skipping world, really in the other. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly currentTimeMs: () => Promise<number>;
  /** A name for a task queue or a workflow that no other test has. */
  readonly unique: (name: string) => string;
}

/** A development server in memory: everything a cluster can do, in real time. Up in about a second. */
export async function devServerWorld(): Promise<TemporalWorld> {
  quietRuntime();
  const server = await startDevServer({ log: say });
  try {
    const environment = await TestWorkflowEnvironment.createFromExistingServer({ address: server.address });
    return worldOf(environment, async () => {
      await environment.teardown();
      await server.close();
    });
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * A server whose clock jumps while all workflows wait: for retry windows of hours. Cannot list workflows, and needs
 * search attributes registered through `connection.operatorService`.
 */
export async function timeSkippingWorld(): Promise<TemporalWorld> {
  quietRuntime();
  const path = await findTimeSkippingServer({ log: say });
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  return worldOf(environment, () => environment.teardown());
}

/** Call at the top of a test file: starts the world before its tests, ends it after them. */
export function sharedWorld(open: () => Promise<TemporalWorld>): () => TemporalWorld {
  let world: TemporalWorld | undefined;
  beforeAll(async () => {
    world = await open();
  }, 180_000); // the first run on a machine downloads the server
  afterAll(() => world?.[Symbol.asyncDispose]());
  return () => {
    if (!world) throw new Error('the Temporal world is open only while tests run');
    return world;
  };
}

function worldOf(environment: TestWorkflowEnvironment, close: () => Promise<void>): TemporalWorld {
  return {
    address: environment.address,
    client: environment.client,
    connection: environment.nativeConnection,
    sleep: environment.sleep,
    currentTimeMs: () => environment.currentTimeMs(),
    unique: (name) => `${name}-${randomUUID()}`,
    [Symbol.asyncDispose]: close,
  };
}

let quiet = false;

/** One runtime per process; without this it prints a line per worker state. */
function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}

const say = (line: string): void => {
  console.log(line);
};
