/** What a caller of the control port sent, read with complaints that say what belongs there. */
export class BadInput extends Error {}

export type Body = ReadonlyMap<string, unknown>;

/** What an action returns is the answer; nothing becomes `{}`. */
export type Action = (body: Body, query: URLSearchParams) => unknown;

export function flag(body: Body, name: string): boolean {
  const value = body.get(name);
  if (typeof value !== 'boolean') throw new BadInput(`${name} must be true or false`);
  return value;
}

export function text(body: Body, name: string): string {
  const value = body.get(name);
  if (typeof value !== 'string' || value === '') throw new BadInput(`${name} must be a text`);
  return value;
}

export function texts(body: Body, name: string): readonly string[] {
  const value: unknown = body.get(name);
  const valid = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!valid) throw new BadInput(`${name} must be a list of texts`);
  return value.map(String);
}

export function oneOf<Choice extends string>(body: Body, name: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === body.get(name));
  if (found === undefined) throw new BadInput(`${name} must be one of ${choices.join(', ')}`);
  return found;
}

/** A whole number from `least` to `most`. */
export function count(body: Body, name: string, [least, most]: readonly [least: number, most: number]): number {
  const value = body.get(name);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new BadInput(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

export function milliseconds(body: Body): number {
  const value = body.get('milliseconds');
  if (typeof value !== 'number' || !(value >= 0 && value <= 60_000))
    throw new BadInput('milliseconds must be a number from 0 to 60000');
  return value;
}

/** Reads with `read` when the name is there. */
export function optional<Value>(
  body: Body,
  name: string,
  read: (body: Body, name: string) => Value,
): Value | undefined {
  return body.has(name) ? read(body, name) : undefined;
}
