/** `redoflow recover NAME [--accept-gap | --resync-all, with --confirm NAME]`. */
import { command } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';

const BAD_INPUT = 2;
export const RECOVER_HELP = [
  'let a failed task try again from its kept position',
  '',
  'When redo that it needs is gone for good (source-redo-missing), there are two more ways, each with --confirm NAME:',
  '--resync-all copies every table anew and keeps the old pairs of tables under other names;',
  '--accept-gap gives up what changed up to now since the position, and goes on from here.',
].join('\n');

export interface RecoverFlags {
  readonly acceptGap?: boolean;
  readonly resyncAll?: boolean;
  readonly confirm?: string;
}

const RECOVERED = {
  'tries again': 'trying again from the kept position',
  'begins anew': 'its workflow task failed again and again; the run begins anew, from what is at the destination',
};

/** Only when failed, or when nothing reaches its run any more. */
export async function recover(redoflow: RedoflowClient, task: string, flags: RecoverFlags): Promise<void> {
  const { acceptGap = false, resyncAll = false } = flags;
  if (acceptGap && resyncAll) throw new Refusal('Choose one of --accept-gap and --resync-all.', BAD_INPUT);
  if ((acceptGap || resyncAll) && flags.confirm !== task) {
    const does = acceptGap ? 'gives up changes of every table for good' : 'copies every table anew';
    const flag = acceptGap ? '--accept-gap' : '--resync-all';
    throw new Refusal(
      `${flag} ${does}. To really do it: \`${command(`recover ${task} ${flag} --confirm ${task}`)}\`.`,
      BAD_INPUT,
    );
  }
  if (acceptGap) {
    await redoflow.acceptGap(task);
    console.log(`${task}: goes on from now; what changed since its position is given up (see its events)`);
  } else if (resyncAll) {
    await redoflow.resyncAll(task);
    console.log(`${task}: every table will be copied anew; the old tables are kept under other names`);
  } else {
    console.log(`${task}: ${RECOVERED[await redoflow.recover(task)]}`);
  }
}
