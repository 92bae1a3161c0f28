/** The position outside Temporal: an unbroken history does not need it, a cut one has nothing else. */
import type { OwnRun, SavedPosition } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { NO_PLAN } from '../model/capture-start.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import type { UploadSession } from '../model/receipt.ts';
import type { SavedDocument, SavedPlan } from '../model/adoption.ts';
import { capturePlan } from './capture-plan.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, RunFacts } from './ports.ts';
import { positionKey } from './saved-document.ts';

/**
 * Prepared, recorded, and only then committed, like windows and chunks: a request of a lost attempt that comes late can never put an older
 * position in the place of a newer one, under which tables may have been held, added or released.
 * The plan goes with it, in the same text, so that the two are never apart: a new chain finds there what no workflow remembers any more.
 */
export const preparePosition = (deps: Dependencies) =>
  async function preparePosition(input: {
    destination: string;
    task: string;
    saved: SavedPosition;
    own: OwnRun;
  }): Promise<UploadSession> {
    const { run } = deps.attempt();
    const { saved } = input;
    // Before the tail begins there is no plan.
    const plan = saved.planHash === NO_PLAN ? undefined : await planOf(run, saved.planHash);
    await mustOwn(input.own, run);
    if (plan === null)
      throw new Failure('bug', `the plan ${saved.planHash} was replaced while its position was being saved`);
    const document: SavedDocument = { ...saved, ...(plan && { plan }) };
    const text = JSON.stringify(document);
    return deps.sink(input.destination).preparePosition(POSITIONS_TABLE, positionKey(input.task), text);
  };

/** Null: the task has another plan now, or is another task. */
async function planOf(run: RunFacts, hash: string): Promise<SavedPlan | null> {
  try {
    return await capturePlan(run, hash);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'history-was-cut') return null;
    throw error;
  }
}
