/** Waits as a task and a copy do: by the loop of steps, for a time that messages move. */
import { defineSignal, setHandler } from '@temporalio/workflow';
import { StepLoop } from '../../workflows/step-loop.ts';

export const later = defineSignal('later');
export const sooner = defineSignal('sooner');

/** Ends when its time has come. */
export async function waits(): Promise<void> {
  const loop = new StepLoop();
  let wakeAt = Date.now() + 60_000;
  setHandler(later, () => {
    wakeAt += 1_000;
    loop.touch();
  });
  setHandler(sooner, () => {
    wakeAt = Date.now() + 50;
    loop.touch();
  });
  for (;;) {
    const { seen } = loop;
    if (loop.now >= wakeAt) return;
    await loop.change(seen, wakeAt);
  }
}
