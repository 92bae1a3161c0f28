/** SQL against MaxCompute over its REST interface, signed: a reader of its own, so that the comparison does not trust the product. */
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

export interface Project {
  readonly endpoint: string;
  readonly project: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

export type TextRow = readonly (string | null)[];

/** A result shows no more rows, and does not say that it was cut (MaxCompute, "SELECT syntax"). */
const RESULT_ROWS_MAX = 10_000;
const PAGE = 8_000;
const UTC = { 'odps.sql.timezone': 'UTC' } as const;

export class Warehouse {
  private readonly project: Project;

  constructor(project: Project) {
    this.project = project;
  }

  /** Rows as text, NULL as null. Columns must not be called `\N`. @throws with the service's own error text */
  async select(sql: string, settings: Readonly<Record<string, string>> = {}): Promise<readonly TextRow[]> {
    const hints = JSON.stringify({
      ...settings,
      'odps.sql.type.system.odps2': 'true',
      'odps.sql.allow.fullscan': 'true',
      'odps.sql.validate.orderby.limit': 'false',
    });
    const property = `<Property><Name>settings</Name><Value>${escape(hints)}</Value></Property>`;
    const body = `<?xml version="1.0" encoding="utf-8"?><Instance><Job><Priority>9</Priority><Tasks><SQL><Name>AnonymousSQLTask</Name><Config>${property}</Config><Query><![CDATA[${sql};]]></Query></SQL></Tasks><DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>`;
    const created = await this.request('POST', '/instances', body);
    const id = created.headers.get('location')?.split('/').at(-1) ?? '';
    while (!(await (await this.request('GET', `/instances/${id}`)).text()).includes('<Status>Terminated</Status>'))
      await wait(50);
    const success = (await (await this.request('GET', `/instances/${id}?taskstatus`)).text()).includes(
      '<Status>Success</Status>',
    );
    const answer = await (await this.request('GET', `/instances/${id}?result`)).text();
    const [, attributes = '', text = ''] = /<Result([^>]*)><!\[CDATA\[([\s\S]*?)\]\]><\/Result>/.exec(answer) ?? [];
    const result = attributes.includes('Base64') ? Buffer.from(text, 'base64').toString('utf8') : text;
    if (!success) throw new Error(`MaxCompute: ${result}`);
    return readCsv(result).slice(1);
  }

  /**
   * All rows of a table, times in UTC, page by page of a column of whole numbers.
   * @throws when a table without such a column has more rows than a result shows
   */
  async readAll(table: string, columns: readonly string[], pageBy?: string): Promise<readonly TextRow[]> {
    const list = columns.join(', ');
    if (pageBy === undefined) {
      const rows = await this.select(`SELECT ${list} FROM ${table}`, UTC);
      if (rows.length >= RESULT_ROWS_MAX) throw new Error(`${table} has more rows than a result of MaxCompute shows`);
      return rows;
    }
    const [[low = null, high = null] = []] = await this.select(
      `SELECT MIN(\`${pageBy}\`), MAX(\`${pageBy}\`) FROM ${table}`,
    );
    if (low === null || high === null) return [];
    const rows: TextRow[] = [];
    let size = PAGE;
    for (let from = Number(low); from <= Number(high);) {
      const range = `\`${pageBy}\` >= ${from} AND \`${pageBy}\` < ${from + size}`;
      const page = await this.select(`SELECT ${list} FROM ${table} WHERE ${range}`, UTC);
      if (page.length >= RESULT_ROWS_MAX) {
        if (size === 1) throw new Error(`${table} has too many rows with one ${pageBy}`);
        size = Math.ceil(size / 2);
        continue;
      }
      for (const row of page) rows.push(row);
      from += size;
    }
    return rows;
  }

  private async request(method: 'GET' | 'POST', path: string, body?: string): Promise<Response> {
    const { endpoint, project, accessKeyId, accessKeySecret } = this.project;
    const resource = `/projects/${project}${path}`;
    const date = new Date().toUTCString();
    const type = body === undefined ? '' : 'application/xml';
    const canonical = [method, '', type, date, resource].join('\n');
    const signature = createHmac('sha1', accessKeySecret).update(canonical).digest('base64');
    const headers = {
      date,
      authorization: `ODPS ${accessKeyId}:${signature}`,
      ...(body !== undefined && { 'content-type': type }),
    };
    const response = await fetch(endpoint + resource, { method, headers, ...(body !== undefined && { body }) });
    if (!response.ok) throw new Error(`MaxCompute answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** RFC 4180; an unquoted `\N` is NULL. */
function readCsv(text: string): readonly TextRow[] {
  const rows: (string | null)[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/gy;
  let row: (string | null)[] = [];
  for (let match = field.exec(text); match && match.index < text.length; match = field.exec(text)) {
    const [, raw = '', end] = match;
    row.push(raw === '\\N' ? null : raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
