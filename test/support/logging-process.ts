/** Logs so many lines as a worker does, then says on standard error that it is still there. */
import { createLog } from '../../worker/log.ts';
import { Scrubber } from '../../worker/scrubber.ts';

const log = createLog('info', new Scrubber());
for (let line = 0; line < Number(process.argv[2]); line++) log.info({ line }, 'a window is done');
process.stderr.write('still there\n');
