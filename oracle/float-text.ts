/** BINARY_FLOAT and BINARY_DOUBLE, from the driver's number and from LogMiner's text → canonical text (model/table.ts). */

/** Nine decimal digits identify every 32-bit float. */
const FLOAT_DIGITS = 9;

/** `NaN`, `Infinity`, `-Infinity`, `-0` and every other double. */
export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Undefined when it is not a 32-bit float: the driver widens them to doubles without changing the value. */
export function floatText(value: number): string | undefined {
  if (!Object.is(Math.fround(value), value)) return undefined;
  if (value === 0 || !Number.isFinite(value)) return doubleText(value);
  for (let digits = 1; digits <= FLOAT_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return undefined;
}

const FINITE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** `1.5E+000`, `-2.5`, `Nan`, `-Inf` → the nearest double. Undefined when it is no number, or too large or too small to be one. */
export function printedDouble(text: string): number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  if (!FINITE.test(text)) return undefined;
  const value = Number(text);
  const isZero = !/[1-9]/.test(text.replace(/e.*$/i, ''));
  return Number.isFinite(value) && (value === 0) === isZero ? value : undefined;
}

/** As {@link printedDouble}, the nearest 32-bit float. */
export function printedFloat(text: string): number | undefined {
  const printed = printedDouble(text);
  if (printed === undefined) return undefined;
  const value = Math.fround(printed);
  const isKept = Number.isFinite(value) === Number.isFinite(printed) && (value === 0) === (printed === 0);
  return isKept ? value : undefined;
}
