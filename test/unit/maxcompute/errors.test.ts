import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../model/failure.ts';
import { tunnelAddress } from '../../../maxcompute/connection.ts';
import { kindOf, parseComplaint, parseTaskError, Refused } from '../../../maxcompute/errors.ts';

describe('a refusal is classified by its code first, by its status second', () => {
  test.each<[number, string, FailureKind]>([
    [429, '', 'sink-throttled'],
    [403, 'FlowExceeded', 'sink-throttled'],
    [500, '', 'sink-unreachable'],
    [503, 'ServiceUnavailable', 'sink-unreachable'],
    [308, '', 'sink-unreachable'],
    [401, '', 'sink-login-refused'],
    [403, 'SignatureNotMatch', 'sink-login-refused'],
    [401, 'ODPS-0410051', 'sink-login-refused'],
    [403, 'NoPermission', 'sink-privilege-missing'],
    [403, 'ODPS-0420095', 'sink-privilege-missing'],
    [200, 'ODPS-0130013', 'sink-privilege-missing'],
    [400, 'RequestTimeTooSkewed', 'sink-rejected'],
    [400, 'ODPS-0410031', 'sink-rejected'],
    [500, 'MetaTransactionAborted', 'sink-rejected'],
    [502, '', 'sink-unreachable'],
    [504, '', 'sink-unreachable'],
    [404, 'NoSuchTable', 'sink-table-changed'],
    [200, 'ODPS-0130131', 'sink-table-changed'],
    [404, 'NoSuchPartition', 'sink-rejected'],
    [404, 'NoSuchUpload', 'sink-rejected'],
    [400, 'InvalidArgument', 'sink-rejected'],
    [200, 'ODPS-0130161', 'sink-rejected'],
  ])('%d %s is %s', (status, code, kind) => {
    expect(kindOf(status, code)).toBe(kind);
  });
});

test.each([
  [
    'XML of the REST plane',
    '<?xml version="1.0"?><Error><Code>NoSuchObject</Code><Message><![CDATA[table <t> & more]]></Message><RequestId>R1</RequestId></Error>',
    { code: 'NoSuchObject', message: 'table <t> & more', requestId: 'R1' },
  ],
  [
    'JSON of the tunnel',
    '{"Code":"StatusConflict","Message":"The upload session is expired","RequestId":"R2"}',
    { code: 'StatusConflict', message: 'The upload session is expired', requestId: 'R2' },
  ],
  [
    'a code with its text behind it',
    '{"Code":"ODPS-0130131: not found","Message":"m"}',
    { code: 'ODPS-0130131', message: 'm', requestId: '' },
  ],
  ['a proxy', 'Bad\n Gateway', { code: '', message: 'Bad Gateway', requestId: '' }],
  [
    'a gateway that answers a page',
    '<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body><h1>504</h1></body></html>',
    { code: '', message: '504 Gateway Time-out', requestId: '' },
  ],
])('reads the complaint of %s', (_from, body, complaint) => {
  expect(parseComplaint(body)).toEqual(complaint);
});

test('a failed task says its code and its own words', () => {
  const text = 'ODPS-0130131:[1,15] Table not found - table p.t cannot be resolved';
  expect(parseTaskError(text)).toEqual({ code: 'ODPS-0130131', message: text, requestId: '' });
});

test('a refusal names what was tried, the words of the service, and the request to ask its support about', () => {
  const refused = new Refused('creating table t', 400, { code: 'InvalidArgument', message: 'no', requestId: 'R3' });
  expect(refused.message).toBe('creating table t: InvalidArgument: no (HTTP 400, request id R3)');
});

test('a refusal of the time says how far the clocks are apart, as far as the answer tells', () => {
  const complaint = { code: 'ODPS-0410031', message: 'expired', requestId: '' };
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const late = new Refused('asking', 400, complaint, date).message;
  expect(late).toMatch(
    /^asking: ODPS-0410031: expired \(HTTP 400\); the clock of this worker is 3(?:599|600|601) s behind MaxCompute's: set it$/,
  );
  expect(new Refused('asking', 400, complaint).message).toBe('asking: ODPS-0410031: expired (HTTP 400)');
});

test('a failed task is quoted once, without an HTTP status that says nothing', () => {
  const refused = new Refused('counting table t', 200, parseTaskError('ODPS-0130131:[1,15] Table not found'));
  expect(refused.message).toBe('counting table t: ODPS-0130131:[1,15] Table not found');
  expect(refused.kind).toBe('sink-table-changed');
});

describe('a discovered tunnel endpoint', () => {
  const ALIYUN = 'https://service.cn-hangzhou.maxcompute.aliyun.com/api';
  test.each([
    [ALIYUN, 'dt.cn-hangzhou.maxcompute.aliyun.com', 'https://dt.cn-hangzhou.maxcompute.aliyun.com'],
    [ALIYUN, 'dt.cn-hangzhou.maxcompute.aliyun.com:8443\n', 'https://dt.cn-hangzhou.maxcompute.aliyun.com:8443'],
    ['http://127.0.0.1:1/api', 'localhost:2', 'http://localhost:2'],
    ['http://10.0.0.5:80/api', '10.0.0.5:90', 'http://10.0.0.5:90'],
    ['http://odps.example.com.cn/api', 'dt.example.com.cn', 'http://dt.example.com.cn'],
  ])('beside %s, %j is taken', (endpoint, discovered, origin) => {
    expect(tunnelAddress(new URL(endpoint), discovered).origin).toBe(origin);
  });

  test.each([
    [ALIYUN, 'dt.evil.com'],
    [ALIYUN, 'maxcompute.aliyun.com.evil.com'],
    [ALIYUN, 'evilaliyun.com'],
    [ALIYUN, '127.0.0.1:80'],
    [ALIYUN, 'evil.com/dt.aliyun.com'],
    [ALIYUN, 'dt.aliyun.com@evil.com'],
    [ALIYUN, 'user@dt.aliyun.com'],
    [ALIYUN, ''],
    ['http://10.0.0.5/api', '10.0.0.6'],
    ['http://odps.example.com.cn/api', 'dt.evil.com.cn'],
    ['http://maxcompute/api', 'other'],
  ])('beside %s, %j is refused', (endpoint, discovered) => {
    expect(() => tunnelAddress(new URL(endpoint), discovered)).toThrow('tunnelEndpoint');
  });
});
