/** The position outside Temporal: an unbroken history does not need it, a cut one has nothing else. */
import type { OwnRun, SavedPosition } from '../model/activities.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import { positionKey } from './open-run.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies } from './ports.ts';

/** An older position than the newest is as true: what lies above it is mined again and skipped by record_id. */
export const savePosition = (deps: Dependencies) =>
  async function savePosition(input: {
    destination: string;
    task: string;
    saved: SavedPosition;
    own: OwnRun;
  }): Promise<void> {
    await mustOwn(input.own, deps.attempt().run);
    await deps
      .sink(input.destination)
      .savePosition(POSITIONS_TABLE, positionKey(input.task), JSON.stringify(input.saved));
  };
