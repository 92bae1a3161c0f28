import { describe, expect, test } from 'vitest';
import { parseConnections } from '../../../model/connections.ts';
import { formatInputErrors, pathText } from '../../../model/input-errors.ts';

const oracle = {
  type: 'oracle',
  host: 'db.example.com',
  service: 'ORCLPDB1',
  user: 'redoflow',
  password: { env: 'P' },
};
const maxcompute = {
  type: 'maxcompute',
  endpoint: 'https://service.cn-shanghai.maxcompute.aliyun.com/api',
  project: 'warehouse',
  accessKeyId: 'LTAI',
  accessKeySecret: { file: '/run/secrets/key' },
};

const webhook = { type: 'webhook', url: 'https://alerts.example.com/redoflow', secret: { env: 'S' } };

const textOf = (input: unknown): string => {
  const parsed = parseConnections(input);
  return parsed.ok ? '' : formatInputErrors('connections.yaml', parsed.errors);
};

const told = (connection: object): string[] => {
  const parsed = parseConnections({ connections: { c: connection } });
  return parsed.ok ? [] : parsed.errors.map(({ path, code }) => `${pathText(path.slice(2))} ${code}`);
};

/** Without one key. */
const without = (connection: object, key: string): object =>
  Object.fromEntries(Object.entries(connection).filter(([name]) => name !== key));

describe('connections', () => {
  test('have names, and the port of Oracle has a default', () => {
    expect(parseConnections({ connections: { hr: oracle, warehouse: maxcompute } })).toEqual({
      ok: true,
      connections: { hr: { ...oracle, port: 1521 }, warehouse: maxcompute },
      contacts: {},
    });
  });

  test.each([
    ['several hosts', { ...oracle, host: ['a.example.com', '10.0.0.2', '::1'] }],
    ['a SID', { ...without(oracle, 'service'), sid: 'ORCL' }],
    ['a user from the environment', { ...oracle, user: { env: 'HR_USER' } }],
    ['a proxy user', { ...oracle, user: 'app[redoflow]' }],
    ['an STS token', { ...maxcompute, stsToken: { env: 'TOKEN' } }],
    ['http on this machine', { ...maxcompute, endpoint: 'http://127.0.0.1:8080/api' }],
    ['a tunnel endpoint', { ...maxcompute, tunnelEndpoint: 'https://dt.cn-shanghai.maxcompute.aliyun.com' }],
  ])('may have %s', (_what, connection) => {
    expect(told(connection)).toEqual([]);
  });

  test.each([
    ['a literal password', { ...oracle, password: 'tiger' }, ['password LITERAL_SECRET']],
    ['a numeric password', { ...oracle, password: 4711 }, ['password LITERAL_SECRET']],
    ['no password', without(oracle, 'password'), ['password MISSING']],
    ['an empty reference', { ...oracle, password: {} }, ['password WRONG_TYPE']],
    ['two references', { ...oracle, password: { env: 'A', file: 'b' } }, ['password WRONG_TYPE']],
    ['a literal key', { ...maxcompute, accessKeySecret: 'tiger' }, ['accessKeySecret LITERAL_SECRET']],
    ['a literal token', { ...maxcompute, stsToken: 'tiger' }, ['stsToken LITERAL_SECRET']],
    ['a misspelt key', { ...oracle, pasword: 'tiger' }, ['pasword UNKNOWN_KEY']],
    ['a login as user', { ...oracle, user: 'scott/tiger@db' }, ['user BAD_FORMAT']],
    ['a login in the host', { ...oracle, host: 'scott/tiger@db' }, ['host BAD_FORMAT']],
    ['a descriptor as host', { ...oracle, host: '(DESCRIPTION=(X=tiger))' }, ['host BAD_FORMAT']],
    ['a host with a newline', { ...oracle, host: 'db\ntiger' }, ['host BAD_FORMAT']],
    ['no host', { ...oracle, host: [] }, ['host OUT_OF_RANGE']],
    ['a port that only begins as a number', { ...oracle, port: '1521x' }, ['port WRONG_TYPE']],
    ['port 0', { ...oracle, port: 0 }, ['port OUT_OF_RANGE']],
    ['port 65536', { ...oracle, port: 65_536 }, ['port OUT_OF_RANGE']],
    ['both sid and service', { ...oracle, sid: 'ORCL' }, [' CONFLICT']],
    ['neither sid nor service', without(oracle, 'service'), [' CONFLICT']],
    ['TLS', { ...oracle, tls: true }, ['tls NOT_YET_SUPPORTED']],
    ['a quota', { ...maxcompute, quota: 'q' }, ['quota NOT_YET_SUPPORTED']],
    ['http elsewhere', { ...maxcompute, endpoint: 'http://service.example.com/api' }, ['endpoint BAD_FORMAT']],
    ['a login in the endpoint', { ...maxcompute, endpoint: 'https://id:tiger@x.com/api' }, ['endpoint BAD_FORMAT']],
    ['the metadata address', { ...maxcompute, endpoint: 'https://100.100.100.200/' }, ['endpoint BAD_FORMAT']],
    ['a file as endpoint', { ...maxcompute, endpoint: 'file:///etc/passwd' }, ['endpoint BAD_FORMAT']],
    ['another type', { type: 'mysql', password: 'tiger' }, ['type NOT_ALLOWED']],
  ])('are refused with %s, and no secret is repeated', (_what, connection, expected) => {
    expect(told(connection)).toEqual(expected);
    expect(textOf({ connections: { c: connection } })).not.toMatch(/tiger|4711/);
  });

  test.each([
    ['an empty file', null, 'EMPTY'],
    ['text instead of a mapping', { connections: 'oracle://scott:tiger@db' }, 'WRONG_TYPE'],
    ['text instead of a connection', { connections: { a: 'oracle://scott:tiger@db' } }, 'NOT_ALLOWED'],
    ['an unusable name', { connections: { 'a/b': oracle } }, 'BAD_FORMAT'],
    ['a list of contacts', { connections: {}, contacts: ['tiger'] }, 'WRONG_TYPE'],
    ['an unusable name of a contact', { connections: {}, contacts: { 'a/b': webhook } }, 'BAD_FORMAT'],
  ])('are refused: %s', (_what, input, code) => {
    const text = textOf(input);
    expect(text).toContain(code);
    expect(text).not.toContain('tiger');
  });

  test('tell everything that is wrong at once, with rule and fix', () => {
    const text = textOf({ connections: { a: { ...oracle, password: 'tiger', port: 0, sid: 'X' } } });
    expect(text.split('\n')).toEqual([
      'connections.yaml: 3 errors',
      '  connections.a.port  OUT_OF_RANGE',
      '      value: 0',
      '      rule:  a whole port number from 1 to 65,535',
      '      fix:   Write a whole number from 1 to 65,535.',
      '  connections.a.password  LITERAL_SECRET',
      '      rule:  password is { env: NAME } or { file: PATH }, never the secret itself',
      '      fix:   Write { env: NAME } or { file: PATH }, and put the value there.',
      '  connections.a  CONFLICT',
      '      rule:  an Oracle connection has either sid or service',
      '      fix:   Write service: ORCLPDB1 (or sid: ORCL for an old database), and not the other one.',
    ]);
  });
});

describe('contacts', () => {
  const toldOf = (contact: object): string[] => {
    const parsed = parseConnections({ connections: {}, contacts: { ops: contact } });
    return parsed.ok ? [] : parsed.errors.map(({ path, code }) => `${pathText(path.slice(2))} ${code}`);
  };

  test('have names, as connections do', () => {
    expect(parseConnections({ connections: {}, contacts: { ops: webhook } })).toEqual({
      ok: true,
      connections: {},
      contacts: { ops: webhook },
    });
  });

  test.each([
    ['http, an address and a port', { ...webhook, url: 'http://10.0.0.7:8080/hook?channel=ops' }],
    ['a name without path', { ...webhook, url: 'https://alerts.example.com' }],
    ['IPv6', { ...webhook, url: 'http://[::1]:9000/' }],
    ['an address that is kept like a secret', { ...webhook, url: { env: 'HOOK' } }],
    ['a secret in a file', { ...webhook, secret: { file: '/run/secrets/hook' } }],
  ])('may have %s', (_what, contact) => {
    expect(toldOf(contact)).toEqual([]);
  });

  test.each([
    ['a literal secret', { ...webhook, secret: 'tiger' }, ['secret LITERAL_SECRET']],
    ['no secret', without(webhook, 'secret'), ['secret MISSING']],
    ['no address', without(webhook, 'url'), ['url MISSING']],
    ['a login in the address', { ...webhook, url: 'https://scott:tiger@example.com/' }, ['url BAD_FORMAT']],
    ['a fragment', { ...webhook, url: 'https://example.com/#tiger' }, ['url BAD_FORMAT']],
    ['a file', { ...webhook, url: 'file:///etc/tiger' }, ['url BAD_FORMAT']],
    ['two lines', { ...webhook, url: 'https://example.com/a\ntiger' }, ['url BAD_FORMAT']],
    ['a misspelt key', { ...webhook, sekret: 'tiger' }, ['sekret UNKNOWN_KEY']],
    ['mail', { type: 'mail', smtp: 'tiger', from: 'a', to: 'b' }, ['type NOT_YET_SUPPORTED']],
    ['another type', { type: 'pager', secret: 'tiger' }, ['type NOT_ALLOWED']],
  ])('are refused with %s, and no secret is repeated', (_what, contact, expected) => {
    expect(toldOf(contact)).toEqual(expected);
    expect(textOf({ connections: {}, contacts: { ops: contact } })).not.toContain('tiger');
  });
});
