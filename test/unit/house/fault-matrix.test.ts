/** docs/fault-matrix.md promises no test that is not there, leaves no row out, and gives each failure the window of its kind. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { isFailureKind, remedyOf, type Remedy } from '../../../model/failure.ts';
import { holdRules } from '../../../model/held-table.ts';

const ROWS = 92;
const DOCUMENT = 'docs/fault-matrix.md';

const windowOf: Readonly<Record<Remedy, string>> = {
  'wait-for-connection': 'C',
  retry: 'O',
  'restart-copy': 'O',
  'open-run': '–',
  stop: 'N',
};

interface Row {
  readonly number: number;
  readonly window: string;
  readonly told: string;
  readonly tests: string;
}

async function readRows(): Promise<readonly Row[]> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n').filter((line) => /^\| \d+ /.test(line));
  return lines.map((line) => {
    const [, number, , , window = '', told = '', tests = ''] = line.split(' | ').flatMap((cell, i) => {
      const text = cell.replace(/^\| |\|$/g, '').trim();
      return i === 0 ? ['', text] : [text];
    });
    return { number: Number(number), window, told, tests };
  });
}

const named = (text: string): readonly (readonly [file: string, title: string])[] =>
  [...text.matchAll(/`([\w/-]+) › ([^`]+)`/g)].map(([, file = '', title = '']) => [`test/${file}.test.ts`, title]);

test('every row is there, in order, with a test or with the reason why there is none', async () => {
  const rows = await readRows();
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  const empty = rows.filter(({ tests }) => named(tests).length === 0 && !/^not yet: .{5,}/.test(tests));
  expect(empty).toEqual([]);
});

test('every row of the source but one that TCP rules out has a test', async () => {
  const rows = await readRows();
  const untested = rows.filter(({ number, tests }) => number <= 35 && named(tests).length === 0);
  expect(untested.map(({ number }) => number)).toEqual([11]);
});

test('every test that is named is in its file', async () => {
  const text = await readFile(DOCUMENT, 'utf8');
  const tests = named(text);
  expect(tests.length).toBeGreaterThan(80);
  const missing: string[] = [];
  for (const [file, title] of tests) {
    const source = await readFile(file, 'utf8').catch(() => '');
    if (!["'", '"', '`'].some((quote) => source.includes(quote + title + quote))) missing.push(`${file} › ${title}`);
  }
  expect(missing).toEqual([]);
});

test('every kind of failure and of hold exists, and has the window of its remedy', async () => {
  const wrong = (await readRows()).flatMap(({ number, window, told }) =>
    [...told.matchAll(/(hold )?`([a-z-]+)`(?:, window ([A-Z]))?/g)].flatMap(([, hold, kind = '', own]) => {
      if (kind === 'status') return [];
      const known = hold === undefined ? isFailureKind(kind) : Object.hasOwn(holdRules, kind);
      if (!known) return [`${number}: ${kind} does not exist`];
      const due = isFailureKind(kind) && hold === undefined ? windowOf[remedyOf(kind)] : 'N';
      const given = own === undefined ? window.split(', ') : [own];
      return given.includes(due) ? [] : [`${number}: ${kind} has window ${due}, not ${given.join(', ')}`];
    }),
  );
  expect(wrong).toEqual([]);
});
