/** Why a command ends without doing what was asked. `main.ts` prints the message and exits with the code. */
import { formatInputErrors, type InputError } from '../model/input-errors.ts';

/** 1: something at run time; 2: bad input; 3: the precheck failed. */
export type ExitCode = 1 | 2 | 3;

export class Refusal extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = 1, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Refusal';
    this.exitCode = exitCode;
  }
}

export const badInput = (source: string, errors: readonly InputError[]): Refusal =>
  new Refusal(formatInputErrors(source, errors), 2);

/** All that a task says against a request, which may be a list; of anything else that went wrong one sentence. */
export const answerOf = (cause: unknown): string =>
  cause instanceof Error && 'type' in cause && cause.type === 'refused' ? cause.message : sentenceOf(cause);

/** One sentence for a person, without a stack trace; the server's own words where there are any. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  const detail =
    cause instanceof Error
      ? 'details' in cause && typeof cause.details === 'string'
        ? cause.details
        : cause.message
      : '';
  const message = detail === '' || error.message.includes(detail) ? error.message : `${error.message}: ${detail}`;
  return message.split('\n')[0] ?? message;
}
