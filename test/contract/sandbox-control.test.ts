import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type Control } from '../../sandbox/control.ts';

describe('the control port', () => {
  let control: Control;
  const calls: unknown[] = [];
  const record =
    (name: string) =>
    (...given: readonly unknown[]): void => {
      calls.push([name, ...given]);
    };

  beforeAll(async () => {
    control = await startControl(
      {
        journal: (after) => [{ number: after + 1 }],
        refuseOracle: record('refuseOracle'),
        dropOracle: record('dropOracle'),
        switchLog: record('switchLog'),
        refuseMaxCompute: record('refuseMaxCompute'),
        setCommitPersonality: record('setCommitPersonality'),
        failNext: record('failNext'),
        slow: record('slow'),
        expireSession: (id) => {
          if (id !== 'known') throw new Error(`no session ${id}`);
          calls.push(['expireSession', id]);
        },
      },
      { port: 0 },
    );
  });

  afterAll(async () => control.close());

  const post = async (path: string, body?: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(control.url + path, { method: 'POST', ...(body === undefined ? {} : { body }) });
    return [response.status, await response.json()];
  };

  test('gives the journal behind a position', async () => {
    const journal = async (query: string): Promise<unknown> => (await fetch(`${control.url}/journal${query}`)).json();
    expect(await journal('?after=41')).toEqual({ entries: [{ number: 42 }] });
    expect(await journal('')).toEqual({ entries: [{ number: 1 }] });
  });

  test.each([
    ['/oracle/refuse', '{"on":true}', ['refuseOracle', true]],
    ['/oracle/drop', undefined, ['dropOracle']],
    ['/oracle/switch-log', undefined, ['switchLog']],
    ['/maxcompute/refuse', '{"on":false}', ['refuseMaxCompute', false]],
    ['/maxcompute/commit-personality', '{"again":"conflict"}', ['setCommitPersonality', 'conflict']],
    [
      '/maxcompute/fail-next',
      '{"operation":"commit","when":"after","status":500}',
      ['failNext', { operation: 'commit', when: 'after', status: 500 }],
    ],
    ['/maxcompute/expire-session', '{"id":"known"}', ['expireSession', 'known']],
  ])('POST %s %s acts', async (path, body, call) => {
    calls.length = 0;
    expect(await post(path, body)).toEqual([200, {}]);
    expect(calls).toEqual([call]);
  });

  test.each([
    ['/oracle/refuse', '{}', /on must be true or false/],
    ['/oracle/refuse', '{"on":', /JSON/],
    ['/oracle/refuse', '[]', /on must be/],
    ['/maxcompute/commit-personality', '{"again":"maybe"}', /ok, conflict/],
    ['/maxcompute/fail-next', '{"operation":"commit","when":"after","status":200}', /status must be/],
    ['/maxcompute/fail-next', '{"operation":"drop","when":"after","status":500}', /operation must be one of/],
    ['/maxcompute/expire-session', '{"id":"other"}', /no session other/],
  ])('POST %s %s is refused with a reason', async (path, body, reason) => {
    calls.length = 0;
    const [status, answer] = await post(path, body);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toMatch(reason);
    expect(calls).toEqual([]);
  });

  test('an unknown action names the known ones', async () => {
    const [status, answer] = await post('/oracle/explode');
    expect(status).toBe(404);
    expect(JSON.stringify(answer)).toContain('POST /oracle/drop');
  });

  test('a position that is no number is refused', async () => {
    expect((await fetch(`${control.url}/journal?after=x`)).status).toBe(400);
  });
});
