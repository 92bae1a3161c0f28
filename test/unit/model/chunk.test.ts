import { describe, expect, test } from 'vitest';
import { halves } from '../../../model/chunk.ts';

const chunk = (firstRowid: string, lastRowid: string) => ({ number: 1, firstRowid, lastRowid });

describe('a chunk', () => {
  test('is halved between two blocks, so that every row is in one half', () => {
    expect(halves(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAEAAAACLH//'), [8, 9])).toEqual([
      { number: 8, firstRowid: 'AAASPHAAEAAAACIAAA', lastRowid: 'AAASPHAAEAAAACJH//', halved: 1 },
      { number: 9, firstRowid: 'AAASPHAAEAAAACKAAA', lastRowid: 'AAASPHAAEAAAACLH//', halved: 1 },
    ]);
  });

  test('over two files is halved too', () => {
    const [left, right] = halves(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAFAAAACLH//'), [2, 3]) ?? [];
    expect(left?.firstRowid).toBe('AAASPHAAEAAAACIAAA');
    expect(right?.lastRowid).toBe('AAASPHAAFAAAACLH//');
    expect((left?.lastRowid ?? '') < (right?.firstRowid ?? '')).toBe(true);
  });

  test('of one block cannot be halved', () => {
    expect(halves(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAEAAAACIH//'), [2, 3])).toBeUndefined();
  });
});
