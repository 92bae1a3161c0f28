/** Measures what is at the destination under a table's two names, for `conflictingTables: ignore`. */
import type { ExistingTables } from '../model/existing-tables.ts';
import type { DestinationNames } from '../model/names.ts';
import type { RunFacts, Sink } from './ports.ts';
import { isOurs, readMark } from './table-marks.ts';

export async function existingTables(
  sink: Sink,
  names: DestinationNames,
  { chainId, run }: { readonly chainId: string; readonly run: RunFacts },
): Promise<ExistingTables> {
  const [base, log] = [await sink.findTable(names.base), await sink.findTable(names.log)];
  const foreign = base !== undefined && !isOurs(base.comment, chainId);
  const held = [base, log].flatMap((table) => (table ? [table.comment] : []));
  const [heldBy] = (await Promise.all(held.map((comment) => holder(comment, chainId, run)))).filter(
    (found) => found !== undefined,
  );
  return {
    ...(base && { base }),
    ...(log && { log }),
    oldRows: foreign && (await sink.countRows(names.base)) > 0,
    ...(heldBy !== undefined && { heldBy }),
  };
}

/** A table may be taken over from a task that is closed, or that nobody of ours made. */
async function holder(comment: string, chainId: string, run: RunFacts): Promise<string | undefined> {
  const mark = readMark(comment);
  if (!mark || mark.chainId === chainId) return undefined;
  if (mark.task === undefined)
    return 'the comment names another task without its workflow id; clear the comment if that task has ended';
  const open = await run.openRunOf(mark.task);
  return open?.firstRunId === mark.chainId ? `it is a table of ${mark.task}, which is running` : undefined;
}
