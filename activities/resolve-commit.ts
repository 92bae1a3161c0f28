/** What is at the destination, when no answer of the Tunnel can tell any more. */
import type { OwnRun } from '../model/activities.ts';
import { inParallel } from './in-parallel.ts';
import { quiet } from './quiet-period.ts';
import type { Dependencies, Sink } from './ports.ts';
import { mustOwn } from './own-run.ts';

/** "None of it is there" needs a read after a quiet period: a commit request may still be on its way. */
export const resolveCommit = (deps: Dependencies) =>
  async function resolveCommit(input: {
    destination: string;
    logs: readonly string[];
    own: OwnRun;
  }): Promise<Readonly<Record<string, number>>> {
    const attempt = deps.attempt();
    await mustOwn(input.own, attempt.run);
    await quiet(attempt, deps.commitQuietSeconds);
    return highestRecordIds(deps.sink(input.destination), input.logs);
  };

/** Statements at a time. */
const PARALLEL = 8;

/** Highest record_id per `_log`; a table that is missing has none. The id is always the first column. */
export async function highestRecordIds(sink: Sink, logs: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const highest: Record<string, number> = {};
  await inParallel(logs, PARALLEL, async (log) => {
    const [first] = (await sink.findTable(log))?.columns ?? [];
    if (first) highest[log] = await sink.highest(log, first.name);
  });
  return highest;
}
