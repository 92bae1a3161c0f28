import { readFileSync } from 'node:fs';
import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { findPython, runPeer } from './python.ts';

/*
 * A login holds random challenges, so the bytes of a TNS session cannot be replayed. What is recorded is the dialogue one
 * level up (statements, binds, rows, error codes), and where there is no Python, node-oracledb asks it again.
 */

type Bind = string | number | null | { readonly remembered: string };

interface Step {
  readonly do: 'connect' | 'execute' | 'executemany' | 'commit' | 'rollback';
  readonly sql?: string;
  readonly binds?: readonly (Bind | readonly Bind[])[] | Readonly<Record<string, Bind>>;
  readonly remember?: string;
}

interface Turn {
  readonly step: Step;
  readonly answer: Readonly<Record<string, unknown>>;
}

interface Transcript {
  readonly recorded: string;
  readonly profiles: Readonly<Record<'19c' | '23ai', readonly Turn[]>>;
}

const PROFILES = ['19c', '23ai'] as const;

const transcript = JSON.parse(
  readFileSync(new URL('transcripts/oracledb.json', import.meta.url), 'utf8'),
) as Transcript;

const python = await findPython();
const absent = 'missing' in python ? python.missing : undefined;

/** node-oracledb writes .5 where Python writes 0.5. */
const NUMBER_AS_TEXT = {
  type: oracledb.STRING,
  converter: (text: unknown): string | null => (typeof text === 'string' ? text.replace(/^(-?)\./, '$10.') : null),
};

/** Asks what python-oracledb asked, with node-oracledb, and answers in the same words. */
class Replay {
  private readonly connection: oracledb.Connection;
  private readonly remembered = new Map<string, string>();

  private constructor(connection: oracledb.Connection) {
    this.connection = connection;
  }

  static async open({ oracle }: Sandbox): Promise<Replay> {
    const { connectString, user, password } = oracle;
    return new Replay(await oracledb.getConnection({ connectString, user, password }));
  }

  async ask(step: Step): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await this.answer(step);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return { error: error.code };
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async answer(step: Step): Promise<Readonly<Record<string, unknown>>> {
    switch (step.do) {
      case 'connect':
        return { major: Math.floor(this.connection.oracleServerVersion / 100_000_000) };
      case 'commit':
        await this.connection.commit();
        return {};
      case 'rollback':
        await this.connection.rollback();
        return {};
      case 'executemany':
        return { affected: (await this.connection.executeMany(step.sql ?? '', this.rowsOf(step))).rowsAffected };
      case 'execute':
        return await this.execute(step);
    }
  }

  private async execute(step: Step): Promise<Readonly<Record<string, unknown>>> {
    const result = await this.connection.execute<unknown[]>(step.sql ?? '', this.bindsOf(step), {
      fetchTypeHandler: ({ dbType }) => (dbType === oracledb.DB_TYPE_NUMBER ? NUMBER_AS_TEXT : undefined),
    });
    if (result.rows === undefined) return { affected: result.rowsAffected ?? 0 };
    const names = result.metaData?.map(({ name }) => name);
    if (step.remember === undefined) return { names, rows: result.rows };
    this.remembered.set(step.remember, String(result.rows[0]?.[0]));
    return { names };
  }

  private rowsOf(step: Step): unknown[][] {
    const rows = Array.isArray(step.binds) ? (step.binds as readonly (readonly Bind[])[]) : [];
    return rows.map((row) => row.map((bind) => this.bound(bind)));
  }

  private bindsOf(step: Step): oracledb.BindParameters {
    if (step.binds === undefined) return [];
    if (Array.isArray(step.binds)) return (step.binds as readonly Bind[]).map((bind) => this.bound(bind));
    return Object.fromEntries(
      Object.entries(step.binds as Readonly<Record<string, Bind>>).map(([name, bind]) => [name, this.bound(bind)]),
    );
  }

  private bound(bind: Bind): string | number | null {
    if (bind === null || typeof bind !== 'object') return bind;
    return this.remembered.get(bind.remembered) ?? null;
  }
}

describe.each(PROFILES)('the Oracle stand-in as %s', (profile) => {
  test.skipIf(absent !== undefined)(
    `python-oracledb, unmodified, has the recorded dialogue${absent === undefined ? '' : ` (not run live: ${absent})`}`,
    async () => {
      if ('missing' in python) throw new Error(python.missing);
      await using sandbox = await startSandbox({ profile });
      const { connectString, user, password } = sandbox.oracle;
      const printed = await runPeer(python.executable, 'oracledb_peer.py', [connectString, user, password]);
      expect(printed).toEqual(transcript.profiles[profile]);
    },
  );

  test('node-oracledb gets the answers that python-oracledb got', async () => {
    await using sandbox = await startSandbox({ profile });
    const replay = await Replay.open(sandbox);
    try {
      for (const { step, answer } of transcript.profiles[profile]) {
        expect(await replay.ask(step), `${step.do} ${step.sql ?? ''}`).toEqual(answer);
      }
    } finally {
      await replay.close();
    }
    expect(transcript.profiles[profile].length).toBeGreaterThan(30);
  });
});
