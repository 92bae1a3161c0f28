/** The wiring: read settings, open both sides, build activities, run, shut down in reverse. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { Failure } from '../model/failure.ts';
import { formatInputErrors } from '../model/input-errors.ts';
import { parseSettings, type Settings } from '../model/settings.ts';
import { ConnectionRegistry, readConnections } from './connections.ts';
import { openHealth } from './health.ts';
import { createLog, sdkLogger, type Log } from './log.ts';
import { Scrubber } from './scrubber.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { createWorkers } from './workers.ts';

const CONNECT_EVERY_MS = 2_000;

async function main(): Promise<number> {
  const parsed = parseSettings(process.env);
  if (!parsed.ok) return refuse(formatInputErrors('the environment', parsed.errors));
  const { settings } = parsed;
  const scrubber = new Scrubber();
  const log = createLog(settings.logLevel, scrubber);
  let sides: ConnectionRegistry;
  try {
    sides = new ConnectionRegistry(readConnections(settings.connectionsPath), scrubber);
  } catch (error) {
    if (error instanceof Failure) return refuse(error.message);
    throw error;
  }
  installRuntime(settings, log);
  const connection = await connect(settings, log);
  await registerSearchAttributes(connection, settings.temporalNamespace);
  const health = settings.healthAddress === undefined ? undefined : await openHealth(settings.healthAddress);
  const workers = await createWorkers({ connection, settings, sides, log, scrubber });
  const { taskQueue, temporalAddress } = settings;
  log.info({ temporal: temporalAddress, queues: [taskQueue, `${taskQueue}-copy`], pid: process.pid }, 'worker ready');
  health?.ready(true);
  await Promise.all(workers.map((worker) => worker.run())); // until SIGINT or SIGTERM
  await health?.[Symbol.asyncDispose]();
  await connection.close();
  await sides.close();
  log.info({ pid: process.pid }, 'worker stopped');
  return 0;
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

function installRuntime({ metricsAddress }: Settings, log: Log): void {
  Runtime.install({
    logger: sdkLogger(log.child({ from: 'temporal' }, { level: 'warn' })),
    ...(metricsAddress !== undefined && {
      telemetryOptions: { metrics: { prometheus: { bindAddress: metricsAddress } } },
    }),
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

process.exitCode = await main();
