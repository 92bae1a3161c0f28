import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  canonicalText,
  checkSignature,
  type Credential,
  type SignedRequest,
} from '../../../../sandbox/maxcompute/signature-check.ts';

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly endpoint: string;
  readonly headers_in: Readonly<Record<string, string>>;
  readonly canonical: string;
  readonly out: Readonly<Record<string, string>>;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../golden/tunnel/sign.json', import.meta.url), 'utf8'),
) as readonly Vector[];

const NOW = Date.parse('Tue, 02 Jan 2024 03:04:05 GMT');

/** The key pairs with which PyODPS made the vectors (test/golden/tunnel/sign.py). */
const KNOWN: readonly Credential[] = [
  { accessKeyId: 'testAK', accessKeySecret: 'testSK' },
  { accessKeyId: 'stsAK', accessKeySecret: 'stsSK', securityToken: 'stsTOKEN' },
  { accessKeyId: 'appAK', accessKeySecret: 'appSK' },
];

function requestOf(vector: Vector): SignedRequest {
  const url = new URL(vector.url);
  const headers = { ...vector.headers_in, ...vector.out };
  return {
    method: vector.method,
    resource: decodeURIComponent(url.pathname.slice(new URL(vector.endpoint).pathname.length)),
    parameters: new Map(url.searchParams),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

const [first] = vectors;
if (first === undefined) throw new Error('sign.json is empty');
const plain = requestOf(first);

describe('signatures', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s of PyODPS is accepted', (_name, vector) => {
    expect(canonicalText(requestOf(vector))).toBe(vector.canonical);
    checkSignature(requestOf(vector), KNOWN, NOW);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))(
    '%s with another secret is refused',
    (_name, vector) => {
      const others = KNOWN.map((credential) => ({ ...credential, accessKeySecret: 'another' }));
      expect(() => {
        checkSignature(requestOf(vector), others, NOW);
      }).toThrow(/does not match/);
    },
  );

  test.each<readonly [string, Partial<SignedRequest>, RegExp]>([
    ['another method', { method: 'PUT' }, /does not match/],
    ['another resource', { resource: '/projects/p/tables/t' }, /does not match/],
    ['another parameter', { parameters: new Map([['curr_project', 'q']]) }, /does not match/],
    ['an added x-odps header', { headers: { ...plain.headers, 'x-odps-extra': '1' } }, /does not match/],
    ['no Authorization', { headers: { date: plain.headers.date } }, /Authorization header is missing/],
    ['no Date', { headers: { authorization: plain.headers.authorization } }, /no Date header/],
    [
      'an unknown access key',
      { headers: { ...plain.headers, authorization: 'ODPS nobody:AAAA' } },
      /accessKeyId not found/,
    ],
    ['an unwanted token', { headers: { ...plain.headers, 'authorization-sts-token': 'x' } }, /token/],
  ])('%s is refused', (_rule, change, problem) => {
    expect(() => {
      checkSignature({ ...plain, ...change }, KNOWN, NOW);
    }).toThrow(problem);
  });

  test('a temporary key without its token, or whose life is over, is refused', () => {
    const vector = vectors.find(({ name }) => name === 'sts v2');
    if (vector === undefined) throw new Error('no sts vector');
    const request = requestOf(vector);
    const headers = { ...request.headers, 'authorization-sts-token': undefined };
    expect(() => {
      checkSignature({ ...request, headers }, KNOWN, NOW);
    }).toThrow(/security token/);
    const ended = KNOWN.map((credential) => ({ ...credential, expired: credential.securityToken !== undefined }));
    expect(() => {
      checkSignature(request, ended, NOW);
    }).toThrow(/is expired/);
  });

  test.each([
    ['15 minutes early', -15 * 60_000, false],
    ['15 minutes late', 15 * 60_000, false],
    ['a second more than 15 minutes early', -15 * 60_000 - 1000, true],
    ['a second more than 15 minutes late', 15 * 60_000 + 1000, true],
  ])('a Date %s: refused is told apart', (_rule, offset, refused) => {
    const check = (): void => {
      checkSignature(plain, KNOWN, NOW + offset);
    };
    if (refused) expect(check).toThrow(/max_interval_date:900000,expire_date:.*Z,now_date:.*Z/);
    else expect(check).not.toThrow();
  });
});
