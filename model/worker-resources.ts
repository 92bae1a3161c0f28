/**
 * What the worker's own machine has run out of, by the names that the operating system gives to its errors (errno(3)). Whichever side was
 * being talked to is not to blame, and waiting for it would not help.
 */
import { Failure } from './failure.ts';

const remedies = {
  EMFILE: 'This worker has no file descriptor left: raise its limit (ulimit -n; LimitNOFILE of systemd)',
  ENFILE: 'The machine of this worker has no file descriptor left: see what holds them (fs.file-max)',
  ENOSPC: 'The disk of this worker is full: free some of it',
  EDQUOT: 'The disk quota of this worker is used up: raise it',
} as const satisfies Readonly<Record<string, string>>;

type Code = keyof typeof remedies;

const CODES = new RegExp(`\\b(${Object.keys(remedies).join('|')})\\b`);
const isCode = (text: string): text is Code => Object.hasOwn(remedies, text);

/** @returns which of them an error is about: by its code, else by its text, where drivers wrap the system's error */
function missing(error: unknown): Code | undefined {
  if (!(error instanceof Error)) return undefined;
  const own: unknown = Reflect.get(error, 'code');
  if (typeof own === 'string' && isCode(own)) return own;
  const named = CODES.exec(error.message)?.[1];
  return named !== undefined && isCode(named) ? named : undefined;
}

/** @param doing what failed, and where @returns undefined for any other error */
export function outOfResources(error: unknown, doing: string): Failure | undefined {
  const code = missing(error);
  if (code === undefined) return undefined;
  return new Failure('worker-out-of-resources', `${doing}: ${code}. ${remedies[code]}.`, { cause: error });
}
