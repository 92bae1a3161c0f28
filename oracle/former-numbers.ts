/** Object numbers that tables have had: redo of a partition that was dropped meanwhile has its number, and no name any more. */
import { objectIds } from '../model/table.ts';
import type { TableDescription, TableName } from '../model/table.ts';

interface Seen {
  readonly objectId: string;
  readonly numbers: Set<string>;
}

export class FormerNumbers {
  readonly #seen = new Map<TableName, Seen>();

  /** With the numbers that earlier descriptions of the same table had. A table that was dropped and created again is another one. */
  addTo(description: TableDescription): TableDescription {
    const { table, objectId } = description;
    const now = objectIds(description);
    const seen = this.#seen.get(table);
    if (seen?.objectId !== objectId) {
      this.#seen.set(table, { objectId, numbers: new Set(now) });
      return description;
    }
    const formerObjectIds = [...seen.numbers].filter((number) => !now.includes(number));
    for (const number of now) seen.numbers.add(number);
    return formerObjectIds.length === 0 ? description : { ...description, formerObjectIds };
  }
}
