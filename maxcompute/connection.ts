/** A registered MaxCompute connection with its secrets resolved. */
import { Failure } from '../model/failure.ts';
import type { Credentials } from './signature.ts';

export interface MaxComputeConnection extends Credentials {
  /** `https://service.cn-hangzhou.maxcompute.aliyun.com/api` */
  readonly endpoint: string;
  /** Credentials as they are now: asked when those in use are refused, because temporary ones end and are replaced. */
  readonly readAgain?: () => Credentials;
  /** Skips discovery. */
  readonly tunnelEndpoint?: string;
  readonly project: string;
  /** Of a project with three-level names. */
  readonly schema?: string;
  /** Name of the tunnel quota group. */
  readonly quota?: string;
}

/** @throws Failure bad-input when it is not an http(s) address. */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Failure('bad-input', 'the endpoint of a MaxCompute connection must be an http or https address');
  return url;
}

const ADDRESS = /^\d+(?:\.\d+){3}$|:/;
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host);
const SECOND_LEVEL: ReadonlySet<string> = new Set(['ac', 'co', 'com', 'edu', 'gov', 'net', 'org']);

/** `aliyun.com`, `example.com.cn`: what one owner registers. */
function registrable(host: string): string {
  const labels = host.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && SECOND_LEVEL.has(second) ? -3 : -2).join('.');
}

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

function related(found: string, endpoint: string): boolean {
  if (found === endpoint || (isLoopback(found) && isLoopback(endpoint))) return true;
  if (ADDRESS.test(found) || ADDRESS.test(endpoint)) return false;
  const owner = registrable(endpoint);
  return owner.includes('.') && registrable(found) === owner;
}

/**
 * What discovery answered (`host[:port]`) → the tunnel's address, by the scheme of the endpoint.
 * Data goes only to the owner of the endpoint: the same host, or one under the same registered domain.
 * @throws Failure bad-input otherwise.
 */
export function tunnelAddress(endpoint: URL, discovered: string): URL {
  const text = `${endpoint.protocol}//${discovered.trim()}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url && plain && related(bare(url.hostname), bare(endpoint.hostname))) return url;
  throw new Failure(
    'bad-input',
    `MaxCompute at ${endpoint.host} names a tunnel endpoint outside its own domain; if that is right, set tunnelEndpoint of the connection`,
  );
}
