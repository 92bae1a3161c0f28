/** All activities from their dependencies. */
import type { Activities } from '../model/activities.ts';
import type { AsOfActivities } from '../model/as-of.ts';
import type { VerifyActivities } from '../model/verification.ts';
import { addTables } from './add-tables.ts';
import { capturePoint } from './capture-point.ts';
import { commitReceipts } from './commit-receipts.ts';
import { copyChunk } from './copy-chunk.ts';
import { createTables } from './create-tables.ts';
import { followTable } from './follow-table.ts';
import { measureRunway } from './measure-runway.ts';
import { mineWindow } from './mine-window.ts';
import { openRun } from './open-run.ts';
import { planCopy } from './plan-copy.ts';
import type { Dependencies } from './ports.ts';
import { precheck } from './precheck.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import { findPublished, publishTable } from './publish-table.ts';
import { readSpec } from './read-spec.ts';
import { renewTables } from './renew-tables.ts';
import { resolveCommit } from './resolve-commit.ts';
import { preparePosition } from './prepare-position.ts';
import { verificationActivities } from './verify-activities.ts';
import { windowsOfOthers } from './windows-of-others.ts';

export const createActivities = (deps: Dependencies): Activities & VerifyActivities & AsOfActivities => ({
  readSpec,
  openRun: openRun(deps),
  windowsOfOthers: windowsOfOthers(deps),
  precheck: precheck(deps),
  createTables: createTables(deps),
  capturePoint: capturePoint(deps),
  measureRunway: measureRunway(deps),
  planCopy: planCopy(deps),
  copyChunk: copyChunk(deps),
  findPublished: findPublished(deps),
  publishTable: publishTable(deps),
  mineWindow: mineWindow(deps),
  commitReceipts: commitReceipts(deps),
  resolveCommit: resolveCommit(deps),
  followTable: followTable(deps),
  renewTables: renewTables(deps),
  addTables: addTables(deps),
  preparePosition: preparePosition(deps),
  probeEndpoint: probeEndpoint(deps),
  ...verificationActivities(deps),
});
