/** What the sink does when the service fails; only the sandbox can be asked to. */
import { afterAll, describe, expect, test } from 'vitest';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { FaultPlan } from '../../sandbox/maxcompute/faults.ts';
import { failureKind, isReal, openMaxCompute } from './maxcompute-world.ts';

const world = await openMaxCompute();
const { connection, port, newName } = world;
afterAll(async () => world[Symbol.asyncDispose]());

describe.runIf(!isReal)('faults of the service', () => {
  const fail = (
    operation: 'commit' | 'create' | 'block' | 'status' | 'sql',
    when: 'before' | 'after',
    status: number,
  ): void => {
    world.sandbox?.faults.failNext({ operation, when, status });
  };

  test('temporary credentials are taken with their token', async () => {
    const { accessKeyId: id, accessKeySecret: secret, securityToken } = world.sandbox?.sts ?? {};
    await using temporary = new MaxComputeSink({
      ...connection,
      accessKeyId: id ?? '',
      accessKeySecret: secret ?? '',
      stsToken: securityToken ?? '',
    });
    await temporary.probe();
  });

  test.each([503, 429, 0])('a session, a block and a status are asked for again after %d', async (status) => {
    const table = await world.newTable('again');
    fail('create', 'before', status);
    fail('block', 'after', status);
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    fail('status', 'before', status);
    expect(await port.uploadStatus(target, id)).toEqual({ status: 'normal', blocks: [0] });
    await port.commitUpload(target, id);
    expect(await world.rowsOf(table.name)).toEqual([['1', 'a']]);
  });

  test.each([
    [500, 'sink-unreachable'],
    [429, 'sink-throttled'],
    [0, 'sink-unreachable'],
  ])('a commit that answers %d is not repeated, and the status tells what it did', async (status, kind) => {
    const table = await world.newTable('lost');
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    fail('commit', 'before', status);
    expect(await failureKind(port.commitUpload(target, id))).toBe(kind);
    expect((await port.uploadStatus(target, id)).status).toBe('normal');
    expect(await port.countRows(table.name)).toBe(0);
    fail('commit', 'after', status);
    expect(await failureKind(port.commitUpload(target, id))).toBe(kind);
    expect((await port.uploadStatus(target, id)).status).toBe('closed');
    expect(await port.countRows(table.name)).toBe(1);
  });

  test('a statement that may be repeated is, after a lost answer; a rename is not', async () => {
    const table = await world.newTable('sql');
    fail('sql', 'after', 0);
    await port.createTable(table);
    fail('sql', 'after', 0);
    expect(await failureKind(port.renameTable(table.name, newName('renamed')))).toBe('sink-unreachable');
    fail('sql', 'before', 429);
    expect(await failureKind(port.renameTable((await world.newTable('sql')).name, newName('renamed')))).toBe('none');
  });

  test('a service that stays away is given up after the attempts, with the kind that waits', async () => {
    world.sandbox?.faults.refuse(true);
    expect(await failureKind(port.findTable('rf_any'))).toBe('sink-unreachable');
    world.sandbox?.faults.refuse(false);
    expect(await port.findTable('rf_any')).toBeUndefined();
  });

  test('an expired session is gone', async () => {
    const table = await world.newTable('expired');
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    world.sandbox?.faults.expireSession(id);
    expect((await port.uploadStatus(target, id)).status).toBe('gone');
    expect(await failureKind(port.commitUpload(target, id))).not.toBe('none');
  });

  const plan = (change: Partial<FaultPlan> & Pick<FaultPlan, 'operation' | 'action'>): void => {
    world.sandbox?.faults.plan({ when: 'before', status: 503, milliseconds: 0, skip: 0, times: 1, ...change });
  };

  test('a commit that the service finishes after it has said no is found closed', async () => {
    const table = await world.newTable('late');
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    plan({ operation: 'commit', action: 'late', milliseconds: 30 });
    expect(await failureKind(port.commitUpload(target, id))).toBe('sink-unreachable');
    await expect.poll(async () => (await port.uploadStatus(target, id)).status).toBe('closed');
    expect(await port.countRows(table.name)).toBe(1);
  });

  test('an answer that ends in the middle is asked for again', async () => {
    const table = await world.newTable('half');
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    plan({ operation: 'status', action: 'truncate' });
    expect((await port.uploadStatus(target, id)).status).toBe('normal');
    await port.commitUpload(target, id);
    plan({ operation: 'download', action: 'halve', skip: 1 });
    await expect(world.rowsOf(table.name)).rejects.toThrow();
    expect(await world.rowsOf(table.name)).toEqual([['1', 'a']]);
  });

  test('a position is saved though the answer to its commit was lost', async () => {
    const name = await world.newPositions();
    fail('commit', 'after', 0);
    await port.savePosition(name, 'a', 'one');
    fail('commit', 'before', 503);
    expect(await failureKind(port.savePosition(name, 'a', 'two'))).toBe('sink-unreachable');
    expect(await port.readPosition(name, 'a')).toBe('one');
  });
});
