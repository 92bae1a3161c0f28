/**
 * `npm run -s screenshot`: a picture of a task in the Temporal UI, for the README. Uses the demo that is running in this
 * directory, or starts one with `--keep`. Needs a Chromium: $CHROME, or `chromium` or `google-chrome` on PATH.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { launch } from 'puppeteer-core';
import type { Page } from 'puppeteer-core';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const picture = path.join(root, 'docs', 'images', 'temporal-ui.png');
const DEMO_WITHIN_SECONDS = 240;
const DETAILS_WITHIN_SECONDS = 60;
/** What Current Details say once the first window of changes is committed; until then there is less to see. */
const WORTH_A_PICTURE = /Synchronizing[^]*latency\s*(?:<[^>]*>\s*)*\d/;

/** What a running demo leaves in `.demo/profile.json`. */
const demoProfile = z.object({ address: z.string(), namespace: z.string(), uiAddress: z.url() });
type DemoProfile = z.output<typeof demoProfile>;

const browser = findBrowser();
const running = await answeringDemo();
const started = running ? undefined : startDemo();
try {
  const demo = running ?? (await eventually(DEMO_WITHIN_SECONDS, 'no demo answered', answeringDemo));
  const task = await eventually(DEMO_WITHIN_SECONDS, 'the demo has no task', () => runningTask(demo));
  await photograph(`${demo.uiAddress}/namespaces/${demo.namespace}/workflows/${task}/user-metadata`);
  console.log(picture);
} finally {
  started?.kill('SIGINT');
}

function startDemo() {
  console.error('no demo is running here; starting one …');
  return spawn(process.execPath, ['--import', 'tsx', path.join(root, 'demo', 'main.ts'), '--keep'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The demo of this directory, while its UI answers; its profile may outlive it. */
async function answeringDemo(): Promise<DemoProfile | undefined> {
  try {
    const profile = demoProfile.parse(JSON.parse(await readFile(path.join(root, '.demo', 'profile.json'), 'utf8')));
    const reply = await fetch(profile.uiAddress);
    return reply.ok ? profile : undefined;
  } catch {
    return undefined;
  }
}

/** `<workflow id>/<run id>` of the newest running task, as the UI's addresses have it. */
async function runningTask({ address, namespace }: DemoProfile): Promise<string | undefined> {
  const connection = await Connection.connect({ address, channelArgs: { 'grpc.enable_http_proxy': 0 } });
  try {
    const { workflow } = new Client({ connection, namespace });
    const query = `ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH 'redoflow/'`;
    for await (const { workflowId, runId } of workflow.list({ query })) {
      // A copy of one table is a child with a longer id.
      if (workflowId.split('/').length === 2) return `${encodeURIComponent(workflowId)}/${runId}`;
    }
    return undefined;
  } finally {
    await connection.close();
  }
}

async function photograph(address: string): Promise<void> {
  // Nothing but the loopback interface is looked up: the UI works without the rest of the world.
  const offline = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1';
  const chromium = await launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu', offline] });
  try {
    const page = await chromium.newPage();
    await page.setViewport({ width: 1500, height: 1100 });
    await page.goto(address, { waitUntil: 'domcontentloaded' });
    await eventually(DETAILS_WITHIN_SECONDS, `${address} did not show ${String(WORTH_A_PICTURE)}`, () =>
      showsDetails(page),
    );
    await mkdir(path.dirname(picture), { recursive: true });
    await page.screenshot({ path: picture });
  } finally {
    await chromium.close();
  }
}

/** Current Details are a query that the UI asks once; R asks again. Their Markdown is drawn in a frame of its own. */
async function showsDetails(page: Page): Promise<true | undefined> {
  const texts = await Promise.all(page.frames().map((frame) => frame.content().catch(() => '')));
  if (texts.some((text) => WORTH_A_PICTURE.test(text))) return true;
  await page.keyboard.press('r');
  await wait(2000);
  return undefined;
}

async function eventually<T>(seconds: number, otherwise: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await wait(500);
  }
  throw new Error(`${otherwise} within ${seconds} s`);
}

function findBrowser(): string {
  const { CHROME, PATH = '' } = process.env;
  if (CHROME) return CHROME;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const files = PATH.split(path.delimiter).flatMap((folder) => names.map((name) => path.join(folder, name)));
  const file = files.find(isExecutable);
  if (!file) throw new Error('No Chromium on PATH: install one, or set CHROME to its program.');
  return file;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
