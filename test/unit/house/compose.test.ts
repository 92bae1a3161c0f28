import { existsSync, readFileSync } from 'node:fs';
import { expect, describe, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseSettings } from '../../../model/settings.ts';

const service = z.strictObject({
  image: z.string(),
  profiles: z.array(z.string()).default([]),
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  user: z.string().optional(),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string().optional(),
  }),
  stop_grace_period: z.string().optional(),
  restart: z.string().optional(),
});

const compose = z
  .strictObject({
    name: z.literal('redoflow'),
    services: z.record(z.string(), service),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(readFileSync('docker-compose.yml', 'utf8')));

const services = Object.entries(compose.services);
const dockerfile = readFileSync('Dockerfile', 'utf8').split('\n');
const { version } = z.looseObject({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));

describe('docker-compose.yml', () => {
  test('has Temporal with its database and UI, a worker, Prometheus, and a sandbox and an Oracle only by their profiles', () => {
    expect(services.map(([name, { profiles }]) => [name, ...profiles])).toEqual([
      ['postgresql'],
      ['temporal'],
      ['temporal-ui'],
      ['worker'],
      ['prometheus'],
      ['oracle', 'oracle'],
      ['sandbox', 'sandbox'],
    ]);
  });

  test('pins every image to a version, and builds ours with the version of the package', () => {
    const floating = services.filter(([, { image }]) => !/^[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?$/.test(image));
    expect(floating).toEqual([]);
    const built = services.filter(([, { build }]) => build !== undefined).map(([, { image }]) => image);
    expect(built).toEqual([`redoflow-worker:${version}`, `redoflow-sandbox:${version}`]);
  });

  test('waits only for services that it has', () => {
    const names = services.map(([name]) => name);
    const waited = services.flatMap(([, { depends_on }]) => Object.keys(depends_on));
    expect(waited.length).toBeGreaterThan(0);
    expect(waited.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('has secrets only from the environment or from files that git does not keep', () => {
    const named = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN|KEY/.test(name)),
    );
    expect(named.map(([name]) => name)).toEqual(['POSTGRES_PASSWORD', 'POSTGRES_PWD', 'ORACLE_PASSWORD_FILE']);
    const elsewhere = /^(?:\$\{\w+:\?[^}]*\}|\/run\/secrets\/\w+)$/;
    expect(named.filter(([, value]) => !elsewhere.test(value))).toEqual([]);
    const used = services.flatMap(([, { secrets }]) => secrets);
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
    expect(Object.values(compose.secrets).filter(({ file }) => !file.startsWith('./secrets/'))).toEqual([]);
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('secrets/');
  });

  test('publishes ports on this machine only', () => {
    const ports = services.flatMap(([, { ports: published }]) => published);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('gives the worker settings that the worker accepts, and asks for its health where it listens', () => {
    const { environment, healthcheck } = compose.services['worker'] ?? { environment: {}, healthcheck: { test: [] } };
    const parsed = parseSettings(environment);
    if (!parsed.ok) throw new Error('the worker would refuse these settings');
    expect(healthcheck.test.join(' ')).toContain(`http://${parsed.settings.healthAddress ?? 'nowhere'}/ready`);
  });

  test('scrapes the metrics of the workers where they offer them', () => {
    const address = compose.services['worker']?.environment['REDOFLOW_METRICS_ADDRESS'] ?? '';
    const scraped = readFileSync('docs/compose/prometheus.yml', 'utf8');
    const [, port = ''] = address.split(':');
    const form = z.looseObject({
      scrape_configs: z.tuple([
        z.looseObject({ dns_sd_configs: z.tuple([z.looseObject({ names: z.tuple([z.string()]), port: z.number() })]) }),
      ]),
    });
    const [{ dns_sd_configs: names }] = form.parse(parse(scraped)).scrape_configs;
    expect(names[0]).toMatchObject({ names: ['worker'], port: Number(port) });
  });

  test('mounts the dynamic configuration where Temporal is told to read it, with the values of the demo', () => {
    const { volumes, environment } = compose.services['temporal'] ?? { volumes: [], environment: undefined };
    const [from = '', to = '', mode] = volumes[0]?.split(':') ?? [];
    expect(mode).toBe('ro');
    expect(to).toBe(`/etc/temporal/${environment?.['DYNAMIC_CONFIG_FILE_PATH'] ?? ''}`);
    const settings = z
      .record(z.string(), z.tuple([z.strictObject({ value: z.union([z.number(), z.string()]) })]))
      .parse(parse(readFileSync(from, 'utf8')));
    const demo = readFileSync('sandbox/temporal/dev-server.ts', 'utf8');
    const written = Object.entries(settings).map(([key, [{ value }]]) => `'${key}=${JSON.stringify(value)}'`);
    expect(written).toHaveLength(3);
    expect(written.filter((line) => !demo.includes(line))).toEqual([]);
  });

  test('keeps the sandbox at the loopback address of the worker, as an ordinary user', () => {
    expect(compose.services['sandbox']).toMatchObject({ network_mode: 'service:worker', user: 'node' });
  });
});

describe('the Dockerfile', () => {
  const stages = dockerfile.flatMap((line) => /^FROM (\S+) AS (\w+)$/.exec(line)?.slice(1) ?? []);

  test('has the two stages that the compose file builds, on one glibc image', () => {
    expect(stages).toEqual(['node:24-bookworm-slim', 'build', 'node:24-bookworm-slim', 'worker']);
    const targets = services.flatMap(([, { build }]) => build?.target ?? []);
    expect(targets.toSorted()).toEqual(['build', 'worker']);
  });

  test('leaves the tools of development behind and runs as an ordinary user', () => {
    const last = dockerfile.slice(dockerfile.findIndex((line) => line.endsWith(' AS worker')));
    expect(last.some((line) => line.includes('npm ci --omit=dev'))).toBe(true);
    const user = last.indexOf('USER node');
    expect(user).toBeGreaterThan(0);
    expect(user).toBeLessThan(last.findIndex((line) => line.startsWith('CMD ')));
  });

  test('starts a program whose source is there', () => {
    const started = dockerfile.flatMap((line) => line.match(/dist\/[\w/]+\.js/g) ?? []);
    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((path) => !existsSync(path.replace('dist/', '').replace('.js', '.ts')))).toEqual([]);
  });

  test('sees every project of the build, and neither secrets nor a connections.yaml', () => {
    const ignore = readFileSync('.dockerignore', 'utf8').split('\n');
    const { references } = z
      .object({ references: z.array(z.object({ path: z.string() })) })
      .parse(JSON.parse(readFileSync('tsconfig.json', 'utf8')));
    expect(references.filter(({ path }) => !ignore.includes(`!${path}`))).toEqual([]);
    expect(ignore).toContain('*');
    expect(ignore).toContain('**/connections.yaml');
    expect(ignore.some((line) => line.startsWith('!') && line.includes('secret'))).toBe(false);
  });
});
