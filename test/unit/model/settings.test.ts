import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../model/settings.ts';

const defaults = {
  connectionsPath: './connections.yaml',
  taskQueue: 'redoflow',
  logLevel: 'info',
  commitQuietSeconds: 120,
  idleSeconds: 60,
  parallelChunks: 4,
  scratchMegabytes: 20_480,
  temporalAddress: '127.0.0.1:7233',
  temporalNamespace: 'default',
};

describe('the settings of a process', () => {
  test('all have defaults, and open no port', () => {
    expect(parseSettings({})).toEqual({ ok: true, settings: defaults });
  });

  test('are what the environment says', () => {
    const environment = {
      REDOFLOW_CONNECTIONS: '/etc/redoflow/connections.yaml',
      REDOFLOW_TASK_QUEUE: 'large',
      REDOFLOW_METRICS_ADDRESS: '127.0.0.1:9464',
      REDOFLOW_HEALTH_ADDRESS: '[::1]:8081',
      REDOFLOW_LOG_LEVEL: 'debug',
      REDOFLOW_COMMIT_QUIET_SECONDS: '0',
      REDOFLOW_IDLE_SECONDS: '5',
      REDOFLOW_PARALLEL_CHUNKS: '16',
      REDOFLOW_SCRATCH: '/fast',
      REDOFLOW_SCRATCH_MEGABYTES: '512',
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'production',
    };
    expect(parseSettings(environment)).toEqual({
      ok: true,
      settings: {
        connectionsPath: '/etc/redoflow/connections.yaml',
        taskQueue: 'large',
        metricsAddress: '127.0.0.1:9464',
        healthAddress: '[::1]:8081',
        logLevel: 'debug',
        commitQuietSeconds: 0,
        idleSeconds: 5,
        parallelChunks: 16,
        scratchDirectory: '/fast',
        scratchMegabytes: 512,
        temporalAddress: 'temporal:7233',
        temporalNamespace: 'production',
      },
    });
  });

  test('treat an empty variable as not set, and other variables as not theirs', () => {
    const environment = { REDOFLOW_LOG_LEVEL: '', REDOFLOW_ORACLE_UNDER_TEST: 'x', PATH: '/bin', HOME: undefined };
    expect(parseSettings(environment)).toEqual({ ok: true, settings: defaults });
  });

  test.each([
    ['REDOFLOW_LOG_LEVEL', 'loud', 'NOT_ALLOWED'],
    ['REDOFLOW_IDLE_SECONDS', '1e1', 'BAD_FORMAT'],
    ['REDOFLOW_IDLE_SECONDS', '0x10', 'BAD_FORMAT'],
    ['REDOFLOW_IDLE_SECONDS', '0', 'OUT_OF_RANGE'],
    ['REDOFLOW_IDLE_SECONDS', '301', 'OUT_OF_RANGE'],
    ['REDOFLOW_COMMIT_QUIET_SECONDS', '-1', 'BAD_FORMAT'],
    ['REDOFLOW_PARALLEL_CHUNKS', '0', 'OUT_OF_RANGE'],
    ['REDOFLOW_PARALLEL_CHUNKS', '65', 'OUT_OF_RANGE'],
    ['REDOFLOW_TASK_QUEUE', 'a b', 'BAD_FORMAT'],
    ['REDOFLOW_METRICS_ADDRESS', '9464', 'BAD_FORMAT'],
    ['REDOFLOW_HEALTH_ADDRESS', 'http://x:1', 'BAD_FORMAT'],
    ['TEMPORAL_ADDRESS', 'https://x', 'BAD_FORMAT'],
    ['REDOFLOW_TASKQUEUE', 'x', 'UNKNOWN_KEY'],
    ['REDOFLOW_CONECTIONS', 'x', 'UNKNOWN_KEY'],
  ])('are refused: %s=%s', (name, value, code) => {
    const parsed = parseSettings({ [name]: value });
    expect(parsed.ok ? [] : parsed.errors).toEqual([expect.objectContaining({ code, path: [name] })]);
  });

  test('are all refused at once', () => {
    const parsed = parseSettings({ REDOFLOW_LOG_LEVEL: 'x', REDOFLOW_IDLE_SECONDS: 'x', REDOFLOW_TASK_QUEU: 'x' });
    expect(parsed.ok ? [] : parsed.errors.map(({ fix }) => fix)).toEqual([
      'Write for example info.',
      'Write a number from 1 to 300.',
      'Did you mean REDOFLOW_TASK_QUEUE?',
    ]);
  });
});
