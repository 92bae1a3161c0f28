/**
 * Tasks that share an endpoint wait for the shortest of their retry times, as in DTS ("Retry Time for Failed Connections": of several instances
 * with the same source or destination the shortest counts). Each task shows its own as a search attribute, where the others find them. Pure.
 */
import type { RetryWindows } from './retry-ledger.ts';

/** The search attribute: `43200 s / 600 s`, failed connections first. */
export const windowsText = ({ connectionSeconds, otherSeconds }: RetryWindows): string =>
  `${connectionSeconds} s / ${otherSeconds} s`;

/** @returns undefined for what no task of ours shows */
export function windowsOf(text: string): RetryWindows | undefined {
  const [, connection, other] = /^(\d+(?:\.\d+)?) s \/ (\d+(?:\.\d+)?) s$/.exec(text) ?? [];
  return connection === undefined || other === undefined
    ? undefined
    : { connectionSeconds: Number(connection), otherSeconds: Number(other) };
}

export const shortest = (one: RetryWindows, other: RetryWindows = one): RetryWindows => ({
  connectionSeconds: Math.min(one.connectionSeconds, other.connectionSeconds),
  otherSeconds: Math.min(one.otherSeconds, other.otherSeconds),
});

/** Of all of them; undefined where there is none. */
export const shortestOf = (all: readonly RetryWindows[]): RetryWindows | undefined =>
  all.reduce<RetryWindows | undefined>((least, one) => shortest(one, least), undefined);

const minutes = (seconds: number): string => String(Math.round(seconds / 6) / 10);

/** For the task's story, when the times in force are others than before. */
export const windowsInForceText = ({ connectionSeconds, otherSeconds }: RetryWindows): string =>
  `retry times in force: ${minutes(connectionSeconds)} min for failed connections, ${minutes(otherSeconds)} min for other issues ` +
  '(the shortest among the tasks that share an endpoint)';
