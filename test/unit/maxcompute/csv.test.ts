import { expect, test } from 'vitest';
import { parseCsv } from '../../../maxcompute/csv.ts';

test.each<[string, string, (string | null)[][]]>([
  ['nothing has no lines', '', []],
  [
    'a header and a row',
    '"a","b"\n1,x\n',
    [
      ['a', 'b'],
      ['1', 'x'],
    ],
  ],
  ['the last line needs no end', 'a\n1', [['a'], ['1']]],
  [
    '\\N is NULL, quoted or not',
    'a,b\n\\N,"\\N"\n',
    [
      ['a', 'b'],
      [null, null],
    ],
  ],
  [
    'empty text is not NULL',
    'a,b\n"",\n',
    [
      ['a', 'b'],
      ['', ''],
    ],
  ],
  ['a trailing comma at the very end opens an empty field', 'a,', [['a', '']]],
  ['quotes are doubled', '"say ""hi"", twice"\n', [['say "hi", twice']]],
  [
    'a quoted field holds lines and commas',
    '"x\r\ny,z",2\r\n3,4\r\n',
    [
      ['x\r\ny,z', '2'],
      ['3', '4'],
    ],
  ],
  ['Chinese', '中文,😀\n', [['中文', '😀']]],
])('%s', (_rule, csv, rows) => {
  expect(parseCsv(csv)).toEqual(rows);
});
