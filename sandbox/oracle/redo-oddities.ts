import type { RedoAside, RedoBlemish, RedoKind } from './redo-types.ts';

/** What redo shows now and then and no statement of ours provokes; asked for through the control port. */
export type Oddity = RedoBlemish | Exclude<RedoAside, 'missing scn'>;

interface Order {
  readonly oddity: Oddity;
  readonly table: { readonly owner: string; readonly name: string };
  left: number;
}

/** Waits for changes of tables, each of which then takes one oddity with it into the redo. */
export class RedoOddities {
  #orders: Order[] = [];

  /** For the next so many changes of the table, of any session. */
  expect(oddity: Oddity, table: { readonly owner: string; readonly name: string }, times: number): void {
    this.#orders.push({ oddity, table, left: times });
  }

  take(table: { readonly owner: string; readonly name: string }, kind: RedoKind): Oddity | undefined {
    if (this.#orders.length === 0) return undefined;
    const order = this.#orders.find(
      (waiting) =>
        waiting.table.owner === table.owner &&
        waiting.table.name === table.name &&
        // A row that is not there yet cannot be locked.
        (waiting.oddity !== 'select for update' || kind !== 'insert'),
    );
    if (order === undefined) return undefined;
    order.left -= 1;
    if (order.left === 0) this.#orders = this.#orders.filter((waiting) => waiting !== order);
    return order.oddity;
  }
}
