/** Golden cases of LOB, XML and 32K rows through the product's parsers, in the file's notation (test/golden/README.md). */
import { storedText } from '../../oracle/internal-formats.ts';
import {
  parseExtendedStringBegin,
  parseLobSelect,
  parseLobTrim,
  parseLobWrite,
  parseXmlBegin,
  parseXmlWrite,
} from '../../oracle/lob-statement.ts';
import type { PiecesBegin } from '../../oracle/lob-statement.ts';
import { caseValue, named } from './redo-values.ts';

type Notation = Readonly<Record<string, unknown>>;

const beginNotation = (op: string, { column, layout, where }: PiecesBegin): Notation => ({
  op,
  column,
  where: named(layout, where),
});

function xmlNotation(sql: string, characterSet: string): Notation {
  const write = parseXmlWrite(sql);
  if ('text' in write) return { op: 'XML_WRITE', data: write.text };
  return { op: 'XML_WRITE', data: storedText(Buffer.from(write.hex, 'hex'), characterSet), length: write.length };
}

interface PiecesCase {
  readonly kind: string;
  readonly sql_redo: string | readonly string[] | null;
  readonly db_charset?: string;
}

/** @throws RedoSyntaxError */
export function piecesNotation({ kind, sql_redo: text, db_charset: characterSet = '' }: PiecesCase): Notation {
  const sql = String(text);
  switch (kind) {
    case 'lob-select': {
      const select = parseLobSelect(sql);
      return { ...beginNotation('LOB_SELECT', select), binary: select.binary };
    }
    case 'lob-write': {
      const { offset, length, data } = parseLobWrite(sql);
      return { op: 'LOB_WRITE', offset, length, data: caseValue(data) };
    }
    case 'lob-trim':
      return { op: 'LOB_TRIM', length: parseLobTrim(sql) };
    case 'ext-string-begin':
      return beginNotation('EXT_BEGIN', parseExtendedStringBegin(sql));
    case 'xml-begin':
      return beginNotation('XML_BEGIN', parseXmlBegin(sql));
    default:
      return xmlNotation(sql, characterSet);
  }
}
