/**
 * Rows of the buckets that differ, one by one. A difference counts if it is there at two looks. Values stay here: only numbers leave, and
 * the keys go into a table at the destination.
 */
import { Failure } from '../model/failure.ts';
import {
  compareRows as comparisonOf,
  confirmed,
  countDifferences,
  type RowComparison,
  type RowDifference,
} from '../model/row-differences.ts';
import type { UploadSession } from '../model/receipt.ts';
import {
  DIFFERENCES_TABLE,
  noDifferences,
  type Compared,
  type CompareInput,
  type VerifiedTable,
} from '../model/verification.ts';
import { inParallel } from './in-parallel.ts';
import { COPIES, type Attempt, type Dependencies, type Sink } from './ports.ts';
import { positionKey } from './saved-document.ts';
import { Throttle } from './throttle.ts';
import { bucketsOf, ownFilter } from './verify-digests.ts';
import { chunksOf } from './verify-plan.ts';
import {
  copiesOf,
  fromDestination,
  fromSource,
  keptTable,
  keptWhole,
  openBothSides,
  type BothSides,
} from './verified-table.ts';

const READS_AT_ONCE = 2;
const POINT_EVERY_MS = 1_000;
const POINT_TRIES = 120;
const KEY_CHARACTERS_MAX = 1_000_000;

export const compareRows = (deps: Dependencies) =>
  async function compareRows(input: CompareInput): Promise<Compared> {
    const whole = keptWhole(input.verification, input.subject);
    const first = await look(deps, input, whole);
    const { wanted = [] } = input.buckets;
    if (first.length === 0) return { ...noDifferences, unconfirmed: wanted.length };
    const subject = await newerPoint(deps.attempt(), input);
    const { source, plan } = await openBothSides(deps, subject);
    const chunks = await chunksOf(source, plan.description, READS_AT_ONCE);
    const both = confirmed(first, await look(deps, { ...input, subject, chunks }, whole));
    const keys = new Set(both.map(({ key }) => key));
    const unconfirmed = first.filter(({ key }) => !keys.has(key)).length;
    const session = await writeDifferences(deps.sink(subject.destination), input, both.slice(0, input.room));
    return { ...countDifferences(both, unconfirmed), ...(session && { session }) };
  };

/** @param whole what other groups need, too: the workflow drops it */
async function look(deps: Dependencies, input: CompareInput, whole: string): Promise<readonly RowDifference[]> {
  const sides = await openBothSides(deps, input.subject);
  const comparison = comparisonOf(sides.table);
  await readSource(deps.attempt(), sides, input, comparison);
  const kept = await readDestination(deps.attempt(), sides, input, comparison);
  if (kept !== whole) await sides.sink.dropTable(kept);
  return comparison.differences();
}

async function readSource(
  attempt: Attempt,
  sides: BothSides,
  input: CompareInput,
  comparison: RowComparison,
): Promise<void> {
  const { source, plan, columns, table } = sides;
  const asOf = input.subject.point.scn;
  const wanted = ownFilter(table.key, input.buckets);
  const throttle = new Throttle(input.throttle, attempt);
  let read = 0;
  await inParallel(input.chunks, READS_AT_ONCE, async (chunk) => {
    const batches =
      input.mode === 'databases'
        ? source.readBuckets(plan.description, { chunk, asOf }, bucketsOf(sides, input), attempt.signal)
        : source.readChunk(plan.description, chunk, asOf, attempt.signal);
    for await (const batch of batches) {
      for (const values of batch) {
        const row = fromSource(values, columns);
        if (input.mode === 'databases' || wanted(row)) comparison.source(row);
      }
      read += batch.length;
      attempt.report({ chunk: chunk.number, rows: read });
      if (throttle.count({ rows: read, bytes: 0 })) await throttle.wait();
    }
  });
}

async function readDestination(
  attempt: Attempt,
  sides: BothSides,
  input: CompareInput,
  comparison: RowComparison,
): Promise<string> {
  const { sink, state, plan, columns, table } = sides;
  const { mode, buckets, subject, verification } = input;
  const byDatabase = mode === 'databases';
  const kept = byDatabase ? keptTable(verification, subject, buckets) : keptWhole(verification, subject);
  await sink.keepState(kept, state, plan.description.columns, ...(byDatabase ? [bucketsOf(sides, input)] : []));
  const wanted = ownFilter(table.key, buckets);
  for await (const batch of sink.readRows(kept, attempt.signal)) {
    for (const values of batch) {
      if (values.length !== columns.length + 1) throw new Failure('bug', `${kept} has no column ${COPIES}`);
      const row = fromDestination(values, columns);
      if (byDatabase || wanted(row)) comparison.destination(row, copiesOf(values));
    }
    attempt.report({ from: kept });
  }
  return kept;
}

/** @throws Failure source-table-redefined when the table is another one by now: everything begins anew. */
async function newerPoint(attempt: Attempt, { subject, task }: CompareInput): Promise<VerifiedTable> {
  for (let tries = 1; ; tries++) {
    const answer = await attempt.run.comparablePoint(`redoflow/${task}`, subject.plan.table);
    if (answer.kind === 'point') {
      const { plan, point } = answer;
      if (plan.columnsHash === subject.plan.columnsHash && plan.generation === subject.plan.generation)
        return { ...subject, plan, point };
    }
    if (answer.kind !== 'later' || tries >= POINT_TRIES)
      throw new Failure('source-table-redefined', `${subject.plan.table} was changed while it was compared`);
    await attempt.sleep(POINT_EVERY_MS);
  }
}

const differencesTable = {
  name: DIFFERENCES_TABLE,
  comment: 'redoflow: rows that differed when a table was verified',
  columns: ['verification', 'table_name', 'kind', 'key', 'columns'].map((name) => ({ name, type: 'string' })),
  partitionColumns: [{ name: 'task', type: 'string' }],
};

/** Prepared only: what the workflow has recorded is committed by `commitReceipts`. */
async function writeDifferences(
  sink: Sink,
  { task, verification, subject }: CompareInput,
  differences: readonly RowDifference[],
): Promise<UploadSession | undefined> {
  if (differences.length === 0) return undefined;
  await sink.createTable(differencesTable);
  const target = { table: DIFFERENCES_TABLE, partition: `task=${positionKey(task)}` };
  await sink.addPartition(target.table, target.partition);
  const upload = await sink.openUpload(target, differencesTable.columns);
  await upload.write(
    differences.map(({ kind, key, columns }) => {
      const shown = key.length > KEY_CHARACTERS_MAX ? `${key.slice(0, KEY_CHARACTERS_MAX)}…` : key;
      return [verification, subject.plan.table, kind, shown, columns.join(', ') || null];
    }),
  );
  const { rows, blocks } = await upload.finish();
  return { id: upload.id, ...target, rows, blocks };
}
