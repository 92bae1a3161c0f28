import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import { treatments } from '../../../model/failure.ts';

test('docs/operations.md is what the list of failures says (npm run -s docs)', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'docs/print-operations.ts']);
  const printed = await format(stdout, { parser: 'markdown', singleQuote: true, printWidth: 120 });
  expect(await readFile('docs/operations.md', 'utf8')).toBe(printed);
});

test('docs/operations.md has each kind of failure twice: in the index, and with its sentence under its remedy', async () => {
  const lines = (await readFile('docs/operations.md', 'utf8')).split('\n');
  const found = Object.entries(treatments).map(([kind, { sentence }]) => {
    const rows = lines.filter((line) => line.startsWith(`| \`${kind}\``));
    return { kind, rows: rows.length, told: rows.some((line) => line.includes(sentence)) };
  });
  expect(found).toEqual(Object.keys(treatments).map((kind) => ({ kind, rows: 2, told: true })));
});

test('every link of the index leads to a section', async () => {
  const text = await readFile('docs/operations.md', 'utf8');
  const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
  const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = '']) => link);
  expect(links).not.toEqual([]);
  expect(links.filter((link) => !sections.includes(link))).toEqual([]);
});
