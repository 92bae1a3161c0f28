import { expect, test } from 'vitest';
import { connectDescriptor, connectionText } from '../../../oracle/connection.ts';
import type { SourceConnection } from '../../../oracle/connection.ts';

const login = { port: 1521, user: 'hr', password: 'secret' };
const one: SourceConnection = { ...login, host: 'db1', service: 'ORCLPDB1' };

test('a service of one host', () => {
  expect(connectDescriptor(one)).toContain('(ADDRESS=(PROTOCOL=TCP)(HOST=db1)(PORT=1521))');
  expect(connectDescriptor(one)).toContain('(CONNECT_DATA=(SERVICE_NAME=ORCLPDB1))');
});

test('several hosts are tried in the order given', () => {
  const descriptor = connectDescriptor({ ...one, host: ['db1', 'db2'] });
  expect(descriptor).toContain('(LOAD_BALANCE=OFF)(FAILOVER=ON)');
  expect(descriptor.indexOf('HOST=db1')).toBeLessThan(descriptor.indexOf('HOST=db2'));
});

test('a SID', () => {
  expect(connectDescriptor({ ...login, host: 'db1', sid: 'ORCL' })).toContain('(CONNECT_DATA=(SID=ORCL))');
});

test.each<[string, SourceConnection]>([
  ['a host that would end the address', { ...one, host: 'db1)(PORT=1' }],
  ['a service with a blank', { ...one, service: 'A B' }],
  ['neither service nor SID', { ...login, host: 'db1' }],
  ['no host', { ...one, host: [] }],
])('%s is refused', (_name, connection) => {
  expect(() => connectDescriptor(connection)).toThrow(/Oracle connection: /);
});

test('the text for people names hosts, port and service, and nothing secret', () => {
  expect(connectionText({ ...one, host: ['db1', 'db2'] })).toBe('db1,db2:1521/ORCLPDB1');
});
