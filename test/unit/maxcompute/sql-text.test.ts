import { expect, test } from 'vitest';
import { commentLiteral, literal, parsePartition, quotedName } from '../../../maxcompute/sql-text.ts';
import { createTableText } from '../../../maxcompute/tables.ts';
import { cdata, element, elements, elementText } from '../../../maxcompute/xml.ts';

test('a table is created with quoted names, its types, and every comment', () => {
  const text = createTableText({
    name: 'staff_log',
    comment: "redoflow's",
    columns: [
      { name: 'record_id', type: 'bigint' },
      { name: 'order', type: 'decimal(10,2)', comment: 'oracle:NUMBER(10,2);col:1' },
    ],
    partitionColumns: [{ name: 'modifytime_year', type: 'string' }],
  });
  expect(text).toBe(
    'CREATE TABLE IF NOT EXISTS `staff_log` (`record_id` BIGINT, `order` DECIMAL(10,2) COMMENT ' +
      "'oracle:NUMBER(10,2);col:1') COMMENT 'redoflow\\'s' PARTITIONED BY (`modifytime_year` STRING)",
  );
});

test.each(['', 'a`b', 'a b', 'a;b', '1a', 'a'.repeat(129)])('%j cannot be a name', (name) => {
  expect(() => quotedName(name)).toThrow('cannot be a name in MaxCompute');
});

test('a literal escapes what would end it', () => {
  expect(literal("a'b\\c\nd")).toBe("'a\\'b\\\\c\\nd'");
});

test('a comment is cut at a character within 1024 bytes', () => {
  expect(commentLiteral('中'.repeat(400))).toBe(`'${'中'.repeat(341)}'`);
});

test('a partition is column and value, and a malformed one is our own mistake', () => {
  expect(parsePartition('a=1,b=x=y')).toEqual([
    { column: 'a', value: '1' },
    { column: 'b', value: 'x=y' },
  ]);
  expect(() => parsePartition('a=')).toThrow('is not a partition');
});

test('CDATA with its own end inside is split, and read back whole', () => {
  expect(elementText(`<Query>${cdata('a]]>b')}</Query>`, 'Query')).toBe('a]]>b');
});

test('elements are found with attributes, entities and emptiness', () => {
  expect(element('<a><R Transform="Base64" Format="csv">x &lt; &#20013; &#x6587;</R></a>', 'R')).toEqual({
    attributes: ' Transform="Base64" Format="csv"',
    text: 'x < 中 文',
  });
  expect(elementText('<Owner/>', 'Owner')).toBe('');
  expect(elementText('<NameX>1</NameX>', 'Name')).toBeUndefined();
  expect(elements('<T><S>1</S></T><T a="b"><S>2</S></T>', 'T')).toEqual(['<S>1</S>', '<S>2</S>']);
});
