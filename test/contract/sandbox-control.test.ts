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
        oracle: {
          refuse: record('refuse'),
          setListening: async (on) => {
            record('setListening')(on);
          },
          drop: record('drop'),
          freeze: record('freeze'),
          addFault: (rule) => {
            calls.push(['addFault', rule]);
            return 7;
          },
          faults: () => [],
          clearFaults: record('clearFaults'),
          switchLog: record('switchLog'),
          forgetUndo: record('forgetUndo'),
          retainUndo: record('retainUndo'),
          setUser: record('setUser'),
          grant: record('grant'),
          revoke: record('revoke'),
        },
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
    ['/oracle/refuse', '{"on":true}', ['refuse', {}]],
    ['/oracle/refuse', '{"on":true,"error":12514,"connections":2}', ['refuse', { error: 12514, connections: 2 }]],
    ['/oracle/refuse', '{"on":true,"error":12541}', ['setListening', false]],
    ['/oracle/drop', undefined, ['drop']],
    ['/oracle/freeze', '{"on":true}', ['freeze', true]],
    ['/oracle/switch-log', undefined, ['switchLog']],
    ['/oracle/undo', '{"forgetBefore":"now"}', ['forgetUndo', 'now']],
    ['/oracle/undo', '{"forgetBefore":"1000123"}', ['forgetUndo', 1000123]],
    ['/oracle/undo', '{"retainScns":50}', ['retainUndo', 50]],
    ['/oracle/undo', '{"retainScns":null}', ['retainUndo', undefined]],
    [
      '/oracle/user',
      '{"name":"c","password":"p","privileges":["CREATE SESSION"]}',
      ['setUser', { name: 'c', password: 'p', privileges: ['CREATE SESSION'], status: 'open' }],
    ],
    ['/oracle/grant', '{"user":"c","privileges":["LOGMINING"]}', ['grant', 'c', ['LOGMINING']]],
    ['/oracle/revoke', '{"user":"c","privileges":["LOGMINING"]}', ['revoke', 'c', ['LOGMINING']]],
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
    ['/oracle/refuse', '{"on":true,"error":12541,"connections":2}', /cannot count connections/],
    ['/oracle/fault', '{"do":"explode"}', /do must be one of error, drop/],
    ['/oracle/fault', '{"do":"error"}', /error must be a whole number/],
    ['/oracle/fault', '{"do":"drop","call":"login","nth":0}', /nth must be a whole number/],
    ['/oracle/undo', '{}', /forgetBefore or retainScns/],
    ['/oracle/undo', '{"forgetBefore":"yesterday"}', /must be an SCN/],
    ['/oracle/user', '{"name":"c","password":"p","privileges":"all"}', /privileges must be a list/],
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

  test('ending a refusal takes connections again and opens the port', async () => {
    calls.length = 0;
    expect(await post('/oracle/refuse', '{"on":false}')).toEqual([200, {}]);
    expect(calls).toEqual([
      ['refuse', undefined],
      ['setListening', true],
    ]);
    calls.length = 0;
    await post('/oracle/clear-faults');
    expect(calls).toEqual([['clearFaults'], ['setListening', true]]);
  });

  test('a fault is given with defaults and answered with its number', async () => {
    calls.length = 0;
    expect(await post('/oracle/fault', '{"do":"drop"}')).toEqual([200, { fault: 7 }]);
    const given = '{"do":"error","error":1555,"call":"fetch","matching":"from t","nth":3,"times":0,"when":"after"}';
    await post('/oracle/fault', given);
    expect(calls).toEqual([
      ['addFault', { action: { do: 'drop' }, nth: 1, times: 1, when: 'before' }],
      [
        'addFault',
        { action: { do: 'error', error: 1555 }, call: 'fetch', matching: 'from t', nth: 3, times: 0, when: 'after' },
      ],
    ]);
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
