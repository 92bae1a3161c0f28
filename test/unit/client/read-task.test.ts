import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseTaskText, readTask } from '../../../client/read-task.ts';
import { Refusal } from '../../../client/refusal.ts';
import { pathText } from '../../../model/input-errors.ts';

const least = 'name: a\nsource: hr\ndestination: w\ntables:\n  - table: HR.X\n';

/** `4:5 tables[0].as BAD_FORMAT`. */
const told = (text: string): string[] => {
  const parsed = parseTaskText(text);
  if (parsed.ok) return [];
  return parsed.errors.map(({ at, path, code }) => `${at?.line ?? '?'}:${at?.column ?? '?'} ${pathText(path)} ${code}`);
};

describe('a task file', () => {
  test('gives what was written, and what it means', () => {
    const parsed = parseTaskText(least);
    expect(parsed.ok && parsed.task.written).toEqual({
      name: 'a',
      source: 'hr',
      destination: 'w',
      tables: [{ table: 'HR.X' }],
    });
    expect(parsed.ok && parsed.task.spec.taskQueue).toBe('redoflow');
  });

  test.each([
    ['a byte order mark', `\ufeff${least}`],
    ['Windows line ends', least.replaceAll('\n', '\r\n')],
    ['JSON', '{"name":"a","source":"hr","destination":"w","tables":[{"table":"HR.X"}]}'],
    ['an anchor', `${least}full: &f\n  parallelChunks: 2\n`],
  ])('may have %s', (_what, text) => {
    expect(told(text)).toEqual([]);
  });

  test.each([
    ['a misspelt key, at the key', `${least}retyr:\n  otherIssuesMinutes: 5\n`, ['6:1 retyr UNKNOWN_KEY']],
    ['a value, at its key', `${least}full:\n  parallelChunks: 0\n`, ['7:3 full.parallelChunks OUT_OF_RANGE']],
    ['an entry of a list', `${least}  - table: HR\n`, ['6:5 tables[1].table BAD_FORMAT']],
    [
      'a missing key, at what lacks it',
      'source: hr\ndestination: w\ntables: [{ as: x }]\n',
      ['1:1 name MISSING', '3:10 tables[0].table MISSING'],
    ],
    ['a key twice', `${least}name: b\n`, ['6:1  DUPLICATE']],
    ['broken YAML', `${least}full: [1, 2\n`, ['7:1  SYNTAX']],
    ['a tag', `${least}title: !!js/function x\n`, ['6:8  SYNTAX']],
    ['two documents', `${least}---\n${least}`, [expect.stringMatching(/^6:\d+ {2}SYNTAX$/)]],
    ['a number as 1e3', `${least}full:\n  chunkMegabytes: 1e3\n`, ['7:19 full.chunkMegabytes BAD_FORMAT']],
    ['a number as 0x10', `${least}full:\n  chunkMegabytes: 0x10\n`, ['7:19 full.chunkMegabytes BAD_FORMAT']],
    [
      'a number in a list',
      `${least}incremental:\n  partition: [year, +5]\n`,
      ['7:21 incremental.partition[1] BAD_FORMAT', '7:21 incremental.partition[1] NOT_ALLOWED'],
    ],
    ['an alias to nothing', `${least}title: *x\n`, [expect.stringMatching(/SYNTAX$/)]],
    ['a prototype key', `${least}__proto__:\n  x: 1\n`, ['6:1 __proto__ UNKNOWN_KEY']],
  ])('is refused with the line of %s', (_what, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test('tells its errors in the order of the lines', () => {
    const lines = told('naem: a\ntables:\n  - table: x\nsource: 1\nfull: 2\n').map((error) =>
      Number(error.split(':')[0]),
    );
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  test('that expands without end is refused at once', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}, *l${i}]`);
    const started = performance.now();
    expect(told(['l0: &l0 [x]', ...lines].join('\n'))).toEqual(['?:?  SYNTAX']);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('that is nested 100,000 deep is refused', () => {
    expect(told(`name: ${'['.repeat(100_000)}`).at(0)).toMatch(/SYNTAX$/);
  });
});

describe('reading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'redoflow-read-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  test.each([
    ['a file that is not there', join(folder, 'none.yaml'), /the file can be read \(ENOENT\)/],
    ['a folder', folder, /a task is a regular file/],
    ['5 MB', file('large.yaml', '#'.repeat(5_000_000)), /at most 1 MB/],
    ['UTF-16', file('utf16.yaml', Buffer.from(`\ufeff${least}`, 'utf16le')), /UTF-8/],
    ['an empty file', file('empty.yaml', '# nothing\n'), /EMPTY/],
  ])('refuses %s with exit code 2', (_what, path, message) => {
    const read = (): unknown => readTask(path);
    expect(read).toThrow(Refusal);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test.each(['null', "'null'", '~'])('takes overflow: %s for the word null', (word) => {
    const parsed = parseTaskText(
      `name: a\nsource: h\ndestination: w\ntables: [{ table: H.X }]\nvalues: { overflow: ${word} }\n`,
    );
    expect(parsed.ok && parsed.task.spec.values).toMatchObject({ overflow: 'null' });
  });

  test('the example of the demo is a valid task', () => {
    const { spec } = readTask('demo/task.yaml');
    expect(spec.tables.map(({ table }) => table)).toContain('HR.*');
  });
});
