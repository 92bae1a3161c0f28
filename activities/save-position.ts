/** The position outside Temporal: an unbroken history does not need it, a cut one has nothing else. */
import type { OwnRun, SavedPosition } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import type { SavedDocument, SavedPlan } from '../model/start-position.ts';
import { capturePlan } from './mine-window.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, RunFacts } from './ports.ts';
import { positionKey } from './saved-document.ts';

/**
 * An older position than the newest is as true: what lies above it is mined again and skipped by record_id.
 * The plan goes with it, in the same text, so that the two are never apart: a new chain finds there what no workflow remembers any more.
 */
export const savePosition = (deps: Dependencies) =>
  async function savePosition(input: {
    destination: string;
    task: string;
    saved: SavedPosition;
    own: OwnRun;
  }): Promise<void> {
    const { run } = deps.attempt();
    const { saved } = input;
    // Before the tail begins there is no plan.
    const plan = saved.planHash === '' ? undefined : await planOf(run, saved.planHash);
    await mustOwn(input.own, run);
    if (plan === null)
      throw new Failure('bug', `the plan ${saved.planHash} was replaced while its position was being saved`);
    const document: SavedDocument = { ...saved, ...(plan && { plan }) };
    await deps.sink(input.destination).savePosition(POSITIONS_TABLE, positionKey(input.task), JSON.stringify(document));
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
