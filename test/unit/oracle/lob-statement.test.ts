import { describe, expect, test } from 'vitest';
import {
  parseExtendedStringBegin,
  parseLobSelect,
  parseLobTrim,
  parseLobWrite,
  parseXmlBegin,
  parseXmlWrite,
} from '../../../oracle/lob-statement.ts';
import { RedoSyntaxError } from '../../../oracle/redo-tokens.ts';

const select = (rest: string): string =>
  `DECLARE \n loc_c CLOB; \n buf_c VARCHAR2(6174); \nBEGIN\n select "C" into ${rest}`;

describe('a row that begins', () => {
  test('names the column, the table and the row', () => {
    const begin = parseLobSelect(select(`loc_nc from "A"."T" where "ID" = '1' and "V" IS NULL for update;`));
    expect(begin).toMatchObject({ column: 'C', binary: false, where: ['1', null] });
    expect(begin.layout).toMatchObject({ owner: 'A', name: 'T', columns: ['ID', 'V'] });
  });

  test('may say ROWID, and the alias of a table with objects', () => {
    const begin = parseXmlBegin(`update "A"."T" a set a."X" = XMLType(:1) where a."ID" = '1' and a.ROWID = 'AAA';`);
    expect(begin).toMatchObject({ column: 'X', where: [undefined, '1'] });
  });
});

describe('a piece', () => {
  test('of a BLOB is bytes', () => {
    expect(parseLobWrite(" buf_b := HEXTORAW('0EFF'); \n dbms_lob.write(loc_b, 2, 101, buf_b);\n")).toEqual({
      offset: 100,
      length: 2,
      data: { kind: 'hex', text: '0eff', json: false },
    });
  });

  test('of XML may be empty, or look like anything', () => {
    expect(parseXmlWrite("XML_REDO := HEXTORAW(''):0")).toEqual({ hex: '', length: 0 });
    expect(parseXmlWrite("<a>XML_REDO := 'x'</a>")).toEqual({ text: "<a>XML_REDO := 'x'</a>" });
  });
});

test.each<[string, (sql: string) => unknown, string]>([
  ['a locator without a lock', parseLobSelect, select(`loc_c from "A"."T" where "ID" = '1';`)],
  ['another variable', parseLobSelect, select(`x from "A"."T" where "ID" = '1' for update;`)],
  ['a literal before the block', parseLobSelect, `DECLARE x VARCHAR2(3) := 'BEGIN select '; BEGIN select "C" into`],
  ['a 32K begin without its statement', parseExtendedStringBegin, 'DECLARE\n Stmt CLOB;\nBEGIN\n'],
  ['a statement that goes on', parseExtendedStringBegin, `DECLARE\n Stmt := 'update "A"."T" set "C" = :C'; x`],
  ['a value in place of the document', parseXmlBegin, `update "A"."T" a set a."X" = 'x' where a."ID" = '1';`],
  ['an unescaped quote', parseLobWrite, " buf_c := 'it's'; \n dbms_lob.write(loc_c, 4, 1, buf_c);"],
  ['an offset of 0', parseLobWrite, " buf_c := 'x'; \n dbms_lob.write(loc_c, 1, 0, buf_c);"],
  ['a trim with more behind it', parseLobTrim, 'dbms_lob.trim(loc_c, 1); dbms_lob.trim(loc_c, 2);'],
  ['XML of another length', parseXmlWrite, "XML_REDO := HEXTORAW('41'):2"],
  ['half a byte of XML', parseXmlWrite, "XML_REDO := HEXTORAW('4'):1"],
])('%s is refused', (_what, parse, sql) => {
  expect(() => parse(sql)).toThrow(RedoSyntaxError);
});
