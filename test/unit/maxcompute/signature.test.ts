/** Signatures against vectors of PyODPS 0.13.2 (test/golden/tunnel/sign.json). */
import { expect, test } from 'vitest';
import {
  applicationAuthentication,
  authorization,
  canonicalString,
  signatureHeaders,
} from '../../../maxcompute/signature.ts';
import { golden } from './golden.ts';

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly endpoint: string;
  readonly headers_in: Readonly<Record<string, string>>;
  readonly canonical: string;
  readonly out: Readonly<Record<string, string>>;
}

const vectors = JSON.parse(golden('sign.json').toString()) as Vector[];
const user = { accessKeyId: 'testAK', accessKeySecret: 'testSK' };

const credentialsOf = (name: string) => {
  if (name.startsWith('v4')) return { ...user, region: 'cn-hangzhou' };
  return name.startsWith('sts') ? { accessKeyId: 'stsAK', accessKeySecret: 'stsSK', stsToken: 'stsTOKEN' } : user;
};

function requestOf({ method, url, endpoint, headers_in }: Vector) {
  const { pathname, searchParams } = new URL(url);
  return {
    method,
    path: decodeURIComponent(pathname.slice(new URL(endpoint).pathname.length)),
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries(Object.entries(headers_in).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

test.each(vectors)('$name: the canonical string and the headers are those of PyODPS', (vector) => {
  const request = requestOf(vector);
  const { authorization: signed, ...others } = signatureHeaders(request, credentialsOf(vector.name));
  expect(canonicalString(request)).toBe(vector.canonical);
  expect(signed).toBe(vector.out['Authorization']);
  expect(others['authorization-sts-token']).toBe(vector.out['authorization-sts-token']);
});

test('an application vouches for the signature of a user', () => {
  const vector = vectors.find(({ name }) => name === 'app v2');
  if (!vector) throw new Error('the vector is missing');
  const application = { accessKeyId: 'appAK', accessKeySecret: 'appSK' };
  expect(applicationAuthentication(authorization(requestOf(vector), user), application)).toBe(
    vector.out['application-authentication'],
  );
});
