/** What the machine of a worker lacks, and names that are not resolved (docs/fault-matrix.md, 86, 88, 90). */
import { execFile } from 'node:child_process';
import dns from 'node:dns';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import { OracleSource } from '../../oracle/source.ts';
import { FaultDatabase } from '../support/fault-database.ts';
import { never, writtenSoFar } from '../support/oracle-tail.ts';
import { failureOf } from '../support/oracle-world.ts';
import { smallDisk } from '../support/small-disk.ts';

const ROWS = 400;
/** RFC 2606: never resolved. */
const NAME = 'db.invalid';

let database: FaultDatabase;
let folder: string;

beforeAll(async () => {
  database = await FaultDatabase.open();
  folder = await mkdtemp(path.join(os.tmpdir(), 'redoflow-host-'));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('a disk that is full under rows that wait for their COMMIT ends the range, and with room it is read whole', async () => {
  const table = await database.create('SPILLED');
  const point = await database.source.capturePoint();
  const insert = `INSERT INTO SPILLED SELECT LEVEL, 'n' FROM DUAL CONNECT BY LEVEL <= ${ROWS}`;
  await database.commit(await database.connect(), insert);
  const source = new OracleSource(database.connection, { scratch: { directory: folder, memoryMegabytes: 0.01 } });
  const { incarnation, scn: from, open } = point;
  const request = { incarnation, from, to: await writtenSoFar(source), open, tables: [table] };
  const mined = async (): Promise<unknown[]> => {
    await using range = await source.mine(request, never);
    const ids: unknown[] = [];
    for await (const { changes } of range.transactions)
      for (const change of changes) ids.push(change.kind === 'insert' && change.after[0]);
    return ids;
  };
  using disk = smallDisk(20_000);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const failure = await failureOf(mined());
    expect(failure.kind).toBe('worker-out-of-resources');
    expect(failure.message).toMatch(
      /^Changes that wait .* put aside in .*redoflow-host-.* \(REDOFLOW_SCRATCH, .*: ENOSPC\. The disk of this worker is full: free some of it\.$/,
    );
    expect(disk.room).toBe(20_000); // what was written is given back at once
  }
  expect(disk.refused).toBe(2);
  disk.room = 10_000_000;
  expect(await mined()).toEqual(Array.from({ length: ROWS }, (_, i) => `${i + 1}`));
  expect(disk.room).toBe(10_000_000);
  await source.close();
});

test('a process without file descriptors says so whatever it was doing, and goes on when it has some', async () => {
  const { maxcompute } = database.sandbox;
  const { endpoint, project, accessKeyId, accessKeySecret } = maxcompute;
  const secretFile = path.join(folder, 'secret');
  writeFileSync(secretFile, 'a secret');
  const sides = {
    oracle: database.connection,
    maxcompute: { endpoint, project, accessKeyId, accessKeySecret },
    secretFile,
  };
  const script = 'ulimit -n 128 && exec "$0" --import tsx test/support/few-descriptors.ts';
  const environment = { ...process.env, SIDES: JSON.stringify(sides) };
  const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath], { env: environment });
  const { taken, without, afterwards } = JSON.parse(stdout) as Record<string, readonly string[]>;
  expect(taken).toBeGreaterThan(50);
  const lacking =
    'EMFILE. This worker has no file descriptor left: raise its limit (ulimit -n; LimitNOFILE of systemd).';
  const failed = (what: string, doing: string): unknown =>
    expect.stringMatching(new RegExp(`^${what}: worker-out-of-resources: Failure: ${doing}: .*`));
  expect(without).toEqual([
    failed('source', String.raw`logging in as HR at Oracle 127\.0\.0\.1:\d+/ORCL`),
    failed('destination', String.raw`finding the tunnel endpoint of project \w+ at 127\.0\.0\.1:\d+`),
    failed('scratch', 'Changes that wait for their COMMIT cannot be put aside in .*'),
    failed('secret', 'file .*secret of a secret cannot be read'),
  ]);
  for (const answer of without ?? []) expect(answer.endsWith(lacking)).toBe(true);
  expect(afterwards).toEqual(['source: well', 'destination: well', 'scratch: well', 'secret: well']);
});

describe('a host name', () => {
  /** What the resolver does next; `vi` puts the real one back. */
  const resolver = (answers: readonly ('fails' | 'finds')[]) => {
    const waiting = [...answers];
    const asked: string[] = [];
    const answer = (host: string): readonly { address: string; family: number }[] => {
      asked.push(host);
      if (waiting.shift() !== 'finds')
        throw Object.assign(new Error(`getaddrinfo EAI_AGAIN ${host}`), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' });
      return [{ address: '127.0.0.1', family: 4 }];
    };
    return { asked, answer };
  };

  test('of the source that is not resolved is waited for, and asked for again at the next attempt', async () => {
    const { asked, answer } = resolver(['fails', 'finds', 'finds', 'finds']);
    const lookup = vi.spyOn(dns.promises, 'lookup').mockImplementation((async (host: string, { all = false } = {}) => {
      const found = answer(host);
      return Promise.resolve(all ? found : found[0]);
    }) as never);
    const source = database.sourceWith({ host: NAME });
    const failure = await failureOf(source.probe());
    expect(failure.kind).toBe('source-unreachable');
    expect(failure.message).toMatch(/^logging in as HR at Oracle db\.invalid:\d+\/ORCL: NJS-530: .* unresolvable/);
    await source.probe();
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(new Set(asked)).toEqual(new Set([NAME]));
    lookup.mockRestore();
  });

  test('of the source that is not resolved is passed over where another host is named', async () => {
    const { host } = database.connection;
    await database.sourceWith({ host: [NAME, ...(typeof host === 'string' ? [host] : host)] }).probe();
  });

  test('of the destination that is not resolved is waited for, and asked for again at the next attempt', async () => {
    const { asked, answer } = resolver(['fails', 'fails', 'finds', 'finds', 'finds']);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      host: string,
      _options: object,
      done: (...found: unknown[]) => void,
    ) => {
      try {
        done(null, answer(host));
      } catch (error) {
        done(error);
      }
    }) as never);
    const { endpoint, project, accessKeyId, accessKeySecret } = database.sandbox.maxcompute;
    const named = endpoint.replace('127.0.0.1', NAME);
    const connection = {
      endpoint: named,
      tunnelEndpoint: new URL(endpoint).origin,
      project,
      accessKeyId,
      accessKeySecret,
    };
    await using sink = new MaxComputeSink(connection, { attemptsMax: 2, firstWaitMs: 1, budgetMs: 2_000 });
    const failure = await failureOf(sink.probe());
    expect(failure.kind).toBe('sink-unreachable');
    expect(failure.message).toMatch(/ no answer from db\.invalid:\d+: EAI_AGAIN /);
    await sink.probe();
    expect(asked.length).toBeGreaterThanOrEqual(3);
    lookup.mockRestore();
  });
});
