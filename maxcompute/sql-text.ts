/** Names and literals in SQL texts. */
import { Failure } from '../model/failure.ts';

/** MaxCompute: letters, digits, underscores, and Chinese characters in column names. Anything else cannot be a name of ours. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const NAME_BYTES_MAX = 128;
const COMMENT_BYTES_MAX = 1024;

/** @throws Failure bad-input for what cannot be a name in MaxCompute. */
export function quotedName(name: string): string {
  if (!NAME.test(name) || Buffer.byteLength(name) > NAME_BYTES_MAX)
    throw new Failure(
      'bad-input',
      `${JSON.stringify(name)} cannot be a name in MaxCompute: use letters, digits and underscores, at most 128 bytes`,
    );
  return `\`${name}\``;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\0': '\\0' };

export const literal = (text: string): string =>
  `'${text.replaceAll(/[\\'\n\r\0]/g, (character) => ESCAPES[character] ?? '')}'`;

/** Cut to 1024 bytes, at a character. */
export function commentLiteral(text: string): string {
  let cut = Buffer.from(text).subarray(0, COMMENT_BYTES_MAX).toString();
  while (Buffer.byteLength(cut) > COMMENT_BYTES_MAX || cut.endsWith('\ufffd')) cut = cut.slice(0, -1);
  return literal(cut);
}

export interface PartitionValue {
  readonly column: string;
  readonly value: string;
}

/** The tunnel's `a=1,b=2`. @throws Failure bug */
export function parsePartition(spec: string): readonly PartitionValue[] {
  return spec.split(',').map((part) => {
    const equals = part.indexOf('=');
    if (equals < 1 || equals === part.length - 1)
      throw new Failure('bug', `${JSON.stringify(spec)} is not a partition: expected a=1,b=2`);
    return { column: part.slice(0, equals), value: part.slice(equals + 1) };
  });
}
