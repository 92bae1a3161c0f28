/** The sandbox's journal of committed changes, read a piece at a time, without the transactions that filled the tables. */
import type { JournalEntry } from './compare.ts';
import { control, type Addresses } from './parts.ts';

interface Numbered extends JournalEntry {
  readonly number: number;
}

export class Journal {
  private readonly addresses: Addresses;
  private readonly read: Numbered[] = [];
  private last: number;

  private constructor(addresses: Addresses, last: number) {
    this.addresses = addresses;
    this.last = last;
  }

  /** @param fills how many transactions made the first rows. @throws when there were more or fewer */
  static async after(addresses: Addresses, fills: number): Promise<Journal> {
    const { length } = await entries(addresses, fills - 1);
    if (length !== 1) throw new Error(`the journal holds ${fills - 1 + length} transactions instead of ${fills}`);
    return new Journal(addresses, fills);
  }

  /** Everything that was committed by now. */
  async all(): Promise<readonly JournalEntry[]> {
    for (const entry of await entries(this.addresses, this.last)) {
      if (entry.number !== this.last + 1) throw new Error(`the journal has no transaction ${this.last + 1}`);
      this.last = entry.number;
      this.read.push(entry);
    }
    return this.read;
  }
}

async function entries(addresses: Addresses, after: number): Promise<readonly Numbered[]> {
  const answer = await control(addresses, `/journal?after=${after}`, undefined);
  return (answer as { entries: readonly Numbered[] }).entries; // the sandbox's own answer
}
