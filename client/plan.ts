/** `redoflow plan FILE [--json]`: what would become of every table and column, as the worker sees both sides. */
import type { DescribedTable, PlanPage } from '../model/check-task.ts';
import { logColumns, partitionColumns } from '../model/names.ts';
import { precheckItems, type PrecheckReport } from '../model/precheck-items.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { count, paint, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import type { ReadTask } from './read-task.ts';

export async function plan(redoflow: RedoflowClient, { written, spec }: ReadTask, json: boolean): Promise<void> {
  const pages: PlanPage[] = [];
  await redoflow.mustBePolled(spec.taskQueue);
  const chainId = await redoflow.chainIdOf(spec.name);
  for (let after: string | undefined; ;) {
    const page = await redoflow.ask(spec.taskQueue, {
      want: 'plan',
      written,
      ...(chainId !== undefined && { chainId }),
      ...(after !== undefined && { after }),
    });
    pages.push(page);
    if (!json) console.log(pageText(page, spec));
    after = page.next;
    if (after === undefined) break;
  }
  console.log(json ? JSON.stringify(planJson(pages), null, 2) : summaryText(pages, spec));
}

/** All pages as one. */
const planJson = (pages: readonly PlanPage[]) => ({
  tables: pages.flatMap(({ tables }) => tables),
  problems: pages.flatMap(({ problems }) => problems),
  report: {
    results: pages.flatMap(({ report }) => report.results),
    passed: pages.every(({ report, problems }) => report.passed && problems.length === 0),
  },
});

const pageText = ({ tables, report, problems }: PlanPage, spec: TaskSpec): string =>
  [
    ...problems.map((problem) => `${paint('red', '✗')} ${problem}\n`),
    ...tables.map((described) => tableText(described, report, spec)),
  ].join('\n');

function tableText(described: DescribedTable, report: PrecheckReport, spec: TaskSpec): string {
  const { key, chunks, columns } = described;
  const keyText = key.kind === 'none' ? 'no key' : `${key.kind} key ${key.columns.join(', ')}`;
  const chunkText =
    chunks === undefined
      ? ''
      : `, ${count(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'} of at most ${spec.full.chunkMegabytes} MB`;
  const names = spec.synchronize.includes('incremental') ? [described.base, described.log] : [described.base];
  const rows = columns.map(({ source, oracleType, sink, note }) => [
    `  ${source}`,
    oracleType,
    sink ? `${sink.name} ${sink.type}` : paint('red', '–'),
    note ?? '',
  ]);
  return [
    `${paint('bold', described.table)} → ${names.join(', ')}`,
    ...(columns.length === 0
      ? []
      : [`  ${keyText}${chunkText}`, table(['  column', 'Oracle', 'MaxCompute', ''], rows)]),
    ...warnings(described, report),
    '',
  ].join('\n');
}

function warnings({ table: subject }: DescribedTable, report: PrecheckReport): readonly string[] {
  const failed = report.results.filter((result) => result.subject === subject && result.verdict === 'failed');
  return failed.map(({ severity, id, message }) => {
    return `  ${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${id}: ${message}`;
  });
}

/** What holds for every table, and what would stop the start. */
function summaryText(pages: readonly PlanPage[], spec: TaskSpec): string {
  const { report, tables } = planJson(pages);
  const subjects = new Set<string>(tables.map(({ table: name }) => name));
  const general = new Map(
    report.results
      .filter(({ verdict, subject }) => verdict === 'failed' && !subjects.has(subject))
      .map(({ id, subject, message }) => [`${id} ${subject}`, `${precheckItems[id].title} (${subject}): ${message}`]),
  );
  const log = logColumns(spec.naming).map(({ name, type }) => `${name} ${type}`);
  const partitions = partitionColumns(spec.incremental.partition, spec.naming).map(({ name }) => name);
  return [
    ...(spec.synchronize.includes('incremental')
      ? [
          `Every _log begins with ${log.join(', ')};`,
          partitions.length === 0 ? 'it is not partitioned.' : `it is partitioned by ${partitions.join(', ')}.`,
        ]
      : []),
    ...[...general.values()].map((line) => `${paint('red', 'error')} ${line}`),
    `${count(tables.length)} ${tables.length === 1 ? 'table' : 'tables'}; ${verdict(pages)}`,
  ].join('\n');
}

function verdict(pages: readonly PlanPage[]): string {
  const wrong = pages.some(({ report, problems }) => !report.passed || problems.length > 0);
  return wrong
    ? paint('red', 'a start would not pass its precheck as things are.')
    : paint('green', 'a start would pass its precheck.');
}
