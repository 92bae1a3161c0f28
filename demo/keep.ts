/** `--keep`: the demo stays. A line of SQL changes the source, and its rows of `_log` are shown as they arrive. */
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { RedoflowClient } from '../client/index.ts';
import type { Addresses } from './parts.ts';
import { bad, good, say, scene } from './show.ts';
import { Warehouse } from './warehouse.ts';
import { connect } from './workload.ts';

export interface Kept {
  readonly addresses: Addresses;
  readonly redoflow: RedoflowClient;
  readonly task: string;
  readonly uiAddress: string;
}

const ARRIVES_WITHIN_MS = 30_000;

/** Until Ctrl-C or the end of input. */
export async function keepGoing({ addresses, task, uiAddress }: Kept): Promise<void> {
  scene('the demo stays; Ctrl-C ends it');
  say(`Temporal UI ${uiAddress} · npm run -s redoflow -- status ${task}`);
  say(`Type SQL for the source, for example: UPDATE HR.ORDERS SET NOTE = 'hello' WHERE ID = 42`);
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

  async function run(sql: string): Promise<void> {
    const [before] = await warehouse.select('SELECT MAX(record_id) FROM orders_log');
    const last = before?.[0] ?? '0';
    const { rowsAffected = 0 } = await writer.execute(sql, [], { autoCommit: true });
    say(`${rowsAffected} rows changed and committed`);
    const end = Date.now() + ARRIVES_WITHIN_MS;
    while (rowsAffected > 0 && Date.now() < end) {
      const columns = 'record_id, operation_flag, before_flag, after_flag, id, note, amount, created';
      const rows = await warehouse.select(
        `SELECT ${columns} FROM orders_log WHERE record_id > ${last} ORDER BY record_id, after_flag`,
      );
      for (const row of rows) say(good(`orders_log  ${row.map((value) => value ?? 'NULL').join(' | ')}`));
      if (rows.length > 0) return;
      await wait(250);
    }
  }
}
