/** NUMBER as plain decimal text: no exponent, no plus, `0.5` not `.5`, no trailing zeros after the point, never `-0`. */

/** NUMBER reaches from 1E-130 to 9.99…E125, with 40 digits. */
const DIGITS_MAX = 300;

const WRITTEN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** `-.5`, `1E+125`, `7.50` → canonical; undefined when the text is not a number. */
export function canonicalNumber(text: string): string | undefined {
  if (text.length <= DIGITS_MAX && CANONICAL_INTEGER.test(text)) return text;
  const match = WRITTEN.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  if (digits === '' || digits.length > DIGITS_MAX) return undefined;
  const point = whole.length + Number(exponent);
  if (Math.abs(point) > DIGITS_MAX) return undefined;
  return plainDecimal(sign === '-', digits, point);
}

/** Decimal digits with the point after the first `point` of them, which may lie outside. */
export function plainDecimal(negative: boolean, digits: string, point: number): string {
  const whole = digits.slice(0, Math.max(point, 0)).padEnd(point, '0').replace(/^0+/, '');
  const fraction = ('0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0))).replace(/0+$/, '');
  const text = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return negative && text !== '0' ? `-${text}` : text;
}
