/** Prints docs/reference.md from the schemas: `npm run -s docs`. Every setting is explained once, where it is checked. */
import { z } from 'zod';
import { connectionsSchema } from '../model/connections.ts';
import { precheckItems } from '../model/precheck-items.ts';
import { settingsSchema } from '../model/settings.ts';
import { taskSpecSchema } from '../model/task-spec.ts';
import { refusedTypes, typeRules } from '../model/type-mapping.ts';

type Schema = z.core.JSONSchema.BaseSchema;

interface Line {
  readonly key: string;
  readonly allowed: string;
  readonly fallback: string;
  readonly meaning: string;
}

const schemaOf = (schema: z.core.$ZodType): Schema => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

const isSchema = (part: unknown): part is Schema => typeof part === 'object' && part !== null && !Array.isArray(part);

/** The keys of an object schema, in its order, nested ones as `full.parallelChunks`. */
function linesOf(schema: Schema, prefix: string, required: readonly string[] = schema.required ?? []): Line[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]): Line[] => {
    if (!isSchema(part)) return [];
    const key = `${prefix}${name}`;
    const inner =
      isSchema(part.items) && part.items.properties ? { of: part.items, as: `${key}[].` } : { of: part, as: `${key}.` };
    const nested = inner.of.properties ? linesOf(inner.of, inner.as) : [];
    const meaning = part.description;
    if (meaning === undefined) return nested;
    const fallback = part.default === undefined ? (required.includes(name) ? 'required' : '') : code(part.default);
    return [{ key, allowed: allowed(part), fallback, meaning }, ...nested];
  });
}

const code = (value: unknown): string =>
  `\`${typeof value === 'string' ? value || '""' : JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ')}\``;

function allowed({ type, enum: words, const: only, minimum, maximum, items, anyOf }: Schema): string {
  if (only !== undefined) return code(only);
  if (words) return [...new Set(words.map(code))].join(' ');
  if (type === 'boolean') return '`true` `false`';
  if (type === 'integer') return `${minimum ?? ''} – ${maximum ?? ''}`;
  if (type === 'array') return isSchema(items) && items.enum ? `list of ${allowed(items)}` : 'list';
  if (anyOf) return [...new Set(anyOf.map((part) => (isSchema(part) ? allowed(part) : '')))].join(' or ');
  return type === 'object' ? 'reference' : 'text';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(
    (line) => `| \`${line.key}\` | ${cell(line.allowed)} | ${cell(line.fallback)} | ${cell(line.meaning)} |`,
  );
  return ['| key | allowed | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function registeredTables(what: 'connections' | 'contacts'): string {
  const connections = schemaOf(connectionsSchema).properties?.[what];
  const kinds =
    isSchema(connections) && isSchema(connections.additionalProperties) ? connections.additionalProperties : {};
  return (kinds.oneOf ?? kinds.anyOf ?? [])
    .map((kind) => (isSchema(kind) ? tableOf(linesOf(kind, '')) : ''))
    .join('\n\n');
}

const settings = schemaOf(settingsSchema);
const prechecks = Object.entries(precheckItems).map(([id, { title, severity, repair }]) => {
  return `| \`${id}\` | ${severity} | ${title} | ${cell(repair)} |`;
});

const types = typeRules.map(
  ({ oracle, becomesText, choices, remark }) => `| ${oracle} | ${becomesText} | ${choices.join(', ')} | ${remark} |`,
);
const refused = refusedTypes.map(
  ({ bases, why }) => `| ${bases.length === 0 ? 'everything else' : bases.join(', ')} | ${why} |`,
);

process.stdout.write(`# Reference

Printed from the schemas by \`npm run -s docs\`; do not edit. A wrong file is refused as a whole, with every error at once:
its place, the value, the rule and the fix. Exit codes of \`redoflow\`: 1 run time, 2 bad input, 3 precheck failed.

## task.yaml

\`demo/task.yaml\` is a commented example. Other keys of DTS's format are recognised and refused as "not yet supported".

${tableOf(linesOf(schemaOf(taskSpecSchema), ''))}

## connections.yaml

Read by workers only (\`REDOFLOW_CONNECTIONS\`). Secrets are named, never written: \`{ env: NAME }\` is an environment variable of
the worker, \`{ file: PATH }\` a file on its machine. \`user\` and \`accessKeyId\` may also be written as they are.

\`\`\`yaml
connections:
  hr:
    type: oracle
    host: oracle.example.com
    service: ORCLPDB1
    user: redoflow
    password: { env: HR_PASSWORD }
  warehouse:
    type: maxcompute
    endpoint: https://service.cn-shanghai.maxcompute.aliyun.com/api
    project: warehouse
    accessKeyId: { env: ALIBABA_CLOUD_ACCESS_KEY_ID }
    accessKeySecret: { env: ALIBABA_CLOUD_ACCESS_KEY_SECRET }
\`\`\`

${registeredTables('connections')}

### Contacts

Who is told of alerts (\`alerts\` of a task), by name:

\`\`\`yaml
contacts:
  ops:
    type: webhook
    url: https://alerts.example.com/redoflow
    secret: { env: ALERT_SECRET }
\`\`\`

${registeredTables('contacts')}

Each alert is one POST of \`{id, task, kind, table, text, whatToDo, at, resolved}\` as JSON, once when it begins and once, with
\`resolved: true\`, when it is over. \`kind\` is \`failure\`, \`held\`, \`latency\`, \`runway\` or \`partition\` (which is told once). It is signed as
[Standard Webhooks](https://www.standardwebhooks.com) has it: headers \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature: v1,<base64>\`, the HMAC-SHA256 of
\`id.timestamp.body\`. An \`http\` address is taken, too: then anyone on the way can read what is told, but not change it unnoticed.

2xx within 10 seconds is success. 3xx, and 4xx other than 408 and 429, are not tried again; anything else is, for an hour. What may have
arrived is sent again under the same \`id\`: a receiver leaves out ids that it knows. What could not be delivered is told in \`redoflow status\`.
No alert is sent while no worker runs: watch the workers too ([metrics](metrics.md)).

## Environment variables

${tableOf(linesOf(settings, '', []))}

## Column types

Values are exact or refused: what a MaxCompute type cannot hold is never rounded in silence (a NUMBER is, to the nearest, where FLOAT or
DOUBLE was chosen for it). \`columns.as\` gives a column another type, out of those in the third column.

| Oracle | MaxCompute | \`as\` | remark |
| --- | --- | --- | --- |
${types.join('\n')}

A table with a column of one of these types fails the precheck until the column is in \`columns.exclude\`:

| Oracle | why |
| --- | --- |
${refused.join('\n')}

## Precheck items

| id | severity | check | repair |
| --- | --- | --- | --- |
${prechecks.join('\n')}
`);
