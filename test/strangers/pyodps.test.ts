import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startMaxCompute } from '../../sandbox/maxcompute/server.ts';
import { bytesOf, type Exchange, type HttpTranscript, madeUpIds, meaning, send, signed } from './http-transcript.ts';
import { findPython, runPeer } from './python.ts';

const transcript = JSON.parse(
  readFileSync(new URL('transcripts/pyodps.json', import.meta.url), 'utf8'),
) as HttpTranscript;

const python = await findPython();
const absent = 'missing' in python ? python.missing : undefined;

/** Recorded ids and the live ones that stand for them, each under a name that both share. */
class Ids {
  readonly live = new Map<string, string>();
  readonly recordedNames = new Map<string, string>();
  readonly liveNames = new Map<string, string>();

  pair(recorded: readonly string[], live: readonly string[]): void {
    recorded.forEach((id, index) => {
      if (this.live.has(id)) return;
      const own = live[index] ?? '';
      const name = `<id ${String(this.live.size + 1)}>`;
      this.live.set(id, own);
      this.recordedNames.set(id, name);
      this.liveNames.set(own, name);
    });
  }

  inUrl(url: string): string {
    return [...this.live].reduce((text, [recorded, live]) => text.replaceAll(recorded, live), url);
  }
}

const isTerminated = (body: Buffer): boolean => body.includes('<Status>Terminated</Status>');

/** Asks again while an instance runs that had ended when it was recorded. */
async function replay(
  address: string,
  exchange: Exchange,
  ids: Ids,
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer }> {
  const url = ids.inUrl(exchange.url);
  // A request whose URL holds no made-up id goes out with the very signature that PyODPS made.
  const headers = url === exchange.url ? exchange.headers : signed(exchange, url, transcript.accessKey);
  for (let attempt = 0; ; attempt++) {
    const sent = await send(address, { method: exchange.method, url, headers }, bytesOf(exchange.body));
    const early = isTerminated(bytesOf(exchange.answer.body)) && sent.body.includes('<Status>Running</Status>');
    if (!early || attempt > 200) return sent;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('PyODPS, unmodified', () => {
  test.skipIf(absent !== undefined)(
    `creates, uploads, commits, reads and queries${absent === undefined ? '' : ` (not run live: ${absent})`}`,
    async () => {
      if ('missing' in python) throw new Error(python.missing);
      const server = await startMaxCompute({ port: 0 });
      try {
        const { endpoint, project, accessKeyId, accessKeySecret } = server;
        const printed = await runPeer(python.executable, 'pyodps_peer.py', [
          endpoint,
          project,
          accessKeyId,
          accessKeySecret,
        ]);
        expect(printed).toEqual(transcript.printed);
      } finally {
        await server.close();
      }
    },
  );

  test('gets the recorded answers to its recorded requests', async () => {
    const clock = { time: 0 };
    const server = await startMaxCompute({
      port: 0,
      clock: { now: () => clock.time },
      accessKey: transcript.accessKey,
    });
    const address = new URL(server.endpoint).host;
    const ids = new Ids();
    try {
      for (const [index, exchange] of transcript.exchanges.entries()) {
        clock.time = Date.parse(exchange.headers['date'] ?? '') || clock.time;
        const recorded = { ...exchange.answer, body: bytesOf(exchange.answer.body) };
        const live = await replay(address, exchange, ids);
        ids.pair(madeUpIds(recorded.headers, recorded.body), madeUpIds(live.headers, live.body));
        const title = `exchange ${String(index)}: ${exchange.method} ${exchange.url}`;
        expect(live.status, title).toBe(recorded.status);
        const running = recorded.body.includes('<Status>Running</Status>');
        if (running) continue;
        expect(meaning(live.headers, live.body, ids.liveNames), title).toBe(
          meaning(recorded.headers, recorded.body, ids.recordedNames),
        );
      }
    } finally {
      await server.close();
    }
    expect(transcript.exchanges.length).toBeGreaterThan(50);
  });
});
