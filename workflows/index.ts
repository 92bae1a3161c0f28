/** Entry of the workflow bundle. */
export { syncTask } from './sync-task.ts';
export { copyTable } from './copy-table.ts';
export { checkTask } from './check-task.ts';
export { verifyTable } from './verify-table.ts';
export { asOfTable, tableState } from './as-of.ts';
