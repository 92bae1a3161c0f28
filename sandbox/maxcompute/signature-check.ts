import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './answers.ts';

/** A key pair that requests may be signed with; `securityToken` makes it a temporary (STS) one. */
export interface Credential {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  /** Of a temporary one whose life is over. */
  readonly expired?: boolean;
}

export interface SignedRequest {
  readonly method: string;
  /** Decoded path relative to the endpoint, that is without `/api`. */
  readonly resource: string;
  /** Decoded query parameters in any order; a flag has the value ''. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
}

const SKEW_MS = 15 * 60_000;

const single = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '');

/**
 * The text that is signed: method, then content-md5, content-type, date and every x-odps-* header or parameter sorted by
 * name, then the resource with its sorted parameters. Source: PyODPS odps/accounts.py.
 */
export function canonicalText(request: SignedRequest): string {
  const signed = new Map([
    ['content-md5', ''],
    ['content-type', ''],
  ]);
  for (const [name, value] of Object.entries(request.headers)) {
    const counts = name === 'date' || signed.has(name) || name.startsWith('x-odps-');
    if (counts) signed.set(name, single(value).trim());
  }
  for (const [name, value] of request.parameters) if (name.startsWith('x-odps-')) signed.set(name, value);
  const byName = (one: readonly [string, string], other: readonly [string, string]): number =>
    one[0] < other[0] ? -1 : 1;
  const lines = [...signed]
    .sort(byName)
    .map(([name, value]) => (name.startsWith('x-odps-') ? `${name}:${value}` : value));
  const parameters = [...request.parameters]
    .sort(byName)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return [request.method, ...lines, request.resource + query].join('\n');
}

const hmac = (algorithm: 'sha1' | 'sha256', key: string | Buffer, text: string): Buffer =>
  createHmac(algorithm, key).update(text, 'utf8').digest();

/** The v4 signing key: a chain of HMAC-SHA256 over day, region, product and a constant. */
function v4Key(secret: string, day: string, region: string): Buffer {
  const ofDay = hmac('sha256', `aliyun_v4${secret}`, day);
  return hmac('sha256', hmac('sha256', hmac('sha256', ofDay, region), 'odps'), 'aliyun_v4_request');
}

const refused = (code: string, message: string): ServiceError => new ServiceError(401, code, message);

const matches = (written: string, expected: Buffer): boolean => {
  const given = Buffer.from(written, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
};

/** A DATE header more than 15 minutes away is refused, with the three facts that PyODPS reads from the message. */
function checkDate(request: SignedRequest, now: number): string {
  const written = single(request.headers.date);
  if (written === '') throw refused('Unauthorized', 'The request has no Date header.');
  const date = Date.parse(written);
  if (Number.isNaN(date) || !written.endsWith('GMT'))
    throw refused('Unauthorized', 'The Date header is not an RFC 1123 date in GMT.');
  if (Math.abs(date - now) <= SKEW_MS) return new Date(date).toISOString().slice(0, 10).replaceAll('-', '');
  const expires = new Date(date + SKEW_MS).toISOString();
  const facts = `max_interval_date:${String(SKEW_MS)},expire_date:${expires},now_date:${new Date(now).toISOString()}`;
  throw refused('RequestTimeTooSkewed', facts);
}

function checkToken(request: SignedRequest, credential: Credential): void {
  const token = single(request.headers['authorization-sts-token']);
  if (token !== (credential.securityToken ?? ''))
    throw refused('ODPS-0410051', 'Invalid credentials - the security token does not belong to the access key');
  if (credential.expired === true)
    throw refused(
      'ODPS-0410051',
      `Invalid credentials - the security token ${token} of ${credential.accessKeyId} is expired`,
    );
}

interface Claim {
  readonly accessKeyId: string;
  readonly signature: string;
  /** Present on a v4 signature. */
  readonly scope: { readonly day: string; readonly region: string } | undefined;
}

const AUTHORIZATION = /^ODPS ([^:/\s]+)(?:\/(\d{8})\/([^/:]+)\/odps\/aliyun_v4_request)?:([A-Za-z0-9+/]+=*)$/;

function claimOf(authorization: string): Claim {
  const match = AUTHORIZATION.exec(authorization);
  if (match === null) {
    throw refused('Unauthorized', 'The Authorization header is missing or is not "ODPS <access key>:<signature>".');
  }
  const [, accessKeyId = '', day, region, signature = ''] = match as readonly (string | undefined)[];
  return { accessKeyId, signature, scope: day === undefined || region === undefined ? undefined : { day, region } };
}

function credentialOf(accessKeyId: string, known: readonly Credential[]): Credential {
  const credential = known.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (credential === undefined) throw refused('ODPS-0410051', 'Invalid credentials - accessKeyId not found');
  return credential;
}

const APPLICATION =
  /^account_provider:aliyun,signature_method:hmac-sha1,access_id:([^,]+),signature:([A-Za-z0-9+/]+=*)$/;

/** An application account signs the Authorization header once more. */
function checkApplication(request: SignedRequest, known: readonly Credential[]): void {
  const written = single(request.headers['application-authentication']);
  if (written === '') return;
  const [, accessKeyId = '', signature = ''] = APPLICATION.exec(written) ?? [];
  const { accessKeySecret } = credentialOf(accessKeyId, known);
  if (matches(signature, hmac('sha1', accessKeySecret, single(request.headers.authorization)))) return;
  throw refused('SignatureNotMatch', 'The signature of the application account does not match.');
}

/** Throws 401 unless the request is signed, now, with a known key: v2, v4, STS and application accounts. */
export function checkSignature(request: SignedRequest, known: readonly Credential[], now: number): void {
  const claim = claimOf(single(request.headers.authorization));
  const credential = credentialOf(claim.accessKeyId, known);
  const day = checkDate(request, now);
  checkToken(request, credential);
  if (claim.scope !== undefined && claim.scope.day !== day) {
    throw refused('SignatureNotMatch', 'The day of the signature is not the day of the Date header.');
  }
  const { accessKeySecret } = credential;
  const key = claim.scope === undefined ? accessKeySecret : v4Key(accessKeySecret, claim.scope.day, claim.scope.region);
  if (!matches(claim.signature, hmac('sha1', key, canonicalText(request)))) {
    throw refused('SignatureNotMatch', 'The signature that we computed does not match the one that you sent.');
  }
  checkApplication(request, known);
}
