import { OracleError } from './engine.ts';

/**
 * Exact decimal arithmetic on canonical text (no exponent, `0.5`, no trailing zeros), as Oracle's NUMBER does it:
 * 39 or 40 significant digits, magnitude below 1E126, anything below 1E-130 is zero.
 * Source: Oracle Database SQL Language Reference, "NUMBER Data Type".
 */
const MAX_DIGITS = 40;
const MAX_MAGNITUDE = 126;
const MIN_MAGNITUDE = -129;

interface Parts {
  readonly coefficient: bigint;
  /** Digits after the point; may be negative. */
  readonly scale: number;
}

const NUMBER_TEXT = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/;

/** Canonical text of what Oracle reads as a number, or undefined (ORA-01722 is the caller's to raise). */
export function parseDecimal(text: string): string | undefined {
  if (isPlainInteger(text)) return text;
  const match = NUMBER_TEXT.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole.length + fraction.length === 0) return undefined;
  const coefficient = BigInt(`${match[1] === '-' ? '-' : ''}${whole}${fraction}`);
  return fromParts(coefficient, fraction.length - Number(match[4] ?? '0'));
}

const PLAIN_INTEGER = /^-?[1-9]\d{0,37}$/;

function isPlainInteger(text: string): boolean {
  return text === '0' || PLAIN_INTEGER.test(text);
}

function toParts(text: string): Parts {
  const point = text.indexOf('.');
  if (point < 0) return { coefficient: BigInt(text), scale: 0 };
  return { coefficient: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

function fromParts(coefficient: bigint, scale: number): string {
  if (coefficient === 0n) return '0';
  const negative = coefficient < 0n;
  let digits = (negative ? -coefficient : coefficient).toString();
  let places = scale;
  // Twenty base-100 digits are stored; an odd count before the point leaves half of the first one empty.
  const room = (digits.length - scale) % 2 === 0 ? MAX_DIGITS : MAX_DIGITS - 1;
  if (digits.length > room) {
    const surplus = digits.length - room;
    digits = divideHalfUp(BigInt(digits), 10n ** BigInt(surplus)).toString();
    places -= surplus;
  }
  const magnitude = digits.length - places;
  if (magnitude > MAX_MAGNITUDE) throw new OracleError(1426, 'numeric overflow');
  if (magnitude < MIN_MAGNITUDE) return '0';
  return (negative ? '-' : '') + expand(digits, places);
}

function expand(digits: string, scale: number): string {
  if (scale <= 0) return digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  const fraction = padded.slice(-scale).replace(/0+$/, '');
  const whole = padded.slice(0, -scale);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend * 2n + divisor) / (divisor * 2n);
}

export function compareDecimal(left: string, right: string): number {
  if (left === right) return 0;
  const leftNegative = left.startsWith('-');
  if (leftNegative !== right.startsWith('-')) return leftNegative ? -1 : 1;
  const order = leftNegative ? comparePositive(right.slice(1), left.slice(1)) : comparePositive(left, right);
  return order;
}

function comparePositive(left: string, right: string): number {
  const leftPoint = left.indexOf('.');
  const rightPoint = right.indexOf('.');
  const leftWhole = leftPoint < 0 ? left.length : leftPoint;
  const rightWhole = rightPoint < 0 ? right.length : rightPoint;
  if (leftWhole !== rightWhole) return leftWhole - rightWhole;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Up to 15 digits are exact as a JS number. */
const SMALL_DIGITS = 15;

/** An integer of few digits as a number; NaN for anything else. */
function smallInteger(text: string): number {
  return text.length <= SMALL_DIGITS && !text.includes('.') ? Number(text) : Number.NaN;
}

export function addDecimal(left: string, right: string): string {
  const sum = smallInteger(left) + smallInteger(right);
  if (!Number.isNaN(sum)) return String(sum);
  const a = toParts(left);
  const b = toParts(right);
  const scale = Math.max(a.scale, b.scale);
  return fromParts(rescale(a, scale) + rescale(b, scale), scale);
}

function rescale(parts: Parts, scale: number): bigint {
  return parts.coefficient * 10n ** BigInt(scale - parts.scale);
}

export function negateDecimal(text: string): string {
  if (text === '0') return text;
  return text.startsWith('-') ? text.slice(1) : `-${text}`;
}

export function multiplyDecimal(left: string, right: string): string {
  const product = left.length + right.length <= SMALL_DIGITS ? smallInteger(left) * smallInteger(right) : Number.NaN;
  if (!Number.isNaN(product)) return String(product);
  const a = toParts(left);
  const b = toParts(right);
  return fromParts(a.coefficient * b.coefficient, a.scale + b.scale);
}

/** The quotient, where it ends after a few digits. */
function shortQuotient(left: string, right: string): string | undefined {
  const divisor = smallInteger(right);
  let dividend = smallInteger(left);
  if (!(divisor > 0) || Number.isNaN(dividend)) return undefined;
  for (let places = 0; Math.abs(dividend) < Number.MAX_SAFE_INTEGER; places++) {
    if (dividend % divisor === 0) {
      const digits = String(Math.abs(dividend) / divisor);
      return (dividend < 0 ? '-' : '') + expand(digits, places);
    }
    dividend *= 10;
  }
  return undefined;
}

export function divideDecimal(left: string, right: string): string {
  const short = shortQuotient(left, right);
  if (short !== undefined) return short;
  const a = toParts(left);
  const b = toParts(right);
  if (b.coefficient === 0n) throw new OracleError(1476, 'divisor is equal to zero');
  const extra = Math.max(0, MAX_DIGITS + 2 + b.coefficient.toString().length - a.coefficient.toString().length);
  const negative = a.coefficient < 0n !== b.coefficient < 0n;
  const dividend = absolute(a.coefficient) * 10n ** BigInt(extra);
  const quotient = divideHalfUp(dividend, absolute(b.coefficient));
  return fromParts(negative ? -quotient : quotient, a.scale + extra - b.scale);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Half away from zero, at `places` digits after the point (negative: before it). */
export function roundDecimal(text: string, places: number): string {
  if (places >= 0 && decimalsOf(text) <= places) return text;
  const { coefficient, scale } = toParts(text);
  const rounded = divideHalfUp(absolute(coefficient), 10n ** BigInt(scale - places));
  return fromParts(coefficient < 0n ? -rounded : rounded, places);
}

/** Toward zero. */
export function truncateDecimal(text: string, places: number): string {
  const { coefficient, scale } = toParts(text);
  if (scale <= places) return text;
  return fromParts(coefficient / 10n ** BigInt(scale - places), places);
}

/** Remainder with the sign of the dividend; MOD(n, 0) = n. */
export function remainderDecimal(left: string, right: string): string {
  if (right === '0') return left;
  const remainder = smallInteger(left) % smallInteger(right);
  // String(-0) is 0.
  if (!Number.isNaN(remainder)) return String(remainder);
  const a = toParts(left);
  const b = toParts(right);
  const scale = Math.max(a.scale, b.scale);
  return fromParts(rescale(a, scale) % rescale(b, scale), scale);
}

function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** Digits that a number needs at `scale`: what NUMBER(p,s) compares with p. 1.5 at scale 2 needs 3, 0.05 needs 1. */
export function digitsAt(text: string, scale: number): number {
  const unsigned = text.startsWith('-') ? text.slice(1) : text;
  const point = unsigned.indexOf('.');
  const whole = point < 0 ? unsigned : unsigned.slice(0, point);
  if (whole !== '0') return whole.length + scale;
  const fraction = point < 0 ? '' : unsigned.slice(point + 1);
  const leadingZeros = fraction.length - fraction.replace(/^0+/, '').length;
  return fraction === '' ? 0 : scale - leadingZeros;
}

/**
 * As TO_CHAR without a mask and LogMiner print it: the zero before the point left out, scientific beyond 40 characters.
 * The limit of 40 characters is assumed; `1E+125` and `.5` are documented forms.
 */
export function decimalToText(text: string, charactersMax: number = MAX_DIGITS): string {
  if (text.length > charactersMax) return scientific(text);
  if (text.startsWith('0.')) return text.slice(1);
  if (text.startsWith('-0.')) return `-${text.slice(2)}`;
  return text;
}

function scientific(text: string): string {
  const { coefficient, scale } = toParts(text);
  const digits = absolute(coefficient).toString();
  const significant = digits.replace(/0+$/, '');
  const exponent = digits.length - 1 - scale;
  const mantissa = significant.length === 1 ? significant : `${significant.slice(0, 1)}.${significant.slice(1)}`;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${coefficient < 0n ? '-' : ''}${mantissa}E${exponent < 0 ? '-' : '+'}${size}`;
}
