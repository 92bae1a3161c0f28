/** What may this run trust? (invariant 6) */
import type { Opened, OpenRunInput, SavedPosition } from '../model/activities.ts';
import type { Dependencies, Sink } from './ports.ts';
import { quiet } from './quiet-period.ts';
import { highestRecordIds } from './resolve-commit.ts';
import { readSavedDocument } from './saved-document.ts';

export const openRun = (deps: Dependencies) =>
  async function openRun(input: OpenRunInput): Promise<Opened> {
    const attempt = deps.attempt();
    const { run } = attempt;
    const { startedBy } = input;
    if (startedBy && !(await run.continues(startedBy.workflowId, startedBy.runId)))
      return { runId: run.runId, cut: true, orphaned: true, highest: {} };
    const { originalRunId, continuedFrom } = await run.origin();
    const isReset = originalRunId !== run.runId;
    const unbroken = !isReset && input.lastRunId !== undefined && continuedFrom === input.lastRunId;
    if (unbroken) return { runId: run.runId, cut: false, highest: {} };

    const sink = deps.sink(input.destination);
    const before = await readSaved(sink, input);
    // Nothing of this chain can be on its way to the destination when nothing of it was ever begun.
    if (isReset || input.wrote || before) await quiet(attempt, deps.commitQuietSeconds);
    const saved = await readSaved(sink, input);
    const logs = [...new Set([...input.logs, ...(saved?.logs ?? [])])];
    const highest = await highestRecordIds(sink, logs);
    return { runId: run.runId, cut: true, reset: isReset, highest, ...(saved && { saved }) };
  };

/** The position saved by this chain; one of an earlier chain speaks of other tables, unless the task goes on with these. */
async function readSaved(sink: Sink, { task, chainId, adopt }: OpenRunInput): Promise<SavedPosition | undefined> {
  const document = await readSavedDocument(sink, task);
  if (!document) return undefined;
  const { plan: _plan, ...saved } = document; // it may be large
  if (saved.chainId === chainId) return saved;
  return adopt ? { ...saved, madeBy: [...(saved.madeBy ?? []), saved.chainId] } : undefined;
}
