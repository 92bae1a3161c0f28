/** Settings → a connection to Temporal. The environment wins over everything; the demo's profile is the last resort. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { parseSettings } from '../model/settings.ts';
import { badInput, Refusal, sentenceOf } from './refusal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the demo writes into `.demo/profile.json` while it runs. */
const demoProfile = z.object({ address: z.string(), namespace: z.string() });
const CONNECT_MS = 5000;
/** On this machine nothing is far away. */
const LOOPBACK_MS = 2000;
const LOOPBACK = /^(?:127\.[\d.]+|localhost|\[::1\]):/;

/** Temporal does not answer. */
export class NoTemporal extends Refusal {}
const DEMO_MS = 1000;

/**
 * Connects as the Temporal CLI would: TEMPORAL_* variables, then the profile of temporal.toml; when neither says anything,
 * the demo's server while it answers, else 127.0.0.1:7233. Close `client.connection` when done.
 * @throws Refusal when the settings are wrong (exit 2) or Temporal does not answer (exit 1).
 */
export async function connect(
  environment: Environment,
  directory: string,
): Promise<Client & { connection: Connection }> {
  const parsed = parseSettings(environment);
  if (!parsed.ok) throw badInput('environment', parsed.errors);
  const profile = readProfile(environment);
  const { address: named, tls, apiKey, metadata } = profile.connectionOptions;
  const inProfile = [profile.namespace, named, tls, apiKey, metadata].some((value) => value !== undefined);
  const nothingSet = !inProfile && !Object.keys(environment).some((name) => name.startsWith('TEMPORAL_'));
  const demo = nothingSet ? await connectToDemo(directory) : undefined;
  if (demo) return demo;
  const { temporalAddress, temporalNamespace } = parsed.settings;
  const address = named ?? temporalAddress;
  const namespace = profile.namespace ?? temporalNamespace;
  try {
    return await open(namespace, {
      address,
      connectTimeout: LOOPBACK.test(address) ? LOOPBACK_MS : CONNECT_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  } catch (error) {
    throw new NoTemporal(
      `Temporal does not answer at ${address} (${sentenceOf(error)}); start it (temporal server start-dev), or set TEMPORAL_ADDRESS.`,
      1,
      { cause: error },
    );
  }
}

async function open(namespace: string, options: ConnectionOptions): Promise<Client & { connection: Connection }> {
  const connection = await Connection.connect(options);
  return Object.assign(new Client({ connection, namespace }), { connection });
}

function readProfile(environment: Environment): ClientConnectConfig {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    throw new Refusal(`The Temporal profile cannot be read: ${sentenceOf(error)}`, 2, { cause: error });
  }
}

async function connectToDemo(directory: string): Promise<(Client & { connection: Connection }) | undefined> {
  try {
    const written: unknown = JSON.parse(readFileSync(resolve(directory, '.demo', 'profile.json'), 'utf8'));
    const { address, namespace } = demoProfile.parse(written);
    return await open(namespace, { address, connectTimeout: DEMO_MS });
  } catch {
    return undefined; // no demo, or it has ended: its profile means nothing then
  }
}
