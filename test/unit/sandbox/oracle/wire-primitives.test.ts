import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedRequest, NotEnoughBytes, WireReader } from '../../../../sandbox/oracle/wire-reader.ts';
import { WireWriter } from '../../../../sandbox/oracle/wire-writer.ts';

function written(write: (writer: WireWriter) => unknown): Buffer {
  const writer = new WireWriter(4);
  write(writer);
  return Buffer.from(writer.view());
}

describe('variable integers', () => {
  test.each([
    [0, '00'],
    [1, '0101'],
    [255, '01ff'],
    [256, '020100'],
    [65_536, '0400010000'],
    [4_294_967_295, '04ffffffff'],
    [4_294_967_296, '06000100000000'],
    [-1, '8101'],
    [-127, '817f'],
    [-300, '82012c'],
  ])('%d is %s', (value, hex) => {
    expect(written((writer) => writer.integer(value)).toString('hex')).toBe(hex);
    expect(new WireReader(Buffer.from(hex, 'hex')).integer()).toBe(value);
  });

  test('three and eight bytes are read too, as clients may send them', () => {
    expect(new WireReader(Buffer.from('03010000', 'hex')).integer()).toBe(65_536);
    expect(new WireReader(Buffer.from('080000000000000102', 'hex')).integer()).toBe(258);
  });

  test('more than eight bytes are malformed', () => {
    expect(() => new WireReader(Buffer.from('0900', 'hex')).integer()).toThrow(MalformedRequest);
  });
});

describe('bytes with length', () => {
  test.each([
    [0, '00'],
    [1, '01'],
    [252, 'fc'],
    [253, 'fe01fd'],
    [70_000, 'fe027fff'],
  ])('%d bytes begin with %s', (length, start) => {
    const bytes = Buffer.alloc(length, 7);
    const form = written((writer) => writer.bytes(bytes));
    expect(form.toString('hex').startsWith(start)).toBe(true);
    expect((new WireReader(form).bytes() ?? Buffer.alloc(0)).equals(bytes)).toBe(true);
  });

  test('length 255 is null, like length 0', () => {
    expect(new WireReader(Buffer.from('ff', 'hex')).bytes()).toBeNull();
  });

  test('any text comes back, whichever way it is written', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'binary-ascii', minLength: 20, maxLength: 300 }),
      fc.string({ unit: 'grapheme', minLength: 60, maxLength: 400 }),
    );
    fc.assert(
      fc.property(text, (given) => {
        const reader = new WireReader(written((writer) => writer.text(given)));
        expect(reader.bytes()?.toString('utf8') ?? '').toBe(given);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('announced text and pairs carry the length twice', () => {
    expect(written((writer) => writer.announced('AB')).toString('hex')).toBe('0102024142');
    expect(written((writer) => writer.announced('')).toString('hex')).toBe('00');
    const pair = written((writer) => writer.keyValue('KEY', '', 1));
    expect(new WireReader(pair).keyValue()).toEqual({ key: 'KEY', value: '' });
  });
});

test('a request that is cut anywhere says so', () => {
  const whole = written((writer) => writer.integer(300).text('some text').bytes(Buffer.alloc(300)).keyValue('A', 'B'));
  const read = (bytes: Buffer): void => {
    const reader = new WireReader(bytes);
    reader.integer();
    reader.bytes();
    reader.bytes();
    reader.keyValue();
  };
  read(whole);
  for (let length = 0; length < whole.length; length++) {
    expect(() => {
      read(whole.subarray(0, length));
    }).toThrow(NotEnoughBytes);
  }
});
