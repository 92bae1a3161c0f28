/** Instances that come and go, and what their threads of redo show of it. Source: Database Reference, V$THREAD; Real Application Clusters guides. */
import type { RedoLog } from './redo-log.ts';
import type { RedoThread } from './redo-thread.ts';

/** Its instance is shut down or dead; all its redo is on disk, and another instance has recovered it. */
export function closeThread(redo: RedoLog, thread: RedoThread): void {
  if (!thread.open) throw new Error(`thread ${thread.number} is closed`);
  thread.held = false;
  redo.flush(thread.number);
  thread.open = false;
  thread.closedScn = redo.scn;
  thread.life += 1;
}

/** Its instance starts, with the next sequence; between the two logs there may be a jump of SCNs. */
export function openThread(redo: RedoLog, thread: RedoThread): void {
  if (thread.open) throw new Error(`thread ${thread.number} is open`);
  if (!thread.enabled) throw new Error(`thread ${thread.number} is disabled`);
  const closedScn = thread.closedScn ?? 0;
  redo.advance();
  // After ENABLE and after RESETLOGS the newest file is new.
  if (closedScn >= thread.currentLog.firstScn) {
    redo.endLog(thread, closedScn + 1);
    redo.beginLog(thread);
  }
  thread.closedScn = undefined;
  thread.open = true;
  redo.flush(thread.number);
}

export function disableThread(redo: RedoLog, thread: RedoThread): void {
  if (thread.open) throw new Error(`thread ${thread.number} is open: close it first`);
  if (!thread.enabled) throw new Error(`thread ${thread.number} is disabled`);
  redo.endLog(thread, (thread.closedScn ?? redo.scn) + 1);
  thread.enabled = false;
  thread.disableScn = redo.advance();
}

/** It stays closed. */
export function enableThread(redo: RedoLog, thread: RedoThread): void {
  if (thread.enabled) throw new Error(`thread ${thread.number} is enabled`);
  thread.enabled = true;
  thread.enableScn = redo.advance();
  redo.beginLog(thread);
}

/** OPEN RESETLOGS after complete recovery: no change is lost, SCNs go on, sequences begin again. All threads are closed. */
export function resetlogs(redo: RedoLog): void {
  for (const thread of redo.threads) redo.endLog(thread, redo.scn + 1);
  redo.beginIncarnation();
  for (const thread of redo.threads) {
    for (const log of thread.logs) redo.archive.hasten(log);
    thread.clearGroups();
    if (!thread.enabled) continue;
    thread.enableScn = redo.incarnation.resetlogsScn;
    redo.beginLog(thread);
  }
}
