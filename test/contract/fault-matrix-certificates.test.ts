/** Certificates of MaxCompute (docs/fault-matrix.md, 66). Which ones are trusted is settled when a process starts: so one is started. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { selfSigned, type Certificate } from './certificates.ts';

const DAY_MS = 86_400_000;
const day = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/** An HTTPS server that says yes to everything, and counts it. */
async function serverWith(certificate: Certificate) {
  let requests = 0;
  const server = createServer(certificate, (_request, response) => {
    requests++;
    response.end('');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    endpoint: `https://127.0.0.1:${port}/api`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Probes each endpoint in a process that trusts these certificates. Answers the failures. */
async function probed(
  endpoints: readonly string[],
  trusted: readonly Certificate[],
): Promise<readonly { readonly kind?: string; readonly message?: string }[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'redoflow-certificates-'));
  const file = path.join(folder, 'trusted.pem');
  writeFileSync(file, trusted.map(({ cert }) => cert).join(''));
  const program = `
    import { MaxComputeSink } from './maxcompute/sink.ts';
    const probe = async (endpoint) => {
      const keys = { accessKeyId: 'THE-KEY', accessKeySecret: 'THE-SECRET' };
      const sink = new MaxComputeSink({ endpoint, tunnelEndpoint: endpoint, project: 'p', ...keys }, { attemptsMax: 2, firstWaitMs: 5, budgetMs: 500 });
      const answer = await sink.probe().then(() => ({}), ({ kind, message }) => ({ kind, message }));
      await sink[Symbol.asyncDispose]();
      return answer;
    };
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(endpoints)}.map(probe))));`;
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
      },
    );
    return JSON.parse(stdout) as readonly { kind?: string; message?: string }[]; // written just above
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a certificate that has expired, names another host or has an unknown issuer ends the connection before a request; it is told and waited for', async () => {
  const names = ['127.0.0.1'];
  const good = selfSigned({ names, from: day(-1), to: day(1) });
  const expired = selfSigned({ names, from: day(-9), to: day(-1) });
  const another = selfSigned({ names: ['service.example.com'], from: day(-1), to: day(1) });
  const unknown = selfSigned({ names, from: day(-1), to: day(1) });
  await using right = await serverWith(good);
  await using late = await serverWith(expired);
  await using elsewhere = await serverWith(another);
  await using stranger = await serverWith(unknown);
  const servers = [right, late, elsewhere, stranger];
  const answers = await probed(
    servers.map(({ endpoint }) => endpoint),
    [good, expired, another],
  );
  expect(answers.map(({ kind }) => kind)).toEqual([undefined, ...Array.from({ length: 3 }, () => 'sink-unreachable')]);
  expect(answers.map(({ message = '' }) => message)).toEqual([
    '',
    expect.stringMatching(/^asking for MaxCompute project p: no answer from 127\.0\.0\.1:\d+: CERT_HAS_EXPIRED /),
    expect.stringMatching(/: ERR_TLS_CERT_ALTNAME_INVALID .*IP: 127\.0\.0\.1 is not in the cert's list/),
    expect.stringMatching(/: DEPTH_ZERO_SELF_SIGNED_CERT .*; nothing was sent: .*NODE_EXTRA_CA_CERTS$/),
  ]);
  expect(servers.map(({ requests }) => requests())).toEqual([1, 0, 0, 0]);
});
