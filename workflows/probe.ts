/** Waits out an outage with one activity that the server repeats: a handful of events, however long it lasts. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { remainingMs, type RetryWindows } from '../model/retry-ledger.ts';
import type { ProbeStep, RunState } from '../model/run-state.ts';
import { call } from './policies.ts';

/** Resolves to whether the endpoint was heard within the unit's remaining window. */
export async function probe(
  step: ProbeStep,
  state: RunState,
  windows: RetryWindows,
  connection: string,
): Promise<boolean> {
  const ledger = state.ledgers[step.unit];
  const seconds = ledger ? Math.ceil(remainingMs(ledger, windows, Date.now()) / 1000) : 1;
  const summary = `waiting up to ${Math.ceil(seconds / 60)} min for ${connection}`;
  try {
    await call('probeEndpoint', { side: step.side, connection }, { summary, scheduleToCloseSeconds: seconds });
    return true;
  } catch (error) {
    // It answered, but not as hoped (login refused): a real attempt will say why.
    if (
      error instanceof ActivityFailure &&
      error.cause instanceof ApplicationFailure &&
      error.cause.type === 'answered-otherwise'
    )
      return true;
    if (error instanceof ActivityFailure && error.retryState === 'TIMEOUT') return false;
    throw error;
  }
}
