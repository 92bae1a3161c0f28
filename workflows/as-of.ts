/** A table as it was at a moment, as a table of its own; and what a person needs to ask for it by SQL. */
import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { AsOfAnswer, AsOfProgress, AsOfRequest, DescribedState, StateRequest } from '../model/as-of.ts';
import { asOfProgressQuery } from './messages.ts';
import { patiently } from './patient.ts';

export interface WithQueue {
  readonly taskQueue: string;
}

export async function asOfTable({ taskQueue, ...request }: AsOfRequest & WithQueue): Promise<AsOfAnswer> {
  let progress: AsOfProgress = { step: 'waiting' };
  setHandler(asOfProgressQuery, () => progress);
  const moment = new Date(request.before * 1000).toISOString();
  setCurrentDetails(`${request.table} as of ${moment} → \`${request.into}\``);
  const described = await patiently('awaitMoment', request, {
    summary: `every change of before ${moment}`,
    taskQueue: `${taskQueue}-copy`,
  });
  progress = { step: 'writing' };
  return patiently('writeAsOf', { ...request, described }, { summary: request.into, taskQueue: `${taskQueue}-copy` });
}

export const tableState = ({ taskQueue, ...request }: StateRequest & WithQueue): Promise<DescribedState> =>
  patiently('describeState', request, { summary: request.table, taskQueue });
