/**
 * Who asks: MaxCompute's request signatures, versions 2 and 4.
 * Sources: PyODPS 0.13.2 (accounts.py), odps-sdk-core (AliyunRequestSigner, StsRequestSigner, AppRequestSigner).
 */
import { createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Of temporary credentials (STS, RAM role). */
  readonly stsToken?: string;
  /** `cn-hangzhou`: signs version 4, whose key is good for one day and one region. Absent: version 2. */
  readonly region?: string;
}

export interface SignableRequest {
  readonly method: string;
  /** Relative to the endpoint (without its `/api`), decoded. */
  readonly path: string;
  /** Decoded; a flag has the empty value. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; `date` (RFC 1123, GMT) is mandatory. */
  readonly headers: Readonly<Record<string, string>>;
}

const SIGNED_BY_VALUE: ReadonlySet<string> = new Set(['content-md5', 'content-type', 'date']);
const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0);
const isOwn = ([name]: readonly [string, string]): boolean => name.startsWith('x-odps-');

/** What is signed: method, signed headers, resource with its sorted parameters; lines joined by LF. */
export function canonicalString({ method, path, query, headers }: SignableRequest): string {
  const parameters = Object.entries(query).sort(byName);
  const signed = new Map([
    ['content-md5', ''],
    ['content-type', ''],
    ...Object.entries(headers).filter(([name]) => SIGNED_BY_VALUE.has(name) || name.startsWith('x-odps-')),
    ...parameters.filter(isOwn),
  ]);
  const lines = [...signed]
    .sort(byName)
    .map(([name, value]) => (SIGNED_BY_VALUE.has(name) ? value : `${name}:${value}`));
  const resource = parameters.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return [method.toUpperCase(), ...lines, resource === '' ? path : `${path}?${resource}`].join('\n');
}

const sha1 = (key: string | Buffer, text: string): string => createHmac('sha1', key).update(text).digest('base64');
const sha256 = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `Tue, 02 Jan 2024 03:04:05 GMT` → `20240102`. */
const compactDay = (date: string): string => new Date(date).toISOString().slice(0, 10).replaceAll('-', '');

/** Value of the `Authorization` header. Version 4 derives a key from day and region, but signs with HMAC-SHA1 all the same. */
export function authorization(request: SignableRequest, credentials: Credentials): string {
  const { accessKeyId, accessKeySecret, region } = credentials;
  const text = canonicalString(request);
  if (region === undefined) return `ODPS ${accessKeyId}:${sha1(accessKeySecret, text)}`;
  const scope = [compactDay(request.headers['date'] ?? ''), region, 'odps', 'aliyun_v4_request'];
  const key = scope.reduce<string | Buffer>(sha256, `aliyun_v4${accessKeySecret}`);
  return `ODPS ${[accessKeyId, ...scope].join('/')}:${sha1(key, text)}`;
}

/** The headers that a signature adds. Sign again for every attempt: the date is signed and may be 15 minutes old at most. */
export function signatureHeaders(request: SignableRequest, credentials: Credentials): Record<string, string> {
  const headers = { authorization: authorization(request, credentials) };
  return credentials.stsToken === undefined ? headers : { ...headers, 'authorization-sts-token': credentials.stsToken };
}

/** Value of `application-authentication`: an application vouches for the signature of a user. */
export function applicationAuthentication(userAuthorization: string, application: Credentials): string {
  const signature = sha1(application.accessKeySecret, userAuthorization);
  return `account_provider:aliyun,signature_method:hmac-sha1,access_id:${application.accessKeyId},signature:${signature}`;
}
