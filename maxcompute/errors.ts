/**
 * MaxCompute's error codes and HTTP statuses → our failure kinds. The code decides first: which status comes with which
 * tunnel code is documented for few of them.
 * Sources: PyODPS 0.13.2 (errors.py, tunnel/errors.py), odps-sdk-core (TunnelException), Alibaba Cloud "Common Tunnel errors".
 */
import { Failure, type FailureKind } from '../model/failure.ts';
import { outOfResources } from '../model/worker-resources.ts';
import { elementText } from './xml.ts';

/** Only codes we have a decision for; others go by status. */
const kindOfCode: Readonly<Record<string, FailureKind>> = {
  // Quotas.
  FlowExceeded: 'sink-throttled',
  SlotExceeded: 'sink-throttled',
  QPSExceeded: 'sink-throttled',
  // The service, for a while.
  InternalServerError: 'sink-unreachable',
  InternalError: 'sink-unreachable',
  ServiceUnavailable: 'sink-unreachable',
  DataStoreError: 'sink-unreachable',
  RequestExpired: 'sink-unreachable',
  'ODPS-0010000': 'sink-unreachable',
  'ODPS-0430055': 'sink-unreachable',
  // Credentials.
  Unauthorized: 'sink-login-refused',
  SignatureNotMatch: 'sink-login-refused',
  InvalidAccessKeyId: 'sink-login-refused',
  'InvalidAccessKeyId.NotFound': 'sink-login-refused',
  'ODPS-0410051': 'sink-login-refused',
  'ODPS-0410042': 'sink-login-refused',
  'ODPS-0410055': 'sink-login-refused',
  // Rights of an account whose key is right.
  AccessDenied: 'sink-privilege-missing',
  NoPermission: 'sink-privilege-missing',
  'ODPS-0130013': 'sink-privilege-missing',
  'ODPS-0420095': 'sink-privilege-missing',
  // The time of the request.
  AuthenticationRequestExpired: 'sink-rejected',
  RequestTimeTooSkewed: 'sink-rejected',
  'ODPS-0410031': 'sink-rejected',
  // Writers at the same time: nothing of this commit was done.
  MetaTransactionAborted: 'sink-rejected',
  MetaTransactionFailed: 'sink-rejected',
  // Tables.
  NoSuchTable: 'sink-table-changed',
  'ODPS-0130131': 'sink-table-changed',
  // Answers that mean no: 404 or 409 without a missing table behind it.
  NoSuchPartition: 'sink-rejected',
  NoSuchProject: 'sink-rejected',
  NoSuchUpload: 'sink-rejected',
  NoSuchDownload: 'sink-rejected',
  StatusConflict: 'sink-rejected',
};

/** The body arrived damaged: worth sending again as it is. */
const DAMAGED: ReadonlySet<string> = new Set(['CorruptedDataStream', 'MalformedDataStream', 'IncompleteBody']);
export const isDamagedBody = (code: string): boolean => DAMAGED.has(code);

function kindOfStatus(status: number): FailureKind {
  if (status === 429) return 'sink-throttled';
  if (status === 401 || status === 403) return 'sink-login-refused';
  if (status === 308 || status === 408 || status >= 500) return 'sink-unreachable';
  return 'sink-rejected';
}

export const kindOf = (status: number, code: string): FailureKind => kindOfCode[code] ?? kindOfStatus(status);

/** What a refusing answer says of itself. */
export interface Complaint {
  /** `NoSuchTable`, `ODPS-0130131`; empty when the answer has none. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

const ODPS_CODE = /ODPS-\d{7}/;
const TEXT_MAX = 500;

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}…` : line;
};

function textField(object: object, key: string): string {
  const value: unknown = Object.entries(object).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? value : '';
}

function jsonComplaint(body: string): Complaint | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const [code, message, requestId] = ['Code', 'Message', 'RequestId'].map((key) => textField(parsed, key));
    return { code: code ?? '', message: message ?? '', requestId: requestId ?? '' };
  } catch {
    return undefined;
  }
}

/** A gateway answers a page for people, of which its title says all. */
const titleOf = (body: string): string =>
  (/^\s*<(?:!doctype|html)/i.test(body) ? elementText(body, 'title') : undefined) ?? body;

/** REST answers in XML, the tunnel in JSON, proxies in anything. */
export function parseComplaint(body: string): Complaint {
  const code = elementText(body, 'Code');
  const found =
    code === undefined
      ? (jsonComplaint(body) ?? { code: '', message: titleOf(body), requestId: '' })
      : { code, message: elementText(body, 'Message') ?? '', requestId: elementText(body, 'RequestId') ?? '' };
  return { ...found, code: ODPS_CODE.exec(found.code)?.[0] ?? found.code, message: shortened(found.message) };
}

/** A failed SQL task says `ODPS-0130131:[1,15] Table not found - …`, sometimes wrapped in `<Error>`. */
export function parseTaskError(result: string): Complaint {
  const complaint = parseComplaint(result);
  return { ...complaint, code: ODPS_CODE.exec(result)?.[0] ?? complaint.code };
}

/** `code: message`, the code once. */
function words({ code, message }: Complaint): string {
  if (code === '' && message === '') return 'MaxCompute refused';
  return code === '' || message.startsWith(code) ? message : [code, message].filter((part) => part !== '').join(': ');
}

const TIME_CODES: ReadonlySet<string> = new Set([
  'AuthenticationRequestExpired',
  'RequestTimeTooSkewed',
  'ODPS-0410031',
]);

/** Refused for who asks or when: nothing was done, and other credentials may do. */
export const isRefusedAtTheDoor = (status: number, code: string): boolean =>
  TIME_CODES.has(code) || kindOf(status, code) === 'sink-login-refused';

/** What to do about a refusal of the time of a request. @param date of the answer, as HTTP writes it */
function adviceOnTime(code: string, date: string | undefined, now: number): string {
  const seconds = Math.round((now - Date.parse(date ?? '')) / 1000);
  if (!TIME_CODES.has(code) || Number.isNaN(seconds)) return '';
  return `; the clock of this worker is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} MaxCompute's: set it`;
}

/** MaxCompute answered, and said no. */
export class Refused extends Failure {
  /** As in {@link Complaint}. */
  readonly code: string;
  /** Of the HTTP answer; 200 for a SQL task that ran and failed. */
  readonly status: number;
  /** @param date of the answer */
  constructor(what: string, status: number, complaint: Complaint, date?: string) {
    const { code, requestId } = complaint;
    const details = [
      ...(status === 200 ? [] : [`HTTP ${status}`]),
      ...(requestId === '' ? [] : [`request id ${requestId}`]),
    ];
    const suffix = details.length === 0 ? '' : ` (${details.join(', ')})`;
    super(kindOf(status, code), `${what}: ${words(complaint)}${suffix}${adviceOnTime(code, date, Date.now())}`);
    this.code = code;
    this.status = status;
  }
}

/** MaxCompute answered something that we cannot read. */
export const unreadable = (what: string, why: string): Failure =>
  new Failure('sink-rejected', `${what}: unexpected answer: ${why}`);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Codes that say the request never left: sending it cannot be a repetition. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
export const isUnsent = (error: unknown): boolean => NEVER_CONNECTED.has(codeOf(error));

/** Node's codes of a certificate that it does not accept. */
const BAD_CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/;
const CERTIFICATE_ADVICE =
  '; nothing was sent: have the certificate put right, or name its issuer to the worker in NODE_EXTRA_CA_CERTS';

/** No answer. The text says code and reason, not the cause itself: that may carry the request with its signature. */
export function unreachable(what: string, host: string, error: unknown): Failure {
  const reason =
    error instanceof Error ? [codeOf(error), error.message].filter((part) => part !== '').join(' ') : 'no reason';
  const own = outOfResources(error, `${what} at ${host}`);
  if (own) return own;
  const advice = BAD_CERTIFICATE.test(codeOf(error)) ? CERTIFICATE_ADVICE : '';
  return new Failure('sink-unreachable', `${what}: no answer from ${host}: ${shortened(reason)}${advice}`);
}
