/**
 * SQL: submit, poll, look at every task, fetch the result. `Terminated` is not success.
 * Sources: PyODPS 0.13.2 (models/instances.py, instance.py, tasks/sql.py), odps-sdk-core (Instances, Instance).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import type { Answer, MaxComputeClient, Repeat } from './client.ts';
import { parseCsv, type CsvRow } from './csv.ts';
import { parseTaskError, Refused, unreadable } from './errors.ts';
import { cdata, element, elements, elementText, escapeXml } from './xml.ts';

export interface Statement {
  readonly sql: string;
  /** `odps.sql.allow.fullscan` …; all values are texts. */
  readonly hints?: Readonly<Record<string, string>>;
  readonly repeat: Repeat;
  /** Of the job, by which running instances can be listed. */
  readonly name?: string;
  /** Begins the text of a failure. */
  readonly what: string;
}

const TASK = 'AnonymousSQLTask';
const FIRST_POLL_MS = 50;
const POLL_MAX_MS = 2_000;
const MINUTES_MAX = 30;

function job({ sql, name }: Statement, hints: Readonly<Record<string, string>>): string {
  const property = (name: string, value: string): string =>
    `<Property><Name>${name}</Name><Value>${escapeXml(value)}</Value></Property>`;
  const config = property('settings', JSON.stringify(hints)) + property('uuid', randomUUID());
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    `<Instance><Job>${name === undefined ? '' : `<Name>${escapeXml(name)}</Name>`}<Priority>9</Priority><Tasks><SQL><Name>${TASK}</Name><Config>${config}</Config>` +
    `<Query>${cdata(`${sql};`)}</Query></SQL></Tasks><DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>`
  );
}

/** Names of a project with schemas are resolved in the connection's schema. */
function schemaHints(schema: string | undefined): Record<string, string> {
  if (schema === undefined) return {};
  return {
    'odps.namespace.schema': 'true',
    'odps.sql.allow.namespace.schema': 'true',
    'odps.default.schema': schema,
  };
}

const instancesPath = (client: MaxComputeClient): string => `/projects/${client.connection.project}/instances`;

/** The instance's id; or its result, when the service answered 200 because it was done already. */
async function submit(client: MaxComputeClient, statement: Statement): Promise<{ id: string } | { result: string }> {
  const hints = { ...schemaHints(client.connection.schema), ...statement.hints };
  const answer = await client.call({
    plane: 'service',
    method: 'POST',
    path: instancesPath(client),
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(job(statement, hints)),
    repeat: statement.repeat,
    what: statement.what,
    timeoutSeconds: 120,
  });
  const id = answer.headers['location']?.split('?')[0]?.split('/').at(-1) ?? '';
  if (id !== '') return { id };
  if (answer.status === 200 && element(answer.body.toString(), 'Result')) return { result: answer.body.toString() };
  throw unreadable(statement.what, 'the submission names no instance');
}

async function look(client: MaxComputeClient, id: string, aspect: { flag?: string; what: string }): Promise<string> {
  const answer: Answer = await client.call({
    plane: 'service',
    method: 'GET',
    path: `${instancesPath(client)}/${id}`,
    query: aspect.flag === undefined ? {} : { [aspect.flag]: '' },
    repeat: 'always',
    what: aspect.what,
    timeoutSeconds: 60,
  });
  return answer.body.toString();
}

async function awaitEnd(client: MaxComputeClient, id: string, what: string): Promise<void> {
  const deadline = performance.now() + MINUTES_MAX * 60_000;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(POLL_MAX_MS, pause * 1.5)) {
    if (elementText(await look(client, id, { what }), 'Status') === 'Terminated') return;
    if (performance.now() > deadline)
      throw new Failure('sink-unreachable', `${what}: instance ${id} has not ended after ${MINUTES_MAX} minutes`);
    await wait(pause);
  }
}

function resultText(xml: string): string {
  const result = element(xml, 'Result');
  if (!result) return '';
  return /Transform\s*=\s*["']Base64["']/i.test(result.attributes)
    ? Buffer.from(result.text, 'base64').toString()
    : result.text;
}

const taskStatuses = (xml: string): readonly string[] =>
  elements(xml, 'Task').map((task) => elementText(task, 'Status') ?? '');

function failed(client: MaxComputeClient, what: string, text: string): Failure {
  return new Refused(what, 200, client.harmless(parseTaskError(text), false));
}

/** Waits for an instance that is known by its id. @throws Refused with the service's own words when a task did not succeed. */
export async function instanceEnded(client: MaxComputeClient, id: string, what: string): Promise<readonly CsvRow[]> {
  await awaitEnd(client, id, what);
  const statuses = await look(client, id, { flag: 'taskstatus', what });
  return rowsOf(client, what, { statuses, result: await look(client, id, { flag: 'result', what }) });
}

function rowsOf(
  client: MaxComputeClient,
  what: string,
  answers: { readonly statuses: string; readonly result: string },
): readonly CsvRow[] {
  const statuses = taskStatuses(answers.statuses);
  const result = resultText(answers.result);
  const bad = statuses.find((status) => status !== 'Success');
  if (bad !== undefined) throw failed(client, what, result === '' ? `the SQL task is ${bad}` : result);
  if (statuses.length === 0) throw unreadable(what, 'the instance has no task');
  return parseCsv(result).slice(1);
}

/** The result's lines without the header; none for DDL. @throws Refused with the service's own words when a task did not succeed. */
export async function runSql(client: MaxComputeClient, statement: Statement): Promise<readonly CsvRow[]> {
  const submitted = await submit(client, statement);
  if ('id' in submitted) return instanceEnded(client, submitted.id, statement.what);
  return rowsOf(client, statement.what, { statuses: submitted.result, result: submitted.result });
}
