import { writeFile } from 'node:fs/promises';
import { startMaxCompute } from '../../sandbox/maxcompute/server.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { type HttpTranscript, startRecordingProxy } from './http-transcript.ts';
import { findPython, runPeer } from './python.ts';

/*
 * Records the strangers' dialogues anew: `npm run -s record-transcripts`. Needs a Python with them (python.ts). The
 * recordings are read by people before they are committed: a difference is a change of the sandbox's behaviour.
 */

const file = (name: string): URL => new URL(`transcripts/${name}.json`, import.meta.url);

async function write(name: string, content: object): Promise<void> {
  await writeFile(file(name), `${JSON.stringify(content, null, 1)}\n`);
  process.stdout.write(`${name}: written\n`);
}

async function recordPyodps(python: string): Promise<void> {
  const accessKey = { accessKeyId: 'transcriptAK', accessKeySecret: 'transcriptSK' };
  const server = await startMaxCompute({ port: 0, accessKey });
  try {
    await using proxy = await startRecordingProxy(new URL(server.endpoint).host);
    const endpoint = `http://${proxy.address}/api`;
    const args = [endpoint, server.project, accessKey.accessKeyId, accessKey.accessKeySecret];
    const printed = await runPeer(python, 'pyodps_peer.py', args);
    const recorded = `PyODPS 0.13.2, ${new Date().toISOString().slice(0, 10)}`;
    const transcript: HttpTranscript = { recorded, accessKey, printed, exchanges: proxy.exchanges };
    await write('pyodps', transcript);
  } finally {
    await server.close();
  }
}

async function oracleDialogue(python: string, profile: '19c' | '23ai'): Promise<readonly unknown[]> {
  await using sandbox = await startSandbox({ profile });
  const { connectString, user, password } = sandbox.oracle;
  return await runPeer(python, 'oracledb_peer.py', [connectString, user, password]);
}

async function recordOracledb(python: string): Promise<void> {
  const profiles = { '19c': await oracleDialogue(python, '19c'), '23ai': await oracleDialogue(python, '23ai') };
  await write('oracledb', { recorded: `python-oracledb 26.1.0, ${new Date().toISOString().slice(0, 10)}`, profiles });
}

const found = await findPython();
if ('missing' in found) throw new Error(found.missing);
await recordPyodps(found.executable);
await recordOracledb(found.executable);
