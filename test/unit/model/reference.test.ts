import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { format } from 'prettier';
import { expect, test } from 'vitest';

test('docs/reference.md is what the schemas say (npm run -s docs)', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'docs/print-reference.ts']);
  const printed = await format(stdout, { parser: 'markdown', singleQuote: true, printWidth: 120 });
  expect(await readFile('docs/reference.md', 'utf8')).toBe(printed);
});
