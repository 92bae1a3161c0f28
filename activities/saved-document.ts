/** What is kept of a task at the destination, outside of Temporal: its position, and the whole plan that the position belongs to. */
import type { SavedPlace } from '../model/check-task.ts';
import { Failure } from '../model/failure.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import { adopt, type Adoption, type SavedDocument } from '../model/adoption.ts';
import type { Selection } from '../model/table-selection.ts';
import type { CapturedTable } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import type { Dependencies, Sink } from './ports.ts';
import { selection } from './select-tables.ts';

/** Partition values know no slash; a copy's run, whose name may have any character of a quoted table, keeps no position. */
export const positionKey = (task: string): string => task.replaceAll(/[^A-Za-z0-9_.-]/g, '.');

/** @throws Failure sink-rejected when what is kept is not ours */
export async function readSavedDocument(sink: Sink, task: string): Promise<SavedDocument | undefined> {
  if (!(await sink.findTable(POSITIONS_TABLE))) return undefined;
  const text = await sink.readPosition(POSITIONS_TABLE, positionKey(task));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as SavedDocument; // written by preparePosition
  } catch (error) {
    throw new Failure('sink-rejected', `what ${POSITIONS_TABLE} keeps for the task ${task} is not a position`, {
      cause: error,
    });
  }
}

/** What `startAt: saved` means now: the tables to go on with, or why not; and what it was taken from. */
export async function adoption(
  deps: Pick<Dependencies, 'source' | 'sink'>,
  spec: TaskSpec,
): Promise<{ readonly selected: Selection; readonly saved: SavedDocument | undefined; readonly adoption: Adoption }> {
  const selected = await selection(deps.source(spec.source), spec);
  const saved = await readSavedDocument(deps.sink(spec.destination), spec.name);
  return { selected, saved, adoption: adopt(spec, selected, saved) };
}

/** @throws Failure bad-input when the saved position cannot be gone on from any more */
export async function adoptedTables(
  deps: Pick<Dependencies, 'source' | 'sink'>,
  spec: TaskSpec,
): Promise<readonly CapturedTable[]> {
  const { adoption: adopted } = await adoption(deps, spec);
  if ('tables' in adopted) return adopted.tables.toSorted((a, b) => (a.table < b.table ? -1 : 1));
  throw new Failure('bad-input', `${adopted.refused}.`);
}

/** For a person. */
export const findSavedPosition = (deps: Pick<Dependencies, 'sink'>) =>
  async function findSavedPosition(input: { task: string; destination: string }): Promise<SavedPlace | null> {
    const saved = await readSavedDocument(deps.sink(input.destination), input.task);
    if (!saved) return null;
    const { scn, nextRecordId } = saved.position;
    return { scn, nextRecordId, tables: saved.plan?.tables.length ?? 0 };
  };
