/** The activities that look at tables that are in step, from their dependencies. None changes a table that a task writes. */
import type { AsOfActivities } from '../model/as-of.ts';
import type { VerifyActivities } from '../model/verification.ts';
import { awaitMoment, describeState, writeAsOf } from './as-of.ts';
import type { Dependencies } from './ports.ts';
import { digestDestination, digestSource } from './verify-digests.ts';
import { dropKept, planVerification } from './verify-plan.ts';
import { compareRows } from './verify-rows.ts';

export const verificationActivities = (
  deps: Dependencies,
): Omit<VerifyActivities, 'commitReceipts'> & AsOfActivities => ({
  planVerification: planVerification(deps),
  digestSource: digestSource(deps),
  digestDestination: digestDestination(deps),
  compareRows: compareRows(deps),
  dropKept: dropKept(deps),
  describeState: describeState(deps),
  awaitMoment: awaitMoment(deps),
  writeAsOf: writeAsOf(deps),
});
