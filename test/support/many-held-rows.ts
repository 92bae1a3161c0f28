/** Holds more rows of one transaction than its heap could, and reads them again. Prints how many came back in their order. */
import { scn } from '../../model/scn.ts';
import { RowStore } from '../../oracle/held-rows.ts';
import { tableT } from './redo-notation.ts';
import { redoRow } from './redo-rows.ts';

const rows = Number(process.argv[2]);
const text = 'x'.repeat(4_000);
const store = new RowStore();
const held = store.hold();
for (let row = 0; row < rows; row++)
  held.push(redoRow({ scn: scn(String(1_000 + row)), sqlRedo: `${row} ${text}` }), tableT);
let inOrder = 0;
for (const { row } of held.inOrder()) if (row.sqlRedo?.startsWith(`${inOrder} `)) inOrder += 1;
held.release();
store.close();
process.stdout.write(`${inOrder}`);
