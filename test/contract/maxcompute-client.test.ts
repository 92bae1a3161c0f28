/** How often the client asks, and what it says afterwards, against a server that answers from a list. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { MaxComputeClient, type Repeat } from '../../maxcompute/client.ts';

type Reply = readonly [status: number, body?: string, headers?: Readonly<Record<string, string>>];

/** Answers the replies in order; the last one for ever, or never where there is none. Status 0 drops the connection. */
async function serverOf(...replies: readonly Reply[]) {
  const seen: { method: string; url: string; body: string; at: number }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const reply = replies[Math.min(seen.length, replies.length - 1)];
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        body: Buffer.concat(parts).toString(),
        at: performance.now(),
      });
      if (reply === undefined) return;
      const [status, body = '', headers = {}] = reply;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const secrets = { accessKeyId: 'THE-KEY', accessKeySecret: 'THE-SECRET', stsToken: 'THE-TOKEN' };
  const client = new MaxComputeClient(
    { endpoint: `http://127.0.0.1:${port}/api/`, project: 'p', ...secrets },
    { attemptsMax: 3, firstWaitMs: 10, budgetMs: 3_000 },
  );
  return {
    seen,
    ask: async (repeat: Repeat, carriesRows = false, signal?: AbortSignal) =>
      client.call({
        plane: 'service',
        method: 'POST',
        path: '/projects/p/a b',
        body: Buffer.from('x'),
        repeat,
        what: 'asking',
        carriesRows,
        signal,
      }),
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const DAMAGED: Reply = [400, '{"Code":"MalformedDataStream","Message":"m"}'];
const SLOT: Reply = [403, '{"Code":"SlotExceeded","Message":"m"}'];

test.each<[string, Repeat, number, readonly Reply[]]>([
  ['a passing 503 is asked again', 'always', 2, [[503], [200]]],
  ['a dropped connection is asked again', 'always', 2, [[0], [200]]],
  ['a damaged body is sent again', 'always', 2, [DAMAGED, [200]]],
  ['an exceeded quota is asked again, whatever its status', 'always', 2, [SLOT, [200]]],
  ['an exceeded quota did nothing, so even a rename is asked again', 'unsent', 2, [SLOT, [200]]],
  ['409 with Retry-After means submit again', 'unsent', 2, [[409, '', { 'retry-after': '0' }], [200]]],
])('%s', async (_rule, repeat, requests, replies) => {
  await using server = await serverOf(...replies);
  expect((await server.ask(repeat)).status).toBe(200);
  expect(server.seen.map(({ body }) => body)).toEqual(Array.from({ length: requests }, () => 'x'));
});

test.each<[string, Repeat, number, Reply]>([
  ['attempts are counted', 'always', 3, [503]],
  ['a plain refusal is final', 'always', 1, [400]],
  ['409 without Retry-After is final', 'always', 1, [409]],
  ['what may only be repeated unsent is not repeated after 503', 'unsent', 1, [503]],
  ['nor after a lost answer', 'unsent', 1, [0]],
  ['a commit is one request after 503', 'never', 1, [503]],
  ['after 429', 'never', 1, [429]],
  ['after 308', 'never', 1, [308]],
  ['and after a lost answer', 'never', 1, [0]],
  ['a Retry-After beyond the budget is left to the caller', 'always', 1, [503, '', { 'retry-after': '60' }]],
])('%s', async (_rule, repeat, requests, reply) => {
  await using server = await serverOf(reply);
  await expect(server.ask(repeat)).rejects.toThrow('asking: ');
  expect(server.seen.length).toBe(requests);
});

test('Retry-After is waited out', async () => {
  await using server = await serverOf([429, '', { 'retry-after': '1' }], [200]);
  await server.ask('always');
  const [first, second] = server.seen;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
});

test.each<[string, Reply | undefined]>([
  ['a request', undefined],
  ['the wait for its repetition', [503, '', { 'retry-after': '2' }]],
])('%s ends when whoever asked is cancelled', async (_what, reply) => {
  await using server = await serverOf(...(reply ? [reply] : []));
  const asking = new AbortController();
  const asked = server.ask('always', false, asking.signal);
  asked.catch(() => undefined);
  await expect.poll(() => server.seen.length).toBe(1);
  asking.abort(new Error('paused'));
  const abortedAt = performance.now();
  await expect(asked).rejects.toThrow(/paused|aborted/);
  expect(performance.now() - abortedAt).toBeLessThan(1_000);
  expect(server.seen.length).toBe(1);
});

test('the path is encoded below the prefix of the endpoint', async () => {
  await using server = await serverOf([200]);
  await server.ask('never');
  expect(server.seen[0]?.url).toBe('/api/projects/p/a%20b?curr_project=p');
});

test('no secret that the service echoes reaches the failure; and no message at all of calls that carry rows', async () => {
  const echo = 'you sent THE-KEY, THE-TOKEN, THE-SECRET and row 42';
  await using server = await serverOf([400, JSON.stringify({ Code: 'Bad', Message: echo, RequestId: 'R' })]);
  await expect(server.ask('never')).rejects.toThrow(
    'asking: Bad: you sent ***, ***, *** and row 42 (HTTP 400, request id R)',
  );
  await expect(server.ask('never', true)).rejects.toThrow('asking: Bad (HTTP 400, request id R)');
});

test('data goes to no tunnel endpoint of another owner', async () => {
  await using server = await serverOf([200, 'tunnel.evil.example']);
  await expect(server.client.discoverTunnel()).rejects.toMatchObject({ kind: 'bad-input' });
});
