/** The activities that answer a person's questions, from their dependencies. They change nothing. */
import type { CheckActivities } from '../model/check-task.ts';
import type { CheckDependencies } from './check-dependencies.ts';
import { describeTables } from './describe-tables.ts';
import { listGrants } from './list-grants.ts';
import { findSavedPosition } from './saved-document.ts';
import { testConnection } from './test-connection.ts';

export const createCheckActivities = (deps: CheckDependencies): CheckActivities => ({
  describeTables: describeTables(deps),
  listGrants: listGrants(deps),
  listConnections: async () => deps.connections(),
  findSavedPosition: findSavedPosition(deps),
  testConnection: testConnection(deps),
});
