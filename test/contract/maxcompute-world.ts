/**
 * A MaxCompute to test against: the sandbox's, or a real project named by REDOFLOW_TEST_MAXCOMPUTE_ENDPOINT, _PROJECT,
 * _ACCESS_KEY_ID and _ACCESS_KEY_SECRET. Tables are dropped and the sandbox closed with it. Faults can be asked of the sandbox only.
 */
import { randomBytes } from 'node:crypto';
import type { Sink } from '../../activities/ports.ts';
import { Failure, type FailureKind } from '../../model/failure.ts';
import type { SinkColumn, SinkTable } from '../../model/sink-table.ts';
import type { Row } from '../../model/table.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import { startMaxCompute } from '../../sandbox/maxcompute/server.ts';

const variable = (name: string): string => process.env[`REDOFLOW_TEST_MAXCOMPUTE_${name}`] ?? '';

export const isReal = variable('ENDPOINT') !== '';

export const TWO_COLUMNS: readonly SinkColumn[] = [
  { name: 'id', type: 'bigint', comment: 'oracle:NUMBER(18,0);col:1' },
  { name: 'name', type: 'string', comment: 'it\'s "named"' },
];

/** The kind that the work fails with. */
export async function failureKind(work: Promise<unknown>): Promise<FailureKind | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error: unknown) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}

export async function openMaxCompute() {
  const sandbox = isReal ? undefined : await startMaxCompute({ port: 0 });
  const { endpoint, project, accessKeyId, accessKeySecret } = sandbox ?? {
    endpoint: variable('ENDPOINT'),
    project: variable('PROJECT'),
    accessKeyId: variable('ACCESS_KEY_ID'),
    accessKeySecret: variable('ACCESS_KEY_SECRET'),
  };
  const connection = { endpoint, project, accessKeyId, accessKeySecret };
  // Quick to give up, so that tests of refusals are quick.
  const sink = new MaxComputeSink(connection, { attemptsMax: 4, firstWaitMs: 20, budgetMs: 2_000 });
  const port: Sink = sink;
  const made: string[] = [];

  const newName = (about: string): string => {
    const name = `rf_${about}_${randomBytes(4).toString('hex')}`;
    made.push(name);
    return name;
  };

  return {
    sandbox,
    connection,
    sink,
    port,
    newName,

    async newTable(
      about: string,
      columns = TWO_COLUMNS,
      partitionColumns: readonly SinkColumn[] = [],
    ): Promise<SinkTable> {
      const table = { name: newName(about), comment: 'a test of redoflow', columns, partitionColumns };
      await port.createTable(table);
      return table;
    },

    /** A table for positions. */
    async newPositions(): Promise<string> {
      const columns = [{ name: 'position', type: 'string' }];
      const table = {
        name: newName('positions'),
        comment: '',
        columns,
        partitionColumns: [{ name: 'task', type: 'string' }],
      };
      await port.createTable(table);
      return table.name;
    },

    /** A finished session that nobody committed. */
    async uploaded(table: SinkTable, rows: readonly Row[], partition?: string) {
      const target = partition === undefined ? { table: table.name } : { table: table.name, partition };
      const upload = await port.openUpload(target, table.columns);
      await upload.write(rows);
      return { target, id: upload.id, held: await upload.finish() };
    },

    async rowsOf(table: string): Promise<readonly Row[]> {
      const { batches } = await sink.downloadRows({ table });
      const rows: Row[] = [];
      for await (const batch of batches) rows.push(...batch);
      return rows;
    },

    async [Symbol.asyncDispose]() {
      for (const name of made) await sink.dropTable(name);
      await sink[Symbol.asyncDispose]();
      await sandbox?.close();
    },
  };
}
