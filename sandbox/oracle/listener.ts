import { createServer, type AddressInfo } from 'node:net';
import type { Engine } from './engine.ts';
import { PROFILES, type ProfileName } from './handshake.ts';
import { Verifiers } from './login.ts';
import { OracleSession } from './session.ts';

/** Asked at the moment they matter, so that they can change while the listener runs. */
export interface ListenerFaults {
  /** New connections are closed before anything is said. */
  refuse(): boolean;
}

export interface ListenOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly profile: ProfileName;
  readonly faults?: ListenerFaults;
}

export interface OracleListener {
  readonly port: number;
  /** Ends all connections and waits until their transactions are rolled back. */
  close(): Promise<void>;
  /** Number of open connections. */
  sessions(): number;
  /** Ends all connections without a word, as a failing network does; new ones are taken. */
  dropAll(): void;
}

/**
 * Listens for Oracle clients on 127.0.0.1 and lets them talk to the engine.
 * @throws when the port is taken.
 */
export async function listen(engine: Engine, options: ListenOptions): Promise<OracleListener> {
  const open = new Set<OracleSession>();
  const verifiers = new Verifiers(engine.passwords);
  const profile = PROFILES[options.profile];
  let lastNumber = 0;

  const server = createServer((socket) => {
    if (options.faults?.refuse() === true) {
      socket.destroy();
      return;
    }
    lastNumber += 1;
    const session = new OracleSession(socket, { engine, verifiers, profile, number: lastNumber });
    open.add(session);
    void session.closed.then(() => open.delete(session));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });

  const dropAll = (): void => {
    for (const session of open) session.drop();
  };
  return {
    port: portOf(server.address()),
    sessions: () => open.size,
    dropAll,
    close: async () => {
      const stopped = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      const gone = [...open].map(async (session) => session.closed);
      dropAll();
      await Promise.all([stopped, ...gone]);
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port');
  return address.port;
}
