import { type Answer, cdata, element, escapeXml, json, ServiceError, xml } from './answers.ts';
import { httpDate } from './clock.ts';
import { type Column, typeText } from './column-types.ts';
import { partitionValues } from './partition-parameter.ts';
import { type Partition, partitionTitle, type Table } from './table.ts';
import type { Tables } from './tables.ts';

/** A list answers at most so many entries; the rest is behind its marker. */
const PAGE = 1000;

export const OWNER = 'ALIYUN$simulator@redoflow.invalid';

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

const columnJson = ({ name, type, comment }: Column): Readonly<Record<string, unknown>> => ({
  name,
  type: typeText(type),
  comment,
  isNullable: true,
});

/** The Schema JSON of a table; `Reserved` is a JSON text inside the JSON. */
function schemaJson(table: Table, recordNum: number): string {
  return JSON.stringify({
    tableName: table.name,
    owner: OWNER,
    comment: table.comment,
    columns: table.columns.map(columnJson),
    partitionKeys: table.partitionKeys.map(columnJson),
    createTime: seconds(table.createdAt),
    lastDDLTime: seconds(table.changedAt),
    lastModifiedTime: seconds(table.modifiedAt),
    ...(table.lifecycle === undefined ? {} : { lifecycle: table.lifecycle }),
    recordNum,
    isVirtualView: false,
    isExternal: false,
    Reserved: JSON.stringify({ Transactional: 'false', schema_version: '1' }),
  });
}

function briefParts(table: Table, project: string): string[] {
  return [
    element('Name', escapeXml(table.name)),
    element('TableId', table.id),
    element('Owner', escapeXml(OWNER)),
    element('Comment', escapeXml(table.comment)),
    element('Project', escapeXml(project)),
    element('SchemaName', 'default'),
    element('Type', 'MANAGED_TABLE'),
    element('CreationTime', httpDate(table.createdAt)),
    element('LastModifiedTime', httpDate(table.modifiedAt)),
  ];
}

export function projectAnswer(project: string): Answer {
  const parts = [element('Name', escapeXml(project)), element('Type', 'managed'), element('Owner', escapeXml(OWNER))];
  return xml(element('Project', [...parts, element('State', 'AVAILABLE')].join('')), { 'x-odps-owner': OWNER });
}

export async function tableAnswer(tables: Tables, table: Table, project: string): Promise<Answer> {
  const schema = element('Schema', cdata(schemaJson(table, await tables.rowCount(table))), { format: 'Json' });
  const times = {
    'x-odps-owner': OWNER,
    'x-odps-creation-time': httpDate(table.createdAt),
    'Last-Modified': httpDate(table.modifiedAt),
  };
  return xml(element('Table', [...briefParts(table, project), schema].join('')), times);
}

/** One page of `entries` that come after `marker`, and the marker of the next page ('' when there is none). */
function page<T>(
  entries: readonly T[],
  marker: string,
  titleOf: (entry: T) => string,
): readonly [readonly T[], string] {
  const after = marker === '' ? 0 : entries.findIndex((entry) => titleOf(entry) === marker) + 1;
  const shown = entries.slice(after, after + PAGE);
  const last = shown.at(-1);
  return [shown, after + PAGE < entries.length && last !== undefined ? titleOf(last) : ''];
}

const listParts = (marker: string): string[] => [
  element('Marker', escapeXml(marker)),
  element('MaxItems', String(PAGE)),
];

export function tablesAnswer(tables: Tables, project: string, parameters: ReadonlyMap<string, string>): Answer {
  const prefix = (parameters.get('name') ?? '').toLowerCase();
  const matching = tables.list().filter(({ name }) => name.startsWith(prefix));
  const [shown, marker] = page(matching, parameters.get('marker') ?? '', ({ name }) => name);
  const entries = shown.map((table) => element('Table', briefParts(table, project).join('')));
  return xml(element('Tables', [...listParts(marker), ...entries].join('')));
}

export function partitionsAnswer(table: Table, parameters: ReadonlyMap<string, string>): Answer {
  if (table.partitionKeys.length === 0) {
    throw new ServiceError(400, 'InvalidArgument', `table ${table.name} is not partitioned`);
  }
  const titleOf = ({ values }: Partition): string => partitionTitle(table, values);
  const [shown, marker] = page([...table.partitions.values()], parameters.get('marker') ?? '', titleOf);
  const entries = shown.map(({ values, createdAt, modifiedAt }) => {
    const columns = table.partitionKeys.map(({ name }, index) =>
      element('Column', '', { Name: name, Value: values[index] ?? '' }),
    );
    const times = [
      element('CreationTime', String(seconds(createdAt))),
      element('LastDDLTime', String(seconds(createdAt))),
      element('LastModifiedTime', String(seconds(modifiedAt))),
    ];
    return element('Partition', [...columns, ...times].join(''));
  });
  return xml(element('Partitions', [...listParts(marker), ...entries].join('')));
}

export async function partitionAnswer(tables: Tables, table: Table, written: string): Promise<Answer> {
  const values = partitionValues(table, written);
  const partition = table.partitions.get(partitionTitle(table, values));
  if (partition === undefined) {
    throw new ServiceError(
      404,
      'NoSuchPartition',
      `The specified partition does not exist: ${partitionTitle(table, values)}`,
    );
  }
  const schema = JSON.stringify({
    createTime: seconds(partition.createdAt),
    lastDDLTime: seconds(partition.createdAt),
    lastModifiedTime: seconds(partition.modifiedAt),
    partitionRecordNum: await tables.rowCount(table, values),
  });
  return xml(element('Partition', element('Schema', cdata(schema))));
}

/** The `Schema` member of tunnel sessions. */
export function tunnelSchema(
  columns: readonly Column[],
  partitionKeys: readonly Column[],
): Readonly<Record<string, unknown>> {
  const member = ({ name, type, comment }: Column, index: number): Readonly<Record<string, unknown>> => ({
    name,
    type: typeText(type),
    comment,
    nullable: true,
    column_id: String(index),
  });
  return { columns: columns.map(member), partitionKeys: partitionKeys.map(member) };
}

/** JSON of a tunnel session, with the header that both SDKs expect on the tunnel. */
export function sessionAnswer(body: Readonly<Record<string, unknown>>): Answer {
  const answer = json(body);
  return { ...answer, headers: { ...answer.headers, 'x-odps-tunnel-version': '6' } };
}
