/** Temporary credentials that end, and clocks that differ (docs/fault-matrix.md, 60 and 61). */
import { expect, test } from 'vitest';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import { startMaxCompute, type MaxComputeServer } from '../../sandbox/maxcompute/server.ts';
import { failureKind, TWO_COLUMNS } from './maxcompute-world.ts';

const QUICK = { attemptsMax: 2, firstWaitMs: 5, budgetMs: 500 };

async function closing(server: MaxComputeServer) {
  return Object.assign(server, { [Symbol.asyncDispose]: async () => server.close() });
}

const keysOf = ({ accessKeyId, accessKeySecret, securityToken }: MaxComputeServer['sts']) => ({
  accessKeyId,
  accessKeySecret,
  stsToken: securityToken,
});

const table = { name: 'rf_t', comment: '', columns: TWO_COLUMNS, partitionColumns: [] };

test('a token that ends in the middle of an upload is read again, and the same session goes on, also at its commit', async () => {
  await using server = await closing(await startMaxCompute({ port: 0 }));
  const { endpoint, project, sts, faults } = server;
  let keys = keysOf(sts);
  let read = 0;
  const readAgain = () => {
    read++;
    return keys;
  };
  await using sink = new MaxComputeSink({ endpoint, project, ...keys, readAgain }, QUICK);
  await sink.createTable(table);
  const upload = await sink.openUpload({ table: table.name }, table.columns);
  await upload.write([['1', 'a']]);
  keys = keysOf(faults.renewSts());
  await upload.finish();
  keys = keysOf(faults.renewSts());
  await sink.commitUpload({ table: table.name }, upload.id);
  expect(read).toBe(2);
  keys = keysOf(faults.renewSts());
  expect(await Promise.all([1, 2, 3].map(async () => sink.countRows(table.name)))).toEqual([1, 1, 1]);
  expect(read).toBe(3);
});

test('a token that ended, with no other to be read, is a refused login; neither it nor its key is told', async () => {
  await using server = await closing(await startMaxCompute({ port: 0 }));
  const { endpoint, project, sts, faults } = server;
  const keys = keysOf(sts);
  let times = 0;
  const readAgain = () => {
    times++;
    if (times > 1) throw new Error('the file is being replaced');
    return keys;
  };
  await using sink = new MaxComputeSink({ endpoint, project, ...keys, readAgain }, QUICK);
  await sink.probe();
  faults.renewSts();
  const failure: unknown = await sink.probe().catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'sink-login-refused' });
  expect(await sink.probe().catch((error: unknown) => error)).toMatchObject({ kind: 'sink-login-refused' });
  expect(String(failure)).toMatch(
    /asking for MaxCompute project \w+: .*ODPS-0410051.* the security token \*\*\* of \*\*\* is expired/,
  );
});

test.each([
  [20, 'behind'],
  [-20, 'ahead of'],
])(
  'a service whose clock is %d minutes ahead refuses, and how far this one is %s it is told',
  async (minutes, where) => {
    const clock = { now: () => Date.now() + minutes * 60_000 };
    await using server = await closing(await startMaxCompute({ port: 0, clock }));
    const { endpoint, project, accessKeyId, accessKeySecret } = server;
    await using sink = new MaxComputeSink({ endpoint, project, accessKeyId, accessKeySecret }, QUICK);
    expect(await failureKind(sink.probe())).toBe('sink-rejected');
    await expect(sink.probe()).rejects.toThrow(
      new RegExp(
        `RequestTimeTooSkewed.*; the clock of this worker is 1(?:199|200|201) s ${where} MaxCompute's: set it$`,
      ),
    );
  },
);

test('clocks that are ten minutes apart do no harm', async () => {
  const clock = { now: () => Date.now() + 600_000 };
  await using server = await closing(await startMaxCompute({ port: 0, clock }));
  const { endpoint, project, accessKeyId, accessKeySecret } = server;
  await using sink = new MaxComputeSink({ endpoint, project, accessKeyId, accessKeySecret }, QUICK);
  await sink.probe();
});
