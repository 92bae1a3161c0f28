import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../model/failure.ts';
import { scn } from '../../../model/scn.ts';
import { RowStore } from '../../../oracle/held-rows.ts';
import { rowLine, rowOfLine, Scratch, ScratchFile } from '../../../oracle/spilled-rows.ts';
import { assembleTransactions, assembly, redo, tableT, xidOf } from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'redoflow-spilled-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const failureOf = (act: () => unknown): Failure | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
};

describe('a row on disk', () => {
  test('comes back as it was, whatever its texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', '\n', '\r\n', '\u2028', 'Żółć 表', ''),
    );
    const nullable = fc.option(text);
    fc.assert(
      fc.property(text, fc.tuple(nullable, nullable, nullable), fc.boolean(), (dataObject, texts, rollback) => {
        const [info, rowId, sqlRedo] = texts;
        const row = redoRow({ dataObject, info, rowId, sqlRedo, rollback });
        expect(rowOfLine(rowLine(3, row))).toEqual({ table: 3, row });
      }),
    );
  });

  test('is in a file that nobody else can find, and that is gone with the range', () => {
    const scratch = new Scratch({ directory });
    const file = new ScratchFile(scratch);
    const long = 'x'.repeat(300_000);
    const segments = [file.append(['a', long]), file.append([long, 'ż', ''])];
    expect(segments.map((segment) => [...file.lines(segment)])).toEqual([
      ['a', long],
      [long, 'ż', ''],
    ]);
    expect(readdirSync(directory)).toEqual([]);
    expect(scratch.usedBytes).toBe(600_008);
    file.empty();
    expect(scratch.usedBytes).toBe(0);
    expect([...file.lines(file.append(['again']))]).toEqual(['again']);
    file.close();
    expect(scratch.usedBytes).toBe(0);
  });

  test.each([
    ['the quota', () => ({ directory, megabytesMax: 1 }), /more than 1 megabytes in .*redoflow-spilled-/],
    [
      'a directory',
      () => ({ directory: join(directory, 'none') }),
      /put aside in .*none \(REDOFLOW_SCRATCH, at most 20480 megabytes\): ENOENT/,
    ],
  ])('fails without %s, and says where', (_what, options, message) => {
    const file = new ScratchFile(new Scratch(options()));
    const failure = failureOf(() => file.append(['x'.repeat(1_100_000)]));
    expect(failure?.kind).toBe('worker-out-of-resources');
    expect(failure?.message).toMatch(message);
  });
});

describe('rows beyond the memory of a range', () => {
  const memoryMegabytes = 0.001;
  const line =
    '7:start 8:start 7:+1 8:+2 7:~1 7:~1 7:~1! 8:~2 8:-2! 9:start 9:+3 9:rollback 8:+4 7:-5 7:commit 8:-2 8:commit';

  test('make the same transactions, changes and stops', () => {
    const rows = redo(line);
    const inMemory = assembleTransactions(rows, assembly);
    expect(inMemory.transactions.map(({ xid }) => xid)).toEqual([xidOf('7')]);
    expect(inMemory.stops).toMatchObject([{ table: 'APP.T', scn: '116', reason: 'undecodable' }]);
    expect(assembleTransactions(rows, { ...assembly, memoryMegabytes })).toEqual(inMemory);
  });

  test('are in order also where redo was not', () => {
    const disordered = redo('7:start 7:+1 7:+2 7:+3 7:-3! 7:commit').map((row) => {
      if (row.scn === '102') return { ...row, scn: scn('104') };
      return row.rollback ? { ...row, scn: scn('104'), ssn: 1 } : row;
    });
    const inMemory = assembleTransactions(disordered, assembly);
    expect(assembleTransactions(disordered, { ...assembly, memoryMegabytes })).toEqual(inMemory);
    expect(inMemory.transactions.map(({ changes }) => changes.length)).toEqual([2]);
  });

  test('need no more memory, however many they are: 100 megabytes go through a heap of 48', async () => {
    const args = ['--max-old-space-size=48', '--import', 'tsx', 'test/support/many-held-rows.ts', '25000'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('25000');
  });

  test('can be gone through again, and free the disk when they are released', () => {
    const scratch = new Scratch({ directory, memoryMegabytes: 0.01 });
    const store = new RowStore(scratch);
    const [first, second] = [store.hold(), store.hold()];
    for (let i = 0; i < 100; i++) {
      for (const held of [first, second])
        held.push(redoRow({ sqlRedo: `${String(i)} ${held === first ? 'a' : 'b'}` }), tableT);
    }
    const texts = (held: typeof first): readonly (string | null)[] => [...held.inOrder()].map(({ row }) => row.sqlRedo);
    expect([first.spilled, second.spilled]).toEqual([true, true]);
    expect(texts(first)).toEqual(Array.from({ length: 100 }, (_, i) => `${String(i)} a`));
    expect(texts(first)).toEqual(texts(first));
    first.release();
    expect(texts(second)).toHaveLength(100);
    expect(scratch.usedBytes).toBeGreaterThan(0);
    second.release();
    expect(scratch.usedBytes).toBe(0);
    store.close();
  });
});
