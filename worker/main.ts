/** The wiring: read settings, open both sides, build activities, run, shut down in reverse. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { Failure } from '../model/failure.ts';
import { formatInputErrors } from '../model/input-errors.ts';
import { parseSettings, type Settings } from '../model/settings.ts';
import type { ScratchOptions } from '../oracle/spilled-rows.ts';
import { ConnectionRegistry, readConnections } from './connections.ts';
import { openHealth } from './health.ts';
import { createLog, sdkLogger, type Log } from './log.ts';
import { Scrubber } from './scrubber.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { listenForSignals, type Shutdown } from './shutdown.ts';
import { createWorkers } from './workers.ts';

const CONNECT_EVERY_MS = 2_000;

interface Parts {
  readonly settings: Settings;
  readonly log: Log;
  readonly scrubber: Scrubber;
  readonly sides: ConnectionRegistry;
}

async function main(): Promise<number> {
  const parsed = parseSettings(process.env);
  if (!parsed.ok) return refuse(formatInputErrors('the environment', parsed.errors));
  const { settings } = parsed;
  const scrubber = new Scrubber();
  const log = createLog(settings.logLevel, scrubber);
  let sides: ConnectionRegistry;
  try {
    sides = new ConnectionRegistry(readConnections(settings.connectionsPath), scrubber, {
      told: (text) => {
        log.warn(text);
      },
      scratch: scratchOf(settings),
    });
  } catch (error) {
    if (error instanceof Failure) return refuse(error.message);
    throw error;
  }
  const shutdown = listenForSignals(log, process.env['npm_lifecycle_event'] === 'worker');
  try {
    await work({ settings, log, scrubber, sides }, shutdown);
    return 0;
  } catch (error) {
    // Through the log, which knows what is secret: Node's own report of an uncaught error does not.
    log.fatal({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'worker failed');
    return 1;
  }
}

const scratchOf = ({ scratchDirectory: directory, scratchMegabytes: megabytesMax }: Settings): ScratchOptions => ({
  ...(directory !== undefined && { directory }),
  megabytesMax,
});

async function work({ settings, log, scrubber, sides }: Parts, shutdown: Shutdown): Promise<void> {
  log.info({ pid: process.pid }, 'worker starting'); // it is not ready for some seconds
  installRuntime(settings, log);
  const connection = await connect(settings, log);
  await registerSearchAttributes(connection, settings.temporalNamespace);
  const health = settings.healthAddress === undefined ? undefined : await openHealth(settings.healthAddress);
  const workers = await createWorkers({ connection, settings, sides, log, scrubber });
  const running = Promise.all(workers.map((worker) => worker.run()));
  shutdown.onSignal(() => {
    health?.ready(false);
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const { taskQueue, temporalAddress } = settings;
  log.info({ temporal: temporalAddress, queues: [taskQueue, `${taskQueue}-copy`], pid: process.pid }, 'worker ready');
  health?.ready(true);
  await running;
  await health?.[Symbol.asyncDispose]();
  await connection.close();
  await sides.close();
  log.info({ pid: process.pid }, 'worker stopped');
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

function installRuntime({ metricsAddress }: Settings, log: Log): void {
  Runtime.install({
    shutdownSignals: [], // shutdown.ts listens
    logger: sdkLogger(log.child({ from: 'temporal' }, { level: 'warn' })),
    telemetryOptions: {
      // Else the SDK's native part writes to standard error by itself, in another form and past the scrubber.
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsAddress !== undefined && { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  });
}

/** Waits for a Temporal server that is not there yet, and says so once. */
async function connect(settings: Settings, log: Log): Promise<NativeConnection> {
  const { connectionOptions } = loadClientConnectConfig();
  const options = { ...connectionOptions, address: connectionOptions.address ?? settings.temporalAddress };
  for (let told = false; ; told = true) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!told) log.warn({ temporal: options.address, error: reason }, 'Temporal does not answer; waiting for it');
      await new Promise((resolve) => setTimeout(resolve, CONNECT_EVERY_MS));
    }
  }
}

// What may still hold the process (a request that nobody waits for) must not.
process.exit(await main());
