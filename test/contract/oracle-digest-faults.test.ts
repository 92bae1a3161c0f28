/** What can go wrong while the database computes digests. */
import { expect, test } from 'vitest';
import { FaultDatabase } from '../support/fault-database.ts';
import { collect, never } from '../support/oracle-tail.ts';
import { failureOf } from '../support/oracle-world.ts';

test('undo that is gone is told as by the chunk reader', async () => {
  await using database = await FaultDatabase.open();
  const description = await database.create('UNDONE');
  const writer = await database.connect();
  await database.commit(writer, "INSERT INTO UNDONE SELECT LEVEL, 'a' FROM DUAL CONNECT BY LEVEL <= 500");
  const asOf = await database.source.currentScn();
  const [chunk] = await database.source.planChunks(description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 1 });
  if (!chunk) throw new Error('no chunk');
  await database.commit(writer, "UPDATE UNDONE SET NAME = 'b'");
  await database.control('undo', { forgetBefore: 'now' });
  const buckets = { text: { row: [[0, 1]], key: [[0]] }, count: 4, wanted: [0] };
  const place = { chunk, asOf };
  const digest = await failureOf(database.source.digestChunk(description, place, buckets, never));
  expect(digest).toMatchObject({ kind: 'source-snapshot-too-old' });
  expect(digest.message).toMatch(/^querying "HR"\."UNDONE" .*ORA-01555/);
  const rows = await failureOf(collect(database.source.readBuckets(description, place, buckets, never)));
  expect(rows).toMatchObject({ kind: 'source-snapshot-too-old' });
});

test('a digest on its way ends when its signal does, and the database is free for others', async () => {
  await using database = await FaultDatabase.open();
  const description = await database.create('LONG_ONE');
  const writer = await database.connect();
  await database.commit(writer, "INSERT INTO LONG_ONE SELECT LEVEL, 'a' FROM DUAL CONNECT BY LEVEL <= 60000");
  const asOf = await database.source.currentScn();
  const [chunk] = await database.source.planChunks(description, { chunkMegabytes: 100, chunksMin: 1, chunksMax: 1 });
  if (!chunk) throw new Error('no chunk');
  const stop = new AbortController();
  const buckets = { text: { row: [[0, 1]], key: [[0]] }, count: 4 };
  const digest = database.source.digestChunk(description, { chunk, asOf }, buckets, stop.signal);
  setTimeout(() => {
    stop.abort(new Error('paused by the operator'));
  }, 20);
  await expect(digest).rejects.toThrow('paused by the operator');
  expect(await database.source.currentScn()).toMatch(/^\d+$/);
});
