import { startControl, type ControlTargets } from './control.ts';
import type { OracleTargets } from './control-oracle.ts';
import { redoTargets } from './control-redo.ts';
import { startMaxCompute } from './maxcompute/server.ts';
import { createDatabase, type Database } from './oracle/database.ts';
import { logControls } from './oracle/log-controls.ts';
import { OracleFaults } from './oracle/faults.ts';
import type { ProfileName } from './oracle/handshake.ts';
import { listen, type OracleListener } from './oracle/listener.ts';

export interface SandboxOptions {
  /** Ports on 127.0.0.1; 0 or absent = any free one. */
  readonly oraclePort?: number;
  readonly maxComputePort?: number;
  readonly controlPort?: number;
  /** `demo` has tables and rows, `empty` (the default) has none. */
  readonly seed?: 'demo' | 'empty';
  /** Which database the Oracle side pretends to be; default 19c. */
  readonly profile?: ProfileName;
  /** How long redo may wait for the log writer, when no commit makes it write; default 1,000. Tests that wait for redo ask for less. */
  readonly heartbeatMilliseconds?: number;
}

/** Where clients find the sandbox; the line that `sandbox/main.ts` prints. */
export interface SandboxAddresses {
  readonly oracle: {
    /** `host:port/service` */
    readonly connectString: string;
    readonly user: string;
    readonly password: string;
    readonly sysUser: string;
    readonly sysPassword: string;
  };
  readonly maxcompute: {
    readonly endpoint: string;
    readonly project: string;
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
  };
  /** Address of the control port: faults, and the journal of committed changes. */
  readonly control: string;
}

export interface Sandbox extends SandboxAddresses, AsyncDisposable {}

/** What V$INSTANCE says, to match what the login says. */
const versions = {
  '19c': { short: '19.0.0.0.0', full: '19.21.0.0.0' },
  '23ai': { short: '23.0.0.0.0', full: '23.9.0.0.0' },
} as const satisfies Record<ProfileName, { short: string; full: string }>;

/** What is closed in reverse order of its start. Node 20 has no AsyncDisposableStack. */
class Started {
  readonly #closers: (() => Promise<void>)[] = [];

  add<Server extends { close(): Promise<void> }>(server: Server): Server {
    this.#closers.push(async () => server.close());
    return server;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** Starts the pretended Oracle, the pretended MaxCompute and their control port, all on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const started = new Started();
  try {
    return await startAll(options, started);
  } catch (error) {
    await started.close();
    throw error;
  }
}

function oracleTargets(database: Database, listener: OracleListener, faults: OracleFaults): OracleTargets {
  const { accounts, undo } = database;
  return {
    refuse: (refusal) => {
      faults.setRefusal(refusal);
    },
    setListening: async (on) => listener.setListening(on),
    drop: () => {
      listener.dropAll();
    },
    freeze: (on) => {
      faults.freeze(on);
    },
    addFault: (rule) => faults.add(rule),
    faults: () => faults.rules(),
    clearFaults: () => {
      faults.clear();
    },
    switchLog: () => {
      database.switchLog();
    },
    forgetUndo: (before) => {
      undo.forgetBefore(before === 'now' ? Number.POSITIVE_INFINITY : before);
    },
    retainUndo: (scns) => {
      undo.retain(scns);
    },
    setUser: (user) => {
      accounts.set(user);
    },
    grant: (user, privileges) => {
      const account = accounts.existing(user);
      for (const privilege of privileges) account.grant(privilege);
    },
    revoke: (user, privileges) => {
      const account = accounts.existing(user);
      for (const privilege of privileges) account.revoke(privilege);
    },
  };
}

async function startAll(options: SandboxOptions, started: Started): Promise<Sandbox> {
  const profile = options.profile ?? '19c';
  const database = createDatabase({
    seed: options.seed ?? 'empty',
    version: versions[profile],
    ...(options.heartbeatMilliseconds !== undefined && { heartbeatMilliseconds: options.heartbeatMilliseconds }),
  });
  const faults = new OracleFaults();
  const listener = started.add(await listen(database, { port: options.oraclePort ?? 0, profile, faults }));
  const warehouse = started.add(await startMaxCompute({ port: options.maxComputePort ?? 0 }));
  const targets: ControlTargets = {
    journal: (after) => database.journal(after),
    oracle: oracleTargets(database, listener, faults),
    redo: redoTargets(database.instance),
    oracleLogs: logControls(database.instance, () => {
      listener.dropAll();
    }),
    maxComputeFaults: warehouse.faults,
    refuseMaxCompute: (on) => {
      warehouse.faults.refuse(on);
    },
    setCommitPersonality: (again) => {
      warehouse.faults.setCommitPersonality(again);
    },
    failNext: (fault) => {
      warehouse.faults.failNext(fault);
    },
    slow: (operation, milliseconds) => {
      warehouse.faults.slow(operation, milliseconds);
    },
    expireSession: (id) => {
      warehouse.faults.expireSession(id);
    },
  };
  const control = started.add(await startControl(targets, { port: options.controlPort ?? 0 }));
  const { user, password, sysUser, sysPassword, service } = database;
  const { endpoint, project, accessKeyId, accessKeySecret } = warehouse;
  return {
    oracle: { connectString: `127.0.0.1:${listener.port}/${service}`, user, password, sysUser, sysPassword },
    maxcompute: { endpoint, project, accessKeyId, accessKeySecret },
    control: control.url,
    [Symbol.asyncDispose]: async () => started.close(),
  };
}
