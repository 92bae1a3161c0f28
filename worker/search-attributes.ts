/** The attributes that workflows upsert must exist before a worker polls: an unknown one would stop the workflow without a word. */
import type { NativeConnection } from '@temporalio/worker';

/** Values of temporal.api.enums.v1.IndexedValueType. No Int attributes: a namespace has room for three. */
const KEYWORD = 2;
const KEYWORD_LIST = 7;

const attributes: Readonly<Record<string, number>> = {
  RedoflowState: KEYWORD,
  RedoflowPhase: KEYWORD,
  RedoflowSource: KEYWORD,
  RedoflowDestination: KEYWORD,
  RedoflowEnvironment: KEYWORD,
  RedoflowLatency: KEYWORD,
  RedoflowHeldTables: KEYWORD,
  RedoflowRetry: KEYWORD,
  RedoflowRetryTimes: KEYWORD,
  RedoflowEndpoints: KEYWORD_LIST,
};

/** Adds the missing ones, and waits until the server knows them. @throws when the server does not allow it */
export async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(attributes).filter(([name]) => !(name in customAttributes));
    if (missing.length === 0) return;
    if (round === 0) await addSearchAttributes(connection, namespace, Object.fromEntries(missing));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    'the search attributes of redoflow were added, but the server does not know them yet; start the worker again',
  );
}

/** Without asking which there are, which not every server can say. */
export async function addSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  searchAttributes: Readonly<Record<string, number>> = attributes,
): Promise<void> {
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { ...searchAttributes } });
  } catch (error) {
    // Another worker may have been faster.
    if (!(error instanceof Error) || !/already exist/i.test(error.message)) throw error;
  }
}
