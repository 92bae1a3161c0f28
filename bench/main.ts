/** `npm run -s bench -- NAME [--json]`: one question per name. With `--json` the last line is one JSON object. */
import { parseArgs } from 'node:util';
import { machine } from './measure.ts';
import type { BenchResult } from './measure.ts';

const SIZES = ['rows', 'columns', 'chunks', 'parallel', 'processes', 'changes'] as const;
type SizeName = (typeof SIZES)[number];
type Sizes = Readonly<Partial<Record<SizeName, number>>> & { readonly live?: boolean };

/** What a bench can be told; the others take nothing. */
const TAKES: Readonly<Record<string, readonly SizeName[]>> = {
  copy: ['rows', 'columns', 'chunks', 'parallel', 'processes'],
  tail: ['changes'],
  verify: ['rows'],
};

type Bench = (sizes: Sizes) => Promise<BenchResult>;

/** Loaded when asked for: what another bench imports would count in the memory of this one. */
const benches: ReadonlyMap<string, () => Promise<Bench>> = new Map<string, () => Promise<Bench>>([
  ['encode', async () => (await import('./encode.ts')).encode],
  ['redo-parse', async () => (await import('./redo-parse.ts')).redoParse],
  ['copy', async () => (await import('./copy.ts')).copy],
  ['tail', async () => (await import('./tail.ts')).tail],
  ['verify', async () => (await import('./verify.ts')).verify],
]);

const USAGE = `bench NAME [--json]\nNAME is one of ${[...benches.keys()].join(', ')}.
${Object.entries(TAKES)
  .map(([bench, sizes]) => `${bench} takes ${sizes.map((name) => `--${name} N`).join(', ')}.`)
  .join('\n')}
tail --live measures latency.`;

const rounded = (value: number): number => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

type Answer = Readonly<Record<string, string | number | object>>;

function answer(name: string, { latencyMs, ...result }: BenchResult): Answer {
  const entries = Object.entries({ bench: name, ...result, ...machine() });
  const { p50, p99 } = latencyMs ?? {};
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'number' ? rounded(value) : value])),
    ...(p50 !== undefined && p99 !== undefined && { latencyMs: { p50: rounded(p50), p99: rounded(p99) } }),
  };
}

interface Asked {
  readonly name: string;
  readonly json: boolean;
  readonly sizes: Sizes;
}

function readArguments(): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        rows: { type: 'string' },
        columns: { type: 'string' },
        chunks: { type: 'string' },
        parallel: { type: 'string' },
        processes: { type: 'string' },
        changes: { type: 'string' },
        live: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [name, ...rest] = positionals;
    const given = SIZES.flatMap((size) => (values[size] === undefined ? [] : [[size, Number(values[size])] as const]));
    const readable = given.every(([, number]) => Number.isInteger(number) && number > 0);
    if (name === undefined || rest.length > 0 || !readable) return undefined;
    if (!given.every(([size]) => TAKES[name]?.includes(size))) return undefined;
    if (values.live && name !== 'tail') return undefined;
    return { name, json: values.json, sizes: { ...Object.fromEntries(given), live: values.live } };
  } catch {
    return undefined;
  }
}

const asked = readArguments();
const load = benches.get(asked?.name ?? '');
if (asked === undefined || load === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const bench = await load();
  const answered = answer(asked.name, await bench(asked.sizes));
  if (asked.json) console.log(JSON.stringify(answered));
  else
    for (const [key, value] of Object.entries(answered))
      console.log(`${key.padEnd(20)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
}
