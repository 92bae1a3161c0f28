/** Where a table can be compared just now, and what has to be read for it. */
import type { Chunk } from '../model/chunk.ts';
import { largeColumns } from '../model/captured-state.ts';
import { bucketCount } from '../model/row-buckets.ts';
import type { VerifyPlan } from '../model/verification.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies, Source } from './ports.ts';
import { keptWhole, openBothSides } from './verified-table.ts';

const CHUNK_MEGABYTES = 256;
/** So that they fit into a payload. */
const CHUNKS_MAX = 400;

export const planVerification = (deps: Dependencies) =>
  async function planVerification(input: {
    readonly taskWorkflowId: string;
    readonly table: string;
    readonly parallel: number;
  }): Promise<VerifyPlan> {
    const answer = await deps.attempt().run.comparablePoint(input.taskWorkflowId, input.table);
    if (answer.kind !== 'point') return answer;
    const { point, plan, rules, source, destination } = answer;
    const subject = { point, plan, rules, source, destination };
    const { sink, plan: compared, text } = await openBothSides(deps, subject);
    const chunks = await chunksOf(deps.source(source), compared.description, input.parallel);
    return {
      kind: 'point',
      subject,
      chunks,
      mode: text ? 'databases' : 'worker',
      buckets: bucketCount(await sink.countRows(plan.base)),
      notCompared: largeColumns(await describePlanned(deps.source(source), plan, rules)),
    };
  };

/** The extents are listed after the point: those that come later hold no row that it sees. */
export const chunksOf = (
  source: Source,
  description: Parameters<Source['planChunks']>[0],
  parallel: number,
): Promise<readonly Chunk[]> =>
  source.planChunks(description, { chunkMegabytes: CHUNK_MEGABYTES, chunksMin: parallel, chunksMax: CHUNKS_MAX });

export const dropKept = (deps: Dependencies) =>
  async function dropKept(input: {
    readonly subject: Parameters<typeof keptWhole>[1];
    readonly verification: string;
  }): Promise<void> {
    await deps.sink(input.subject.destination).dropTable(keptWhole(input.verification, input.subject));
  };
