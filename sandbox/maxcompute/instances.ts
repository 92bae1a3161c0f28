import { randomUUID } from 'node:crypto';
import type { DuckDBValue } from '@duckdb/node-api';
import { type Answer, cdata, element, escapeXml, ServiceError, xml } from './answers.ts';
import { cellText, PROJECT_ZONE, resultType } from './cell-text.ts';
import { type Clock, httpDate } from './clock.ts';
import type { Column } from './column-types.ts';
import { type FrozenRows, rowsInMemory } from './download-sessions.ts';
import { OWNER } from './metadata-answers.ts';
import { insert } from './sql-insert.ts';
import { defineMacros, useZone } from './sql-macros.ts';
import { expectEnd, type Hints, readTableName } from './sql-parts.ts';
import { readDefinition } from './sql-statements.ts';
import { SqlError, TokenReader, tokensOf } from './sql-tokens.ts';
import { translateQuery } from './sql-translate.ts';
import type { Tables } from './tables.ts';
import type { Rows, Warehouse } from './warehouse.ts';
import { child, readXml, type XmlElement } from './xml-reader.ts';

const DISPLAY_ROWS = 10_000; // of a CSV result at most; the instance tunnel has them all
const SQL_BYTES_MAX = 2 * 1024 * 1024;
/** How long `instancestatus` holds a request while the instance runs. */
const LONG_POLL_MS = 2_000;

type Outcome =
  | { readonly status: 'Success'; readonly rows: FrozenRows | undefined; readonly text: string }
  | { readonly status: 'Failed'; readonly text: string };

interface Instance {
  readonly id: string;
  /** Name of the job; empty when it has none. */
  readonly jobName: string;
  readonly taskName: string;
  readonly source: string;
  readonly startedAt: number;
  endedAt: number | undefined;
  outcome: Outcome | undefined;
  readonly finished: Promise<void>;
}

interface Job {
  readonly jobName: string;
  readonly taskName: string;
  readonly sql: string;
  readonly hints: Hints;
}

function textOf(element_: XmlElement | undefined): string {
  return element_?.text.trim() ?? '';
}

/** The `settings` property: a JSON object of texts. */
function hintsOf(sqlTask: XmlElement | undefined): Hints {
  const properties = child(sqlTask, 'Config')?.children ?? [];
  const settings = properties.find((property) => textOf(child(property, 'Name')) === 'settings');
  const parsed: unknown = JSON.parse(textOf(child(settings, 'Value')) || '{}');
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('settings is not a JSON object');
  return new Map(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

function jobOf(body: string): Job {
  try {
    const job = child(readXml(body), 'Job');
    const tasks = child(job, 'Tasks')?.children ?? [];
    const [task] = tasks;
    if (tasks.length !== 1 || task?.name !== 'SQL') throw new SyntaxError('a job holds one SQL task');
    const sql = child(task, 'Query')?.text ?? '';
    if (Buffer.byteLength(sql) > SQL_BYTES_MAX) throw new SyntaxError('the SQL text is longer than 2 MB');
    return { jobName: textOf(child(job, 'Name')), taskName: textOf(child(task, 'Name')), sql, hints: hintsOf(task) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServiceError(400, 'InvalidArgument', `Invalid job: ${error.message}`);
  }
}

const quotedField = (text: string | null): string =>
  text === null ? String.raw`\N` : `"${text.replaceAll('"', '""')}"`;

/** Header row, then rows; every text quoted, NULL as a bare \N. */
function csvOf(columns: readonly Column[], rows: readonly (readonly DuckDBValue[])[], zone: string): string {
  const lines = rows
    .slice(0, DISPLAY_ROWS)
    .map((row) => columns.map(({ type }, index) => quotedField(cellText(row[index] ?? null, type, zone))).join(','));
  return [columns.map(({ name }) => quotedField(name)).join(','), ...lines, ''].join('\n');
}

function columnsOf({ names, types }: Rows): readonly Column[] {
  return types.map((type, index) => {
    const known = resultType(type);
    if (known === undefined) throw new SqlError('ODPS-0130071', 'the result has a type that MaxCompute does not have');
    return { name: (names[index] ?? '').toLowerCase(), type: known, comment: '' };
  });
}

/** DuckDB's complaint as the service would put it; only the first line, which names columns and types. */
function asSqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n');
  const runtime = /^(?:Conversion|Out of Range|Invalid Input) Error/i.exec(line);
  if (runtime !== null) return new SqlError('ODPS-0121095', 'a value cannot be converted or is out of range');
  return new SqlError('ODPS-0130071', line);
}

/** `odps.sql.timezone` or the project's zone. */
function zoneOf(hints: Hints): string {
  const zone = hints.get('odps.sql.timezone') ?? PROJECT_ZONE;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw new SqlError('ODPS-0130071', `invalid time zone ${zone} in odps.sql.timezone`);
  }
}

const done = (text: string): Outcome => ({ status: 'Success', rows: undefined, text });

const SETTING = /^(?:\s|--[^\n]*\n)*SET\s+([\w.]+)\s*=\s*([^;\n]*);/i;

/** `SET name=value;` lines before the statement are hints; blanks take their place, so that positions stay. */
function withoutSettings({ sql, hints }: Job): Pick<Job, 'sql' | 'hints'> {
  const all = new Map(hints);
  let rest = sql;
  let before = '';
  for (let found = SETTING.exec(rest); found !== null; found = SETTING.exec(rest)) {
    all.set(found[1] ?? '', (found[2] ?? '').trim());
    before += found[0].replace(/[^\n]/g, ' ');
    rest = rest.slice(found[0].length);
  }
  return { sql: before + rest, hints: all };
}

/** `SHOW PARTITIONS table;`: a line `a=x/b=y` for each, in the order of their values. */
function showPartitions(reader: TokenReader, tables: Tables): string {
  reader.expect('PARTITIONS');
  const at = reader.peek();
  const table = tables.resolve(readTableName(reader), at);
  expectEnd(reader);
  if (table.partitionKeys.length === 0)
    throw new SqlError('ODPS-0130071', `table ${table.name} is not partitioned`, at);
  return [...table.partitions.keys()]
    .sort()
    .map((title) => `${title}\n`)
    .join('');
}

const listed = ({ id, startedAt, endedAt }: Instance, status: string): string =>
  [
    element('Name', id),
    element('Owner', escapeXml(OWNER)),
    element('StartTime', httpDate(startedAt)),
    element('EndTime', endedAt === undefined ? '' : httpDate(endedAt)),
    element('Status', status),
  ].join('');

/** SQL instances: one statement each, run in the background, kept with its result. */
export class Instances {
  private readonly instances = new Map<string, Instance>();
  private readonly tables: Tables;
  private readonly warehouse: Warehouse;
  private readonly clock: Clock;
  private macros: Promise<void> | undefined;

  constructor(tables: Tables, warehouse: Warehouse, clock: Clock) {
    this.tables = tables;
    this.warehouse = warehouse;
    this.clock = clock;
  }

  /** Accepts a job; returns the new instance's id. */
  submit(body: string): string {
    const job = jobOf(body);
    const id = `${new Date(this.clock.now()).toISOString().replace(/\D/g, '')}g${randomUUID().slice(0, 8)}`;
    const run = this.warehouse.exclusively(() => this.outcomeOf(job));
    const instance: Instance = {
      // What `source` answers is the Job element alone.
      ...{
        id,
        jobName: job.jobName,
        taskName: job.taskName,
        source: body.slice(body.indexOf('<Job'), body.lastIndexOf('</Instance>')),
      },
      ...{ startedAt: this.clock.now(), endedAt: undefined, outcome: undefined },
      finished: run.then((outcome) => {
        instance.outcome = outcome;
        instance.endedAt = this.clock.now();
      }),
    };
    this.instances.set(id, instance);
    return id;
  }

  /** Resolves when the instance has ended. */
  async finished(id: string): Promise<void> {
    await this.find(id).finished;
  }

  /** Instances that `status`, `jobname` and `daterange` leave, all on one page; there is one owner only. */
  list(parameters: ReadonlyMap<string, string>): Answer {
    const [from = '', to = ''] = (parameters.get('daterange') ?? ':').split(':');
    const earliest = from === '' ? 0 : Number(from) * 1000;
    const latest = to === '' ? Infinity : Number(to) * 1000;
    const wanted = ({ status, instance }: { readonly status: string; readonly instance: Instance }): boolean =>
      (parameters.get('status') ?? status) === status &&
      (parameters.get('jobname') ?? instance.jobName) === instance.jobName &&
      instance.startedAt >= earliest &&
      instance.startedAt <= latest;
    const found = [...this.instances.values()]
      .map((instance) => ({ instance, status: instance.outcome === undefined ? 'Running' : 'Terminated' }))
      .filter(wanted)
      .map(({ instance, status }) => element('Instance', listed(instance, status)));
    return xml(element('Instances', `<Marker/><MaxItems>1000</MaxItems>${found.join('')}`));
  }

  /** The instance in the form that the parameters ask for. */
  async answer(id: string, parameters: ReadonlyMap<string, string>): Promise<Answer> {
    const instance = this.find(id);
    const headers = this.headers(instance);
    if (parameters.has('source')) return xml(instance.source, headers);
    if (parameters.has('result')) return xml(element('Instance', element('Tasks', this.result(instance))), headers);
    if (parameters.has('instancestatus')) {
      await Promise.race([instance.finished, new Promise((resolve) => setTimeout(resolve, LONG_POLL_MS).unref())]);
    }
    const status = element('Status', instance.outcome === undefined ? 'Running' : 'Terminated');
    const tasks = parameters.has('taskstatus') ? element('Tasks', this.taskStatus(instance)) : '';
    return xml(element('Instance', status + tasks), this.headers(instance));
  }

  /** The rows of a SELECT for the instance tunnel. */
  rows(id: string): FrozenRows {
    const { outcome } = this.find(id);
    if (outcome === undefined) throw new ServiceError(409, 'StatusConflict', 'The instance has not ended.');
    if (outcome.status !== 'Success') throw new ServiceError(400, 'InvalidArgument', outcome.text);
    if (outcome.rows !== undefined) return outcome.rows;
    throw new ServiceError(400, 'InstanceTypeNotSupported', 'The instance is not a SELECT.');
  }

  private find(id: string): Instance {
    const instance = this.instances.get(id);
    if (instance === undefined)
      throw new ServiceError(404, 'NoSuchObject', `The instance ${id.slice(0, 64)} does not exist.`);
    return instance;
  }

  private async outcomeOf(job: Job): Promise<Outcome> {
    try {
      const { sql, hints } = withoutSettings(job);
      if (sql.trim() === '') return done('');
      await (this.macros ??= defineMacros(this.warehouse));
      const reader = new TokenReader(tokensOf(sql));
      const definition = readDefinition(reader, hints);
      if (definition !== undefined) {
        await this.tables.define(definition);
        return done('');
      }
      await useZone(this.warehouse, zoneOf(hints));
      if (reader.accept('INSERT')) {
        await insert(reader, hints, this.tables, this.warehouse);
        return done('');
      }
      if (reader.accept('SHOW')) return done(showPartitions(reader, this.tables));
      return this.selected(await this.warehouse.query(translateQuery(reader, hints, this.tables.forQuery)));
    } catch (error) {
      return { status: 'Failed', text: asSqlError(error).message };
    }
  }

  private selected(result: Rows): Outcome {
    const columns = columnsOf(result);
    const rows = rowsInMemory(columns, result.rows);
    return { status: 'Success', rows, text: csvOf(columns, result.rows, this.warehouse.zone) };
  }

  private headers(instance: Instance): Readonly<Record<string, string>> {
    return {
      'x-odps-start-time': httpDate(instance.startedAt),
      'x-odps-owner': OWNER,
      ...(instance.endedAt === undefined ? {} : { 'x-odps-end-time': httpDate(instance.endedAt) }),
    };
  }

  private taskStatus(instance: Instance): string {
    const parts = [
      element('Name', escapeXml(instance.taskName)),
      element('StartTime', httpDate(instance.startedAt)),
      element('EndTime', instance.endedAt === undefined ? '' : httpDate(instance.endedAt)),
      element('Status', instance.outcome?.status ?? 'Running'),
      '<Histories/>',
    ];
    return element('Task', parts.join(''), { Type: 'SQL' });
  }

  private result({ taskName, outcome }: Instance): string {
    const parts = [element('Name', escapeXml(taskName)), element('Status', outcome?.status ?? 'Running')];
    if (outcome !== undefined) {
      const format = outcome.status === 'Success' && outcome.rows !== undefined ? 'csv' : 'text';
      const encoded = cdata(Buffer.from(outcome.text, 'utf8').toString('base64'));
      parts.push(element('Result', encoded, { Transform: 'Base64', Format: format }));
    }
    return element('Task', parts.join(''), { Type: 'SQL' });
  }
}
