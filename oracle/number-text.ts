/** NUMBER as plain decimal text: no exponent, no plus, `0.5` not `.5`, no trailing zeros after the point, never `-0`. */

/** NUMBER reaches from 1E-130 to 9.99…E125, with 40 digits. */
const DIGITS_MAX = 300;

const WRITTEN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Where the point stands in a text of digits, or its length without one; -1 when there are other characters. */
function pointOf(text: string, first: number): number {
  let point = text.length;
  for (let index = first; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 46 && point === text.length) point = index;
    else if (unit < 48 || unit > 57) return -1;
  }
  return point;
}

/**
 * Whether a text is canonical already, as nearly all that the driver gives is. Without a regular expression, which took three
 * times as long. False is no verdict.
 */
function isCanonical(text: string): boolean {
  const { length } = text;
  if (length > DIGITS_MAX) return false;
  const first = text.charCodeAt(0) === 45 ? 1 : 0;
  const point = pointOf(text, first);
  if (point <= first || (text.charCodeAt(first) === 48 && point > first + 1)) return false;
  if (point === length) return text !== '-0';
  return point < length - 1 && text.charCodeAt(length - 1) !== 48;
}

/** `.5` and `-.5`, as the driver writes what lies between -1 and 1. */
function isBareFraction(text: string): boolean {
  const { length } = text;
  const point = text.charCodeAt(0) === 45 ? 1 : 0;
  if (text.charCodeAt(point) !== 46 || length > DIGITS_MAX || length === point + 1) return false;
  for (let index = point + 1; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 48 || unit > 57) return false;
  }
  return text.charCodeAt(length - 1) !== 48;
}

/** `-.5`, `1E+125`, `7.50` → canonical; undefined when the text is not a number. */
export function canonicalNumber(text: string): string | undefined {
  if (isCanonical(text)) return text;
  if (isBareFraction(text)) return text.charCodeAt(0) === 45 ? `-0${text.slice(1)}` : `0${text}`;
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
