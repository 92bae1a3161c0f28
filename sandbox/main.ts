import { parseArgs } from 'node:util';
import { startSandbox, type SandboxOptions } from './start.ts';

const USAGE =
  'sandbox [--oracle-port N] [--maxcompute-port N] [--control-port N] [--seed demo|empty] [--profile 19c|23ai]\n' +
  'Port 0, the default, takes any free one. All ports are on 127.0.0.1.';

function readOptions(): SandboxOptions {
  const { values } = parseArgs({
    options: {
      'oracle-port': { type: 'string', default: '0' },
      'maxcompute-port': { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      seed: { type: 'string', default: 'empty' },
      profile: { type: 'string', default: '19c' },
    },
  });
  return {
    oraclePort: port(values['oracle-port']),
    maxComputePort: port(values['maxcompute-port']),
    controlPort: port(values['control-port']),
    seed: oneOf(values.seed, ['demo', 'empty']),
    profile: oneOf(values.profile, ['19c', '23ai']),
  };
}

function port(given: string): number {
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) throw new RangeError(`${given} is not a port (0–65535)`);
  return Number(given);
}

function oneOf<Choice extends string>(given: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new RangeError(`${given} is not one of ${choices.join(', ')}`);
  return found;
}

/** Resolves when the process is asked to end. */
async function untilAskedToEnd(): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  });
}

async function run(options: SandboxOptions): Promise<void> {
  const asked = untilAskedToEnd();
  await using sandbox = await startSandbox(options);
  const { oracle, maxcompute, control } = sandbox;
  console.log(JSON.stringify({ oracle, maxcompute, control }));
  await asked;
}

/** Undefined after a complaint on standard error. */
function optionsOrComplaint(): SandboxOptions | undefined {
  try {
    return readOptions();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error(USAGE);
    return undefined;
  }
}

const options = optionsOrComplaint();
if (options === undefined) process.exitCode = 2;
else {
  await run(options).catch((error: unknown) => {
    console.error(`The sandbox ended: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
