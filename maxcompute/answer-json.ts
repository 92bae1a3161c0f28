/** Reading the tunnel's and the catalogue's JSON, one checked field at a time. */
import { unreadable } from './errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param what begins the text of a failure. @throws Failure sink-rejected */
export function parseObject(text: string, what: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unreadable(what, 'it is not JSON');
  }
  if (!isObject(parsed)) throw unreadable(what, 'it is not a JSON object');
  return parsed;
}

export const textOf = (object: JsonObject, key: string): string | undefined => {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
};

export const integerOf = (object: JsonObject, key: string): number | undefined => {
  const value = object[key];
  return Number.isSafeInteger(value) ? Number(value) : undefined;
};

export const objectsOf = (object: JsonObject, key: string): readonly JsonObject[] => {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

/** @throws Failure sink-rejected when the field is missing or not text. */
export function neededText(object: JsonObject, key: string, what: string): string {
  const text = textOf(object, key);
  if (text === undefined || text === '') throw unreadable(what, `${key} is missing`);
  return text;
}
