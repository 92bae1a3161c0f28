import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorAnswer, ServiceError } from '../../../../sandbox/maxcompute/answers.ts';
import { maxComputeActions } from '../../../../sandbox/control-maxcompute.ts';
import { DroppedAnswer, type FaultPlan } from '../../../../sandbox/maxcompute/faults.ts';
import { startMaxCompute, type MaxComputeServer } from '../../../../sandbox/maxcompute/server.ts';
import { block, codeOf, idOf, numbers, Service, T, Upload } from './service.ts';

const plan = (change: Partial<FaultPlan>): FaultPlan => ({
  operation: 'commit',
  action: 'answer',
  when: 'before',
  status: 503,
  milliseconds: 0,
  skip: 0,
  times: 1,
  ...change,
});

/** A session on a new table t that holds a block. */
async function uploaded(service: Service, rows = 1): Promise<Upload> {
  await service.sql('CREATE TABLE t (a BIGINT);');
  const upload = await Upload.open(service);
  await upload.write(0, numbers(...Array.from({ length: rows }, (_row, index) => BigInt(index))));
  return upload;
}

describe('a planned fault', () => {
  test('comes at the k-th request, so often as was said, with Retry-After and a code of its own', async () => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    const upload = await Upload.open(service);
    const change = {
      operation: 'status',
      status: 429,
      code: 'SlotExceeded',
      retryAfterSeconds: 7,
      skip: 1,
      times: 2,
    } as const;
    service.routes.faults.plan(plan(change));
    const codes: string[] = [];
    for (let request = 0; request < 4; request++) codes.push(await codeOf(upload.status()));
    expect(codes).toEqual(['no error', '429 SlotExceeded', '429 SlotExceeded', 'no error']);
    expect(service.routes.faults.report()).toMatchObject([{ id: 1, happened: 2 }]);
    service.routes.faults.plan(plan({ operation: 'status', times: Infinity, retryAfterSeconds: 7 }));
    await expect(upload.status()).rejects.toMatchObject({ headers: { 'Retry-After': '7' } });
    service.routes.faults.clear();
    expect(await codeOf(upload.status())).toBe('no error');
  });

  test('of a late commit answers an error first and takes effect later', async () => {
    await using service = await Service.open();
    const upload = await uploaded(service);
    service.routes.faults.plan(plan({ action: 'late', milliseconds: 50 }));
    expect(await codeOf(upload.commit())).toBe('503 ServiceUnavailable');
    expect(await upload.status()).toMatchObject({ Status: 'normal' });
    await expect.poll(async () => (await upload.status()).Status).toBe('closed');
    expect(await service.rows('SELECT COUNT(*) FROM t;')).toEqual(['1']);
  });

  test('reaches polls, metadata and downloads', async () => {
    await using service = await Service.open();
    const upload = await uploaded(service);
    await upload.commit();
    service.routes.faults.plan(plan({ operation: 'download', status: 403 }));
    expect(await codeOf(service.send('POST', `${T}?downloads`))).toBe('403 NoPermission');
    service.routes.faults.plan(plan({ operation: 'metadata', status: 500 }));
    expect(await codeOf(service.send('GET', T, { plane: 'rest' }))).toBe('500 InternalServerError');
    service.routes.faults.plan(plan({ operation: 'poll', action: 'drop' }));
    await expect(service.sql('SELECT 1;')).rejects.toThrow(DroppedAnswer);
  });

  test('halves a download, which then has no footer', async () => {
    await using service = await Service.open();
    const upload = await uploaded(service, 100);
    await upload.commit();
    const session = await service.send('POST', `${T}?downloads`);
    const read = async (): Promise<number> => {
      const answer = await service.send('GET', `${T}?downloadid=${idOf(session, 'DownloadID')}&data&rowrange=(0,100)`);
      return answer.body.length;
    };
    const whole = await read();
    service.routes.faults.plan(plan({ operation: 'download', action: 'halve' }));
    expect(await read()).toBe(Math.floor(whole / 2));
  });
});

describe('a body that is damaged', () => {
  test.each([
    ['cut-body', 'IncompleteBody'],
    ['flip-body', 'CorruptedDataStream'],
  ] as const)('by %s is refused as %s, compressed or not, and the block is not there', async (action, code) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a STRING);');
    const upload = await Upload.open(service);
    const body = block(['string'], ['a'.repeat(100)]);
    service.routes.faults.plan(plan({ operation: 'block', action, times: 2 }));
    expect(await codeOf(upload.write(0, body))).toBe(code);
    expect(await codeOf(upload.write(0, deflateSync(body), 'deflate'))).toBe(code);
    expect((await upload.status()).UploadedBlockList).toEqual([]);
    expect(await codeOf(upload.write(0, body))).toBe('no error');
  });
});

describe('a gateway', () => {
  test.each([
    [502, '502 Bad Gateway'],
    [504, '504 Gateway Time-out'],
  ])('answers %d with a page on both planes', async (status, title) => {
    await using service = await Service.open();
    const upload = await uploaded(service);
    service.routes.faults.plan(plan({ operation: 'status', status }));
    const error: unknown = await upload.status().catch((thrown: unknown) => thrown);
    if (!(error instanceof ServiceError)) throw new Error('no refusal');
    for (const plane of ['rest', 'tunnel'] as const) {
      const answer = errorAnswer(error, plane, 'R');
      expect(answer).toMatchObject({ status, headers: { 'Content-Type': 'text/html' } });
      expect(answer.body).toContain(`<title>${title}</title>`);
    }
    service.routes.faults.plan(plan({ operation: 'status', status, code: 'InternalServerError' }));
    expect(await codeOf(upload.status())).toBe(`${String(status)} InternalServerError`);
  });
});

describe('a right that is taken away', () => {
  test.each([
    ['Describe', (service: Service) => codeOf(service.send('GET', T, { plane: 'rest' })), '403 ODPS-0420095'],
    ['Update', (service: Service) => codeOf(Upload.open(service)), '403 NoPermission'],
    ['Select', (service: Service) => codeOf(service.send('POST', `${T}?downloads`)), '403 NoPermission'],
  ] as const)('to %s is missed in its requests only, and on its table only', async (action, ask, code) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    service.routes.access.deny('other', action);
    expect(await ask(service)).toBe('no error');
    service.routes.access.deny('T', action);
    expect(await ask(service)).toBe(code);
    service.routes.access.allowAll();
    expect(await ask(service)).toBe('no error');
  });

  test.each([
    ['Select', 'SELECT COUNT(*) FROM t;'],
    ['Update', 'INSERT INTO t VALUES (1);'],
    ['Alter', 'ALTER TABLE t ADD COLUMNS (b BIGINT);'],
    ['Alter', 'TRUNCATE TABLE t;'],
    ['Drop', 'DROP TABLE t;'],
  ] as const)('to %s fails %s', async (action, statement) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    service.routes.access.deny('t', action);
    await expect(service.sql(statement)).rejects.toThrow(
      `ODPS-0130013:[1,1] Authorization exception - You have NO privilege 'odps:${action}' on {acs:odps:*:projects/p/tables/t}`,
    );
    service.routes.access.allowAll();
    await service.sql(statement);
  });
});

describe('a body that stands still', () => {
  test('costs the connection after the time of silence, not before', async () => {
    const server = await startMaxCompute({ port: 0 });
    server.faults.limit({ silentMilliseconds: 200 });
    const { hostname, port } = new URL(server.endpoint);
    const socket = connect(Number(port), hostname);
    const closed = new Promise<number>((resolve) => {
      socket.once('close', () => {
        resolve(performance.now());
      });
    });
    socket.on('error', () => undefined);
    socket.write('PUT /projects/p/tables/t?uploadid=u&blockid=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 120));
    socket.write('some');
    const last = performance.now();
    expect((await closed) - last).toBeGreaterThan(150);
    await server.close();
  });
});

describe('sessions', () => {
  test('of which a commit was asked end together, others stay', async () => {
    await using service = await Service.open();
    const upload = await uploaded(service);
    const other = await Upload.open(service);
    service.routes.faults.plan(plan({ action: 'drop' }));
    await expect(upload.commit()).rejects.toThrow(DroppedAnswer);
    expect(service.routes.uploads.expireAll('commit-requested')).toBe(1);
    expect([await upload.status(), await other.status()]).toMatchObject([{ Status: 'expired' }, { Status: 'normal' }]);
    expect(service.routes.uploads.expireAll('open')).toBe(1);
    expect(service.routes.uploads.report()).toMatchObject([
      { id: upload.id, table: 't', status: 'expired', blocks: [0], commitRequested: true },
      { id: other.id, status: 'expired', blocks: [], commitRequested: false },
    ]);
  });
});

describe('quotas', () => {
  test.each([
    [{ openSessions: 1 }, '429 SlotExceeded'],
    [{ sessionsPerFiveMinutes: 1 }, '429 FlowExceeded'],
    [{ requestsPerSecond: 1 }, '429 QPSExceeded'],
  ])('%j refuses the second session', async (limits, code) => {
    await using service = await Service.open();
    await service.sql('CREATE TABLE t (a BIGINT);');
    service.routes.limits.set(limits);
    expect(await codeOf(Upload.open(service))).toBe('no error');
    expect(await codeOf(Upload.open(service))).toBe(code);
    service.clock.time += 24 * 3_600_000;
    expect(await codeOf(Upload.open(service))).toBe('no error');
  });
});

test('partitions of a table are 60,000 at most, or as many as a test allows', async () => {
  await using service = await Service.open();
  await service.sql('CREATE TABLE t (a BIGINT) PARTITIONED BY (d STRING);');
  service.routes.limits.set({ partitionsPerTable: 2 });
  await service.sql("ALTER TABLE t ADD PARTITION (d='1') PARTITION (d='2');");
  await service.sql("ALTER TABLE t ADD IF NOT EXISTS PARTITION (d='2');");
  const third = "ALTER TABLE t ADD PARTITION (d='3');";
  await expect(service.sql(third)).rejects.toThrow(
    'ODPS-0123031:[1,1] ODPS partition exception - maximum 2 partitions allowed',
  );
  service.routes.limits.set({});
  await service.sql(third);
});

describe('the control port', () => {
  let server: MaxComputeServer;
  beforeAll(async () => {
    server = await startMaxCompute({ port: 0 });
  });
  afterAll(async () => server.close());

  const run = (action: string, body: Readonly<Record<string, unknown>> = {}): unknown =>
    maxComputeActions(server.faults).get(action)?.(new Map(Object.entries(body)), new URLSearchParams());

  test('a plan is checked and listed', () => {
    expect(
      run('POST /maxcompute/faults', { operation: 'commit', action: 'late', milliseconds: 5, times: 'always' }),
    ).toEqual({ id: 1 });
    expect(run('GET /maxcompute/faults')).toMatchObject({
      faults: [{ id: 1, action: 'late', times: 'always', status: 503, happened: 0 }],
    });
    expect(() => run('POST /maxcompute/faults', { operation: 'commit' })).toThrow(/action must be one of/);
    expect(() => run('POST /maxcompute/faults', { operation: 'commit', action: 'drop', time: 1 })).toThrow(
      /time is not one of/,
    );
    expect(() => run('POST /maxcompute/limits', { openSessions: -1 })).toThrow(/whole number/);
    run('POST /maxcompute/clear-faults');
    expect(run('GET /maxcompute/faults')).toEqual({ faults: [] });
    expect(run('POST /maxcompute/expire-sessions', { which: 'open' })).toEqual({ expired: 0 });
  });
});
