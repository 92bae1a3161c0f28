/** connections.yaml → sources, sinks and contacts by name. Secrets are read here, when a connection is first used, and go nowhere else. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CheckDependencies } from '../activities/check-dependencies.ts';
import type { Contact, Sink, Source } from '../activities/ports.ts';
import { MaxComputeSink } from '../maxcompute/sink.ts';
import {
  parseConnections,
  WEBHOOK_URL,
  type Connection,
  type Connections,
  type Contacts,
  type MaxComputeConnection,
  type OracleConnection,
  type Registered,
  type SecretReference,
} from '../model/connections.ts';
import type { RegisteredConnection } from '../model/check-task.ts';
import { Failure } from '../model/failure.ts';
import { formatInputErrors } from '../model/input-errors.ts';
import { outOfResources } from '../model/worker-resources.ts';
import { OracleSource } from '../oracle/source.ts';
import type { ScratchOptions } from '../oracle/spilled-rows.ts';
import type { Scrubber } from './scrubber.ts';
import { Webhook } from './webhook.ts';

/** @throws Failure bad-input with everything that is wrong with the file. */
export function readConnections(path: string): Registered {
  let written: unknown;
  try {
    written = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it is not YAML';
    throw new Failure('bad-input', `cannot read connections from ${path} (${reason}); set REDOFLOW_CONNECTIONS`);
  }
  const parsed = parseConnections(written);
  if (!parsed.ok) throw new Failure('bad-input', formatInputErrors(path, parsed.errors));
  return parsed;
}

export interface RegistryOptions {
  /** Hears what a person who looks after the worker should know. */
  readonly told?: (text: string) => void;
  /** Of each source. */
  readonly scratch?: ScratchOptions;
}

export class ConnectionRegistry implements CheckDependencies {
  private readonly known: Connections;
  private readonly contacts: Contacts;
  private readonly scrubber: Scrubber;
  private readonly told: RegistryOptions['told'];
  private readonly scratch: ScratchOptions;
  private readonly sources = new Map<string, OracleSource>();
  private readonly sinks = new Map<string, MaxComputeSink>();

  constructor({ connections, contacts }: Registered, scrubber: Scrubber, { told, scratch = {} }: RegistryOptions = {}) {
    this.scratch = scratch;
    this.known = connections;
    this.contacts = contacts;
    this.scrubber = scrubber;
    this.told = told;
  }

  source(name: string): Source {
    const known = this.sources.get(name);
    if (known) return known;
    const { user, password, ...rest } = this.find(name, 'oracle');
    const source = new OracleSource(
      { ...rest, user: this.plain(user), password: this.secret(password) },
      { scratch: this.scratch },
    );
    this.sources.set(name, source);
    return source;
  }

  sink(name: string): Sink {
    const known = this.sinks.get(name);
    if (known) return known;
    const { accessKeyId, accessKeySecret, stsToken, ...rest } = this.find(name, 'maxcompute');
    // Files of temporary credentials are replaced while a worker runs.
    const readAgain = () => ({
      accessKeyId: this.plain(accessKeyId),
      accessKeySecret: this.secret(accessKeySecret),
      ...(stsToken && { stsToken: this.secret(stsToken) }),
    });
    const connection = { ...rest, ...readAgain(), readAgain };
    const sink = new MaxComputeSink(connection, undefined, (text) => this.told?.(`${name}: ${text}`));
    this.sinks.set(name, sink);
    return sink;
  }

  /** Its secret is read anew each time: a file may have been replaced. */
  contact(name: string): Contact {
    const contact = this.contacts[name];
    if (!contact) {
      const names = Object.keys(this.contacts).join(', ') || 'none';
      throw new Failure('bad-input', `no contact is registered as "${name}" in connections.yaml; known: ${names}`);
    }
    const secret = this.secret(contact.secret);
    if (secret === '') throw new Failure('bad-input', `the secret of contact ${name} is empty`);
    if (typeof contact.url === 'string') return new Webhook(contact.url, secret);
    const url = this.secret(contact.url);
    if (!WEBHOOK_URL.test(url))
      throw new Failure('bad-input', `the url of contact ${name} is not an http or https address`);
    return new Webhook(url, secret);
  }

  /** By name, without anything secret: also a user name that is kept like a secret stays untold. */
  connections(): readonly RegisteredConnection[] {
    return Object.entries(this.known)
      .map(([name, connection]) => ({ name, ...publicFacts(connection) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.sources.values()].map((source) => source.close()),
      ...[...this.sinks.values()].map((sink) => sink[Symbol.asyncDispose]()),
    ]);
  }

  private find(name: string, type: 'oracle'): OracleConnection;
  private find(name: string, type: 'maxcompute'): MaxComputeConnection;
  private find(name: string, type: Connection['type']): Connection {
    const connection = this.known[name];
    if (connection?.type === type) return connection;
    const others = Object.entries(this.known).filter(([, candidate]) => candidate.type === type);
    const names = others.map(([candidate]) => candidate).join(', ') || 'none';
    throw new Failure('bad-input', `no ${type} connection is registered as "${name}"; known: ${names}`);
  }

  private plain(value: string | SecretReference): string {
    return typeof value === 'string' ? value : readReference(value);
  }

  private secret(reference: SecretReference): string {
    const secret = readReference(reference);
    this.scrubber.learn(secret);
    return secret;
  }
}

function publicFacts(connection: Connection): Omit<RegisteredConnection, 'name'> {
  if (connection.type === 'maxcompute') {
    return { kind: 'maxcompute', address: `${connection.project} at ${connection.endpoint}` };
  }
  const { host, port, sid, service, user } = connection;
  const hosts = typeof host === 'string' ? host : host.join(',');
  const address = `${hosts}:${port}/${service ?? sid ?? ''}`;
  return { kind: 'oracle', address, ...(typeof user === 'string' && { user }) };
}

/** The value that a reference names; the last newline of a file does not count. */
function readReference(reference: SecretReference): string {
  if ('env' in reference) {
    const value = process.env[reference.env];
    if (value === undefined || value === '')
      throw new Failure('bad-input', `environment variable ${reference.env} is not set`);
    return value;
  }
  try {
    return readFileSync(reference.file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const unreadable = `file ${reference.file} of a secret cannot be read`;
    throw outOfResources(error, unreadable) ?? new Failure('bad-input', unreadable);
  }
}
