import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Engine } from './engine.ts';
import type { OracleFaults } from './faults.ts';
import { PROFILES, type ProfileName } from './handshake.ts';
import { Verifiers } from './login.ts';
import { OracleSession } from './session.ts';

export interface ListenOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly profile: ProfileName;
  readonly faults?: OracleFaults;
}

export interface OracleListener {
  readonly port: number;
  /** Ends all connections and waits until their transactions are rolled back. */
  close(): Promise<void>;
  /** Number of open connections. */
  sessions(): number;
  /** Ends all connections without a word, as a failing network does; new ones are taken. */
  dropAll(): void;
  /** Stops listening, so that the port is closed, while open connections stay; or listens again on the same port. */
  setListening(on: boolean): Promise<void>;
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
    const refusal = options.faults?.refuse() ?? false;
    if (refusal === true) {
      socket.destroy();
      return;
    }
    lastNumber += 1;
    const session = new OracleSession(socket, {
      engine,
      verifiers,
      profile,
      number: lastNumber,
      ...(refusal === false ? {} : { refusal }),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
    });
    open.add(session);
    void session.closed.then(() => open.delete(session));
  });
  await startListening(server, options.port);
  const port = portOf(server.address());

  const dropAll = (): void => {
    for (const session of open) session.drop();
  };
  return {
    port,
    sessions: () => open.size,
    dropAll,
    setListening: async (on) => {
      if (on === server.listening) return;
      // Closing is over when the last connection is gone, but the port is closed at once.
      if (on) await startListening(server, port);
      else server.close();
    },
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

async function startListening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port');
  return address.port;
}
