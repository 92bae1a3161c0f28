/** Waiting until no commit request of an older run or attempt can still be alive. */
import type { Attempt } from './ports.ts';

/** Longer than any commit request of an older run can live: what is there afterwards is all that will ever be there of it. */
export async function quiet(attempt: Attempt, seconds: number): Promise<void> {
  attempt.report({ waiting: `${seconds} s, until no older commit request can be alive` });
  await attempt.sleep(seconds * 1000);
}
