/** `npm run demo`: the product on embedded parts, with three kills, and both sides compared at the end. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { RedoflowClient } from '../client/index.ts';
import { leaveFolder, takeFolder, writeProfile } from './folder.ts';
import { Crew, startSandbox, startTemporal, writeConnections } from './parts.ts';
import { play } from './play.ts';
import { bad, count, elapsedSeconds, live, quiet, say, scene } from './show.ts';
import { createAndFill, ROWS } from './tables.ts';
import { connect } from './workload.ts';

const INTERRUPTED = 130;
const SPIN_MS = 120;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

async function main(keep: boolean): Promise<number> {
  const folder = takeFolder();
  const interrupted = (): void => {
    leaveFolder(folder);
    process.exit(INTERRUPTED); // the parts end with their parent
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await act(folder, keep, () => process.off('SIGINT', interrupted).off('SIGTERM', interrupted));
  } finally {
    quiet();
    leaveFolder(folder);
  }
}

async function act(folder: string, keep: boolean, onKeep: () => void): Promise<number> {
  scene('a Temporal server, an Oracle and a MaxCompute stand-in, and workers');
  const stopSpinning = spin('starting the parts');
  const starting = startSandbox(folder);
  starting.catch(() => undefined); // awaited below
  await using temporal = await startTemporal(folder);
  const uiAddress = temporal.uiAddress ?? '';
  writeProfile(folder, { address: temporal.address, namespace: 'default', uiAddress });
  say(`Temporal ${temporal.address} · its UI ${uiAddress}`);
  const { program, addresses } = await starting;
  await using sandbox = program;
  say(
    `Oracle ${addresses.oracle.connectString} · MaxCompute ${addresses.maxcompute.endpoint} (simulators, process ${sandbox.pid})`,
  );
  const connections = writeConnections(folder, addresses);
  await using crew = new Crew({ folder, temporal: temporal.address, connections, addresses });
  crew.hire();
  const second = crew.ready().then(() => {
    crew.hire();
  });
  second.catch(() => undefined); // awaited below
  await using writer = await connect(addresses.oracle);
  const filled = await createAndFill(writer, (table, rows) => {
    say(`${table} filled with ${count(rows)} rows`);
  });
  say(`${count(ROWS)} rows in all`);
  const connection = await Connection.connect({
    address: temporal.address,
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  await second;
  stopSpinning();
  try {
    const client = new Client({ connection });
    const written: unknown = parse(readFileSync(fileURLToPath(new URL('task.yaml', import.meta.url)), 'utf8'));
    const stage = { addresses, client, redoflow: new RedoflowClient(client), crew, uiAddress };
    return await play(stage, { written, fills: filled.commits, keep, onKeep });
  } finally {
    await connection.close();
  }
}

/** Something moves from the first second on. */
function spin(what: string): () => void {
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    live([`  ${SPINNER[turn % SPINNER.length] ?? ''} ${what} …`], `${what} …`);
  }, SPIN_MS);
  return () => {
    clearInterval(timer);
    quiet();
  };
}

process.exitCode = await main(process.argv.includes('--keep')).catch((error: unknown) => {
  say(bad(error instanceof Error ? error.message : String(error)));
  return 1;
});
say(`the demo took ${elapsedSeconds().toFixed(0)} s`);
process.exit();
