/** connections.yaml, read by workers only: Oracle databases, MaxCompute projects and contacts, by name. */
import { z } from 'zod';
import { inputErrors, says, strict, text, wholeNumber, type InputError, type InputPath } from './input-errors.ts';

const reference = (what: string, literal: string) => {
  const environment = text(
    /^[A-Za-z_]\w{0,199}$/,
    'the name of an environment variable',
    'Write for example ORACLE_PASSWORD.',
  );
  const path = text(/^[^\u0000-\u001f]{1,4096}$/, 'the path of a file', 'Write for example /run/secrets/oracle.');
  const wanted = `${what} is { env: NAME } or { file: PATH }${literal}`;
  const fix = 'Write { env: NAME } or { file: PATH }, and put the value there.';
  return { shapes: [strict(what, { env: environment }), strict(what, { file: path })] as const, wanted, fix };
};

/** A secret is only ever named: a literal one is refused, and not repeated. */
const secret = (what: string) => {
  const { shapes, wanted, fix } = reference(what, '');
  return z.union(shapes, {
    error: ({ input }) =>
      typeof input === 'object' || input === undefined
        ? says({ rule: wanted, fix })
        : says({ code: 'LITERAL_SECRET', rule: `${wanted}, never the secret itself`, fix }),
  });
};

/** A login name may be written as it is, or named like a secret. */
const login = (what: string, form: RegExp, rule: string) => {
  const { shapes, wanted, fix } = reference(what, `, or text: ${rule}`);
  const error = says({ rule: wanted, fix });
  return z.union([z.string().regex(form, { error }), ...shapes], { error });
};

const HOST = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/;
const HOST_RULE = 'a host name or IP address, without port, login or connect descriptor';
const host = text(HOST, HOST_RULE, 'Write for example db.example.com.');
const hostsError = says({ rule: `${HOST_RULE}, or a list of them`, fix: 'Write for example db.example.com.' });
const hosts = z.union([z.string().regex(HOST, { error: hostsError }), z.array(host).min(1, { error: hostsError })], {
  error: hostsError,
});

const IDENTIFIER = /^[A-Za-z][\w$#.-]{0,127}$/;
const identifier = (what: string) => {
  return text(IDENTIFIER, `${what}: a letter, then letters, digits and _ $ # . -`, 'Write for example ORCLPDB1.');
};

const oneOfSidAndService = says({
  code: 'CONFLICT',
  rule: 'an Oracle connection has either sid or service',
  fix: 'Write service: ORCLPDB1 (or sid: ORCL for an old database), and not the other one.',
});

const has = (value: object, key: string): boolean => Object.hasOwn(value, key);
const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null;

const oracle = strict(
  'an Oracle connection',
  {
    type: z.literal('oracle').describe('An Oracle database.'),
    host: hosts.describe('Host name, or a list of host names that serve the same database.'),
    port: wholeNumber(1, 65_535, 'port number').default(1521).describe('Port of the listener.'),
    sid: identifier('sid').exactOptional().describe('SID of the instance; either this or `service`.'),
    service: identifier('service').exactOptional().describe('Service name; either this or `sid`.'),
    user: login('user', /^[^\s/@()"'\\]{1,128}$/, 'a user name without / and @').describe('The capture user.'),
    password: secret('password').describe('`{ env: NAME }` or `{ file: PATH }`.'),
  },
  ['rootService', 'tls'],
).refine((written) => has(written, 'sid') !== has(written, 'service'), {
  error: oneOfSidAndService,
  when: ({ value }) => isMapping(value),
});

/** https, unless on this machine; a host name rather than an address, so that no request is led astray to a metadata service. */
const ENDPOINT =
  /^(?:https:\/\/(?=[^/:]*[A-Za-z])[A-Za-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d{1,5})?(?:\/[\w./-]*)?$/;
const endpoint = text(
  ENDPOINT,
  'an https address with a host name and without login or query (http only on this machine)',
  'Write for example https://service.cn-shanghai.maxcompute.aliyun.com/api.',
);

const maxcompute = strict(
  'a MaxCompute connection',
  {
    type: z.literal('maxcompute').describe('A MaxCompute project.'),
    endpoint: endpoint.describe('Address of the MaxCompute service of the region.'),
    tunnelEndpoint: endpoint.exactOptional().describe('Address of the Tunnel service. Default: asked of the service.'),
    project: text(/^[A-Za-z]\w{0,127}$/, 'a project name', 'Write for example warehouse.').describe('The project.'),
    accessKeyId: login('accessKeyId', /^[\w.-]{1,128}$/, 'an AccessKey ID').describe('AccessKey ID.'),
    accessKeySecret: secret('accessKeySecret').describe('`{ env: NAME }` or `{ file: PATH }`.'),
    stsToken: secret('stsToken')
      .exactOptional()
      .describe('`{ env: NAME }` or `{ file: PATH }`, with a temporary AccessKey.'),
  },
  ['schema', 'quota'],
);

const typeRule = says({
  code: 'NOT_ALLOWED',
  rule: 'a connection is a mapping with type: oracle or type: maxcompute',
  fix: 'Write type: oracle or type: maxcompute.',
});
/** http, too: a receiver often stands beside the worker, and what is sent is signed. */
export const WEBHOOK_URL = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][^\s#@]{0,2000})?$/;
const WEBHOOK_RULE = 'an https or http address without login and fragment';

const webhook = strict('a webhook', {
  type: z.literal('webhook').describe('A receiver of HTTP POST requests, signed as Standard Webhooks.'),
  url: login('url', WEBHOOK_URL, WEBHOOK_RULE).describe(
    'Its address, https or http, or where that is kept: `{ env: NAME }` or `{ file: PATH }`. Redirects are not followed.',
  ),
  secret: secret('secret').describe(
    '`{ env: NAME }` or `{ file: PATH }`: the key of the signature, `whsec_` and base64, or any text.',
  ),
});

const contactKindRule = ({ input }: { readonly input?: unknown }): string => {
  const isMail = isMapping(input) && 'type' in input && input.type === 'mail';
  const rule = isMail ? 'type: mail is not yet supported' : 'a contact is a mapping with type: webhook';
  return says({ code: isMail ? 'NOT_YET_SUPPORTED' : 'NOT_ALLOWED', rule, fix: 'Write type: webhook.' });
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const nameRule = says({
  code: 'BAD_FORMAT',
  rule: 'the name of a connection or contact: a letter or digit, then letters, digits, _ . - (at most 100 characters)',
  fix: 'Rename it.',
});
const mappingRule = says({
  rule: 'a mapping of names to connections',
  fix: 'Write for example `hr: { type: oracle, … }`.',
});
const contactsRule = says({
  rule: 'a mapping of names to contacts',
  fix: 'Write for example `ops: { type: webhook, … }`.',
});

/** The schema of connections.yaml. Documentation is printed from it; use {@link parseConnections} to read the file. */
export const connectionsSchema = strict('connections.yaml', {
  connections: z.record(
    z.string().regex(NAME),
    z.discriminatedUnion('type', [oracle, maxcompute], { error: typeRule }),
    {
      error: ({ code }) => (code === 'invalid_key' ? nameRule : mappingRule),
    },
  ),
  contacts: z
    .record(z.string().regex(NAME), z.discriminatedUnion('type', [webhook], { error: contactKindRule }), {
      error: ({ code }) => (code === 'invalid_key' ? nameRule : contactsRule),
    })
    .default({}),
});

type Frozen<T> = T extends string | number | undefined ? T : { readonly [K in keyof T]: Frozen<T[K]> };

export type Connections = Frozen<z.output<typeof connectionsSchema>['connections']>;
export type Connection = Connections[string];
export type Contacts = Frozen<z.output<typeof connectionsSchema>['contacts']>;
/** What connections.yaml names. */
export interface Registered {
  readonly connections: Connections;
  readonly contacts: Contacts;
}
export type OracleConnection = Extract<Connection, { readonly type: 'oracle' }>;
export type MaxComputeConnection = Extract<Connection, { readonly type: 'maxcompute' }>;
/** Where a secret is kept: an environment variable, or a file whose last newline does not count. */
export type SecretReference = OracleConnection['password'];

/** Parses and refuses connections.yaml (as read from YAML); tells everything that is wrong at once, and no secret. */
export function parseConnections(
  input: unknown,
): ({ readonly ok: true } & Registered) | { readonly ok: false; readonly errors: readonly InputError[] } {
  if (input === null || input === undefined) {
    const fix = 'Write connections: with a connection for each side.';
    return { ok: false, errors: [{ code: 'EMPTY', path: [], rule: 'connections.yaml is not empty', fix }] };
  }
  const parsed = connectionsSchema.safeParse(input);
  if (!parsed.success) return { ok: false, errors: inputErrors(parsed.error, input, mayShow) };
  return { ok: true, ...parsed.data };
}

/** Anything else may hold a secret that was put into the wrong place. */
const mayShow = (path: InputPath, value: unknown): boolean =>
  (path.at(-1) === 'port' || path.at(-1) === 'type') && (typeof value === 'number' || /^\w{1,12}$/.test(String(value)));
