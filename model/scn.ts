/** A point in Oracle's redo: one canonical decimal text everywhere, because SCNs pass 2^53 and histories carry no bigint. */
declare const brand: unique symbol;
export type Scn = string & { readonly [brand]: 'Scn' };

const CANONICAL = /^(0|[1-9]\d{0,19})$/;

/** Parses a canonical decimal SCN. @throws RangeError for anything else (signs, leading zeros, fractions, blanks). */
export function scn(text: string): Scn {
  if (!CANONICAL.test(text)) throw new RangeError(`not an SCN: ${JSON.stringify(text)}`);
  return text as Scn;
}

/** Negative, zero or positive. Without leading zeros, the longer number is the larger one. */
export const compareScn = (a: Scn, b: Scn): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

export const minScn = (a: Scn, b: Scn): Scn => (compareScn(a, b) <= 0 ? a : b);

export const maxScn = (a: Scn, b: Scn): Scn => (compareScn(a, b) >= 0 ? a : b);

/** `a + difference`, never below zero. */
export function addToScn(a: Scn, difference: number): Scn {
  const sum = BigInt(a) + BigInt(difference);
  return scn(String(sum < 0n ? 0n : sum));
}

/** `812…4321` for people: long SCNs differ at their end. */
export const shortScn = (a: Scn): string => (a.length <= 9 ? a : `${a.slice(0, 3)}…${a.slice(-5)}`);
