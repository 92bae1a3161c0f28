/** Asks the checker, a Python program that shares no code with anything here, for its verdict. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TableProgress } from '../../model/progress.ts';
import { BANK_TABLES, OPENING_BALANCE, FIRST_ROWS, SHARES } from './bank-tables.ts';
import type { MadeAddition } from './bank-workload.ts';
import type { Stage } from './stage.ts';

const verdict = z.object({
  lost: z.number(),
  duplicated: z.number(),
  ghosts: z.number(),
  changed: z.number(),
  texts: z.array(z.string()),
  transactions: z.number(),
  logRows: z.number(),
  baseRows: z.number(),
  boundaries: z.number(),
});
export type Verdict = z.output<typeof verdict>;

export interface CheckOptions {
  readonly python: string;
  readonly tables: readonly TableProgress[];
  readonly additions: readonly MadeAddition[];
  readonly seed: number;
}

/** @throws when the checker itself fails */
export async function check(stage: Stage, { python, tables, additions, seed }: CheckOptions): Promise<Verdict> {
  const { folder, addresses } = stage;
  const input = {
    control: addresses.control,
    ...addresses.maxcompute,
    seed,
    boundaries: 20,
    total: String(OPENING_BALANCE * FIRST_ROWS.ACCOUNT * SHARES),
    // a held table stands at an SCN of its own and says so: that is told, and not counted as loss
    tables: BANK_TABLES.filter(({ name }) => stateOf(tables, name) !== 'held').map(({ name, columns, key }) => {
      const found = tables.find(({ table }) => table === `HR.${name}`);
      const added = additions
        .filter(({ table }) => table === name)
        .map(({ column, defaultText, scns }) => ({ column, default: defaultText ?? null, scns }));
      const place = { base: found?.base ?? null, log: found?.log ?? null, snapshotScn: found?.snapshotScn ?? null };
      return { name: `HR.${name}`, columns, key, added, ...place };
    }),
  };
  const file = path.join(folder, 'check.json');
  writeFileSync(file, JSON.stringify(input));
  return verdict.parse(JSON.parse(await output(python, file)));
}

const stateOf = (tables: readonly TableProgress[], name: string): string | undefined =>
  tables.find(({ table }) => table === `HR.${name}`)?.state;

async function output(python: string, file: string): Promise<string> {
  const program = fileURLToPath(new URL('checker.py', import.meta.url));
  const child = spawn(python, [program, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`the checker ended with ${String(code)}: ${texts.err.slice(-2_000)}`);
  return texts.out;
}
