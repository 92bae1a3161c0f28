/** `--keep`: the demo stays. A line of SQL changes the source, and its rows of `_log` are shown as they arrive. */
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { TableProgress } from '../model/progress.ts';
import type { Addresses } from './parts.ts';
import { bad, good, say, scene } from './show.ts';
import { TABLES } from './tables.ts';
import { Warehouse } from './warehouse.ts';
import { connect } from './workload.ts';

export interface Kept {
  readonly addresses: Addresses;
  readonly tables: readonly TableProgress[];
  readonly task: string;
  readonly uiAddress: string;
}

const ARRIVES_WITHIN_MS = 30_000;
const SHOWN_MAX = 10;

/** Until Ctrl-C. */
export async function keepGoing({ addresses, tables, task, uiAddress }: Kept): Promise<void> {
  scene('the demo stays; Ctrl-C ends it');
  say(`Temporal UI ${uiAddress} · npm run -s redoflow -- watch ${task}`);
  say(`Type SQL for the source, for example: UPDATE ${TABLES.orders.table} SET NOTE = 'hello' WHERE ID = 42`);
  await using writer = await connect(addresses.oracle);
  const warehouse = new Warehouse(addresses.maxcompute);
  const input = createInterface({ input: process.stdin });
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  const listen = async (): Promise<void> => {
    for await (const line of input) {
      const sql = line.trim().replace(/;$/, '');
      if (sql === '') continue;
      try {
        await run(sql);
      } catch (error) {
        say(bad(error instanceof Error ? error.message : String(error)));
      }
    }
  };
  void listen();
  await ended;
  input.close();

  /** The highest record id of all logs: they are numbered together. */
  async function lastRecord(): Promise<number> {
    const highest = await Promise.all(tables.map(({ log }) => warehouse.select(`SELECT MAX(record_id) FROM ${log}`)));
    return Math.max(0, ...highest.map(([row]) => Number(row?.[0] ?? 0)));
  }

  async function arrived(last: number): Promise<boolean> {
    let any = false;
    for (const { log } of tables) {
      const where = `WHERE record_id > ${last} ORDER BY record_id, after_flag LIMIT ${SHOWN_MAX}`;
      for (const row of await warehouse.select(`SELECT * FROM ${log} ${where}`)) {
        any = true;
        say(good(`${log}  ${row.map((value) => value ?? 'NULL').join(' | ')}`));
      }
    }
    return any;
  }

  async function run(sql: string): Promise<void> {
    const last = await lastRecord();
    const { rowsAffected, rows } = await writer.execute<unknown[]>(sql, [], { autoCommit: true, maxRows: SHOWN_MAX });
    for (const row of rows ?? []) say(row.map(String).join(' | '));
    if (rowsAffected === undefined) return;
    say(`${rowsAffected} ${rowsAffected === 1 ? 'row' : 'rows'} changed and committed`);
    for (const end = Date.now() + ARRIVES_WITHIN_MS; rowsAffected > 0 && Date.now() < end;) {
      if (await arrived(last)) return;
      await wait(250);
    }
  }
}
