/** `npm run prove`: the product against faults that seeds decide. See {@link USAGE}. */
import { parseArgs } from 'node:util';
import { proveProtocol } from './protocol.ts';

const USAGE = `npm run -s prove -- [--protocol] [--seeds N] [--first-seed S] [--transactions N] [--faults FILE]

  --protocol        plans and activities alone, under virtual time: thousands of seeds
                    (without it: the product's own processes against the sandbox)
  --seeds N         how many seeds; default 1000 with --protocol, 1 without
  --first-seed S    default 1; one seed alone is told in detail, its faults shrunk
  --transactions N  of one seed, only without --protocol; default 200
  --faults FILE     a list of faults, as a failing run wrote it, only without --protocol
`;

interface Options {
  readonly protocol: boolean;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly transactions: number;
  readonly faultsFile?: string;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new TypeError(`--${option} takes a whole number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** @throws TypeError with what is wrong */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      protocol: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      'first-seed': { type: 'string', default: '1' },
      transactions: { type: 'string' },
      faults: { type: 'string' },
    },
  });
  const { protocol, seeds = protocol ? '1000' : '1', transactions = '200' } = values;
  const processesOnly = values.transactions ?? values.faults;
  if (protocol && processesOnly !== undefined)
    throw new TypeError('--transactions and --faults are not for --protocol');
  return {
    protocol,
    seeds: wholeNumber('seeds', seeds),
    firstSeed: wholeNumber('first-seed', values['first-seed']),
    transactions: wholeNumber('transactions', transactions),
    ...(values.faults !== undefined && { faultsFile: values.faults }),
  };
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { protocol, ...rest } = options;
  if (protocol) {
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    return (await proveProtocol({ ...rest, print })) ? 0 : 1;
  }
  const { proveProcesses } = await import('./processes.ts');
  return (await proveProcesses(rest)).ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
