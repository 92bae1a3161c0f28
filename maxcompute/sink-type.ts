/** MaxCompute's type names, taken apart. */

export interface ParsedType {
  /** `bigint`, `decimal`, `varchar` …, lower case. */
  readonly base: string;
  /** In parentheses: precision and scale, or a length. */
  readonly numbers: readonly number[];
}

const WRITTEN = /^([a-z][a-z0-9_]*)(?:\((\d+)(?:,(\d+))?\))?$/;

/** Lower case, without blanks, `decimal` with its default precision and scale: equal types have equal texts. */
export function canonicalType(text: string): string {
  const plain = text.toLowerCase().replaceAll(/\s+/g, '');
  return plain === 'decimal' ? 'decimal(38,18)' : plain;
}

/** Undefined for a type that is not a plain name with numbers (array, map, struct). */
export function parseType(text: string): ParsedType | undefined {
  const match = WRITTEN.exec(canonicalType(text));
  if (!match?.[1]) return undefined;
  return {
    base: match[1],
    numbers: [match[2], match[3]].flatMap((digits) => (digits === undefined ? [] : [Number(digits)])),
  };
}
