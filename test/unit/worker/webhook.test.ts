/** Alerts over HTTP: what a receiver of its own gets, and what its answers mean. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAlertActivities } from '../../../activities/send-alert.ts';
import type { AlertMessage } from '../../../model/alert-queue.ts';
import { parseConnections } from '../../../model/connections.ts';
import { Failure } from '../../../model/failure.ts';
import { ConnectionRegistry } from '../../../worker/connections.ts';
import { Scrubber } from '../../../worker/scrubber.ts';
import { Webhook, webhookSignature } from '../../../worker/webhook.ts';
import { attemptOf } from '../activities/literal-attempt.ts';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const received: Received[] = [];
let status = 200;
let silent = false;
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    received.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
    if (silent) return;
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
    response.end('an answer that nobody reads');
  });
});
const folder = mkdtempSync(join(tmpdir(), 'redoflow-contacts-'));
let address = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  writeFileSync(join(folder, 'secret'), 'a plain secret\n');
  writeFileSync(join(folder, 'url'), `${address}?token=tiger1\n`);
  writeFileSync(join(folder, 'nothing'), '');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  received.length = 0;
  status = 200;
  silent = false;
});

const message: AlertMessage = {
  id: 'msg_1',
  task: 'hr',
  kind: 'held',
  table: 'HR."Größe"',
  text: 'held at SCN 300',
  whatToDo: 'resync',
  at: '2026-11-22T00:00:00.000Z',
};

function activitiesWith(
  contacts: object,
  signal = new AbortController().signal,
): ReturnType<typeof createAlertActivities> {
  const parsed = parseConnections({ connections: {}, contacts });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const registry = new ConnectionRegistry(parsed, new Scrubber());
  return createAlertActivities({
    contact: (name) => registry.contact(name),
    attempt: () => attemptOf(undefined, { signal }),
  });
}
const file = (name: string): object => ({ file: join(folder, name) });
const ops = (change: object = {}): object => ({
  ops: { type: 'webhook', url: address, secret: file('secret'), ...change },
});

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** As the specification has it, not as the product does it. */
function expectSigned({ headers, body }: Received, key: Buffer): void {
  const [id, at] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
  expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
  const hmac = createHmac('sha256', key);
  for (const part of [id, '.', at, '.', body]) hmac.update(Buffer.from(part, 'utf8'));
  expect(headers['webhook-signature']).toBe(`v1,${hmac.digest().toString('base64')}`);
}

describe('an alert', () => {
  test('is posted as JSON, signed with the text of the secret', async () => {
    await activitiesWith(ops()).sendAlert({ contact: 'ops', message });
    const [request] = received;
    if (!request) throw new Error('nothing was received');
    expect(JSON.parse(request.body)).toEqual(message);
    expect(request.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'msg_1' });
    expectSigned(request, Buffer.from('a plain secret'));
  });

  test('is signed with the bytes that a whsec_ secret stands for, and goes to the address that a file holds', async () => {
    const key = Buffer.from([0, 255, 10, 13, 128, 7]);
    writeFileSync(join(folder, 'whsec'), `whsec_${key.toString('base64')}\n`);
    await activitiesWith(ops({ url: file('url'), secret: file('whsec') })).sendAlert({ contact: 'ops', message });
    const [request] = received;
    if (!request) throw new Error('nothing was received');
    expect(request.path).toBe('/hook?token=tiger1');
    expectSigned(request, key);
  });

  test('has the signature of the test vector that the reference implementations of the specification share', () => {
    const signed = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
    const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    expect(webhookSignature('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', signed)).toBe(signature);
  });

  test.each([
    [204, undefined],
    [302, 'alert-refused'],
    [400, 'alert-refused'],
    [404, 'alert-refused'],
    [410, 'alert-refused'],
    [408, 'alert-not-delivered'],
    [429, 'alert-not-delivered'],
    [500, 'alert-not-delivered'],
    [503, 'alert-not-delivered'],
  ])('is answered with %i: %s', async (answer, type) => {
    status = answer;
    const error = await errorOf(activitiesWith(ops()).sendAlert({ contact: 'ops', message }));
    expect(received).toHaveLength(1); // one request, no redirect
    if (type === undefined) {
      expect(error).toBeUndefined();
      return;
    }
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type, nonRetryable: type === 'alert-refused' });
    expect(error).toMatchObject({ message: `contact ops: it answered with status ${answer}` });
  });

  test('that cannot be sent names the contact, and neither address nor secret', async () => {
    writeFileSync(join(folder, 'closed'), 'http://127.0.0.1:1/tiger1');
    const activities = activitiesWith(ops({ url: file('closed') }));
    const error = await errorOf(activities.sendAlert({ contact: 'ops', message }));
    expect(error).toMatchObject({ type: 'alert-not-delivered', nonRetryable: false });
    expect(String(error)).toContain('contact ops: not reached');
    expect(String(error)).not.toMatch(/tiger1|127\.0\.0\.1|a plain secret/);
  });

  test('is given up at once when the attempt is cancelled', async () => {
    silent = true;
    const cancelled = new AbortController();
    const sending = errorOf(activitiesWith(ops(), cancelled.signal).sendAlert({ contact: 'ops', message }));
    await expect.poll(() => received.length).toBe(1);
    cancelled.abort(new Error('cancelled'));
    expect(await sending).toMatchObject({ message: 'cancelled' });
  });
});

describe('contacts', () => {
  test('are found, or all that are not are named', async () => {
    const activities = activitiesWith({ ...ops(), bare: { type: 'webhook', url: address, secret: file('nothing') } });
    await activities.findContacts({ contacts: ['ops'] });
    const error = await errorOf(activities.findContacts({ contacts: ['ops', 'oops', 'bare'] }));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({
      kind: 'bad-input',
      message:
        'alerts.contacts: no contact is registered as "oops" in connections.yaml; known: ops, bare; the secret of contact bare is empty',
    });
  });

  test('with an address that is none are refused without repeating it', async () => {
    writeFileSync(join(folder, 'odd'), 'ftp://tiger1/');
    const error = await errorOf(activitiesWith(ops({ url: file('odd') })).findContacts({ contacts: ['ops'] }));
    expect(String(error)).toContain('the url of contact ops is not an http or https address');
    expect(String(error)).not.toContain('tiger1');
  });
});

test('a receiver that is silent is not waited for longer than the timeout', async () => {
  silent = true;
  const answer = await new Webhook(address, 'secret', 50).deliver('msg_1', '{}', new AbortController().signal);
  expect(answer).toEqual({ delivered: false, mayHelp: true, problem: 'no answer within 0.05 s' });
});
