import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const config = path.join(root, '.dependency-cruiser.cjs');

const FOLDERS = [
  'model',
  'workflows',
  'activities',
  'oracle',
  'maxcompute',
  'worker',
  'client',
  'sandbox',
  'demo',
  'bench',
  'test',
];
const PACKAGES = ['zod', 'undici', 'oracledb', '@temporalio/workflow', '@temporalio/activity', '@temporalio/client'];

type Plant = readonly [rule: string, file: string, statement: string];

/** One line of source each; every rule of the configuration must be caught here at least once. */
const FORBIDDEN: readonly Plant[] = [
  ['model-is-pure', 'model/a1.ts', `import { readFileSync } from 'node:fs';`],
  ['model-is-pure', 'model/a2.ts', `import type { Stats } from 'node:fs';`],
  ['model-is-pure', 'model/a3.ts', `import { proxyActivities } from '@temporalio/workflow';`],
  ['model-is-pure', 'model/a4.ts', `import type { Thing } from '../oracle/thing.ts';`],
  ['model-is-pure', 'model/a5.ts', `export type { Thing } from '../activities/thing.ts';`],
  ['workflows-only-orchestrate', 'workflows/b1.ts', `import type { Thing } from '../activities/thing.ts';`],
  ['workflows-only-orchestrate', 'workflows/b2.ts', `import { setTimeout } from 'node:timers/promises';`],
  ['workflows-only-orchestrate', 'workflows/b3.ts', `import { Client } from '@temporalio/client';`],
  ['workflows-only-orchestrate', 'workflows/b4.ts', `export const load = () => import('../oracle/thing.ts');`],
  ['activities-see-ports-only', 'activities/c1.ts', `import type { Thing } from '../oracle/thing.ts';`],
  ['activities-see-ports-only', 'activities/c2.ts', `import { thing } from '../maxcompute/thing.ts';`],
  ['activities-see-ports-only', 'activities/c3.ts', `import { thing } from '../workflows/messages.ts';`],
  ['activities-see-ports-only', 'activities/c4.ts', `import { request } from 'undici';`],
  ['oracle-is-a-side', 'oracle/d1.ts', `import type { Thing } from '../maxcompute/thing.ts';`],
  ['oracle-is-a-side', 'oracle/d2.ts', `import { heartbeat } from '@temporalio/activity';`],
  ['maxcompute-is-a-side', 'maxcompute/e1.ts', `import type { Thing } from '../oracle/thing.ts';`],
  ['maxcompute-is-a-side', 'maxcompute/e2.ts', `import type { Thing } from '../activities/thing.ts';`],
  ['maxcompute-is-a-side', 'maxcompute/e3.ts', `import { heartbeat } from '@temporalio/activity';`],
  ['client-only-talks-to-temporal', 'client/f1.ts', `import { thing } from '../workflows/thing.ts';`],
  ['client-only-talks-to-temporal', 'client/f2.ts', `import type { Thing } from '../oracle/thing.ts';`],
  ['worker-runs-alone', 'worker/g1.ts', `import type { Thing } from '../client/thing.ts';`],
  ['sandbox-is-a-stranger', 'sandbox/oracle/h1.ts', `import type { Thing } from '../../model/thing.ts';`],
  ['sandbox-is-a-stranger', 'sandbox/h2.ts', `import { thing } from '../maxcompute/thing.ts';`],
  ['sandbox-is-a-stranger', 'sandbox/h3.ts', `import { thing } from '../test/thing.ts';`],
  ['product-never-needs-the-sandbox', 'worker/i1.ts', `import { thing } from '../sandbox/thing.ts';`],
  ['product-never-needs-the-sandbox', 'client/i2.ts', `import type { Thing } from '../sandbox/thing.ts';`],
  ['demo-uses-the-product-from-outside', 'demo/j1.ts', `import type { Thing } from '../worker/thing.ts';`],
  ['nobody-imports-the-demo', 'client/k1.ts', `import { thing } from '../demo/thing.ts';`],
  ['nobody-imports-a-bench', 'test/k2.ts', `import { thing } from '../bench/thing.ts';`],
  ['one-oracle-driver', 'worker/l1.ts', `import oracledb from 'oracledb';`],
  ['one-oracle-driver', 'sandbox/l2.ts', `import type { Pool } from 'oracledb';`],
  ['no-cycles', 'oracle/m1.ts', `import type { Thing } from './m2.ts';`],
  ['everything-resolves', 'client/n1.ts', `import { thing } from './nowhere.ts';`],
];

/** Closes the circle of the cycle above, which is reported once. */
const COMPANION = ['oracle/m2.ts', `import type { Thing } from './m1.ts';`] as const;

const ALLOWED: readonly (readonly [file: string, statement: string])[] = [
  ['model/o1.ts', `import { z } from 'zod';`],
  ['workflows/o2.ts', `import { thing } from '../model/thing.ts';`],
  ['workflows/o3.ts', `import { proxyActivities } from '@temporalio/workflow';`],
  ['activities/o4.ts', `import { heartbeat } from '@temporalio/activity';`],
  ['activities/o5.ts', `import { createHash } from 'node:crypto';`],
  ['oracle/o6.ts', `import oracledb from 'oracledb';`],
  ['maxcompute/o7.ts', `import { request } from 'undici';`],
  ['client/o8.ts', `import { thing } from '../workflows/messages.ts';`],
  ['client/o9.ts', `import { Client } from '@temporalio/client';`],
  ['worker/o10.ts', `import { thing } from '../oracle/thing.ts';`],
  ['demo/o11.ts', `import oracledb from 'oracledb';`],
  ['demo/o12.ts', `import { thing } from '../sandbox/thing.ts';`],
  ['bench/o13.ts', `import { thing } from '../oracle/thing.ts';`],
  ['bench/o14.ts', `import { thing } from '../demo/thing.ts';`],
];

const cruiseReport = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
});
const rules = z.object({ forbidden: z.array(z.object({ name: z.string() })) });

/** A miniature of the tree: one `thing.ts` per folder, empty packages, and the planted files. */
async function violationsOf(
  files: readonly (readonly [file: string, statement: string])[],
): Promise<readonly string[]> {
  const tree = await mkdtemp(path.join(os.tmpdir(), 'redoflow-imports-'));
  try {
    const thing = 'export const thing = 1;\nexport type Thing = number;\n';
    await plant(tree, 'package.json', JSON.stringify({ type: 'module', dependencies: allPackages() }));
    for (const name of PACKAGES) {
      await plant(tree, `node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      await plant(tree, `node_modules/${name}/index.js`, '');
    }
    for (const folder of FOLDERS) await plant(tree, `${folder}/thing.ts`, thing);
    await plant(tree, 'workflows/messages.ts', thing);
    for (const [file, statement] of files) await plant(tree, file, `${statement}\nexport type Thing = number;\n`);
    const report = cruiseReport.parse(JSON.parse(await cruise(tree)));
    return report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

const allPackages = () => Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0']));

async function plant(tree: string, file: string, text: string): Promise<void> {
  const target = path.join(tree, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

/** The JSON reporter exits with the number of violations, so only its output counts. */
function cruise(tree: string): Promise<string> {
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', config, '--output-type', 'json', ...FOLDERS];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: tree, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser gave no report: ${stderr}`, { cause: error }));
    });
  });
}

describe('the import rules', () => {
  test('catch every planted violation, type-only and dynamic imports included', { timeout: 60_000 }, async () => {
    const violations = await violationsOf([...FORBIDDEN.map(([, ...source]) => source), COMPANION]);
    const missed = FORBIDDEN.filter(([rule, file]) => !violations.includes(`${rule}: ${file}`));
    expect(missed).toEqual([]);
  });

  test('allow what each folder is made for', { timeout: 60_000 }, async () => {
    expect(await violationsOf(ALLOWED)).toEqual([]);
  });

  test('have a planted violation each', () => {
    const configured = rules.parse(createRequire(import.meta.url)(config)).forbidden.map(({ name }) => name);
    expect([...new Set(FORBIDDEN.map(([rule]) => rule))].sort()).toEqual([...configured].sort());
  });
});
