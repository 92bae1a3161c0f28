import type { OracleLogControls } from '../control-oracle-logs.ts';
import type { Instance } from './instance.ts';
import type { RedoThread } from './redo-thread.ts';
import { closeThread, disableThread, enableThread, openThread, resetlogs } from './thread-life.ts';

/** The control port's hand on the database's redo, instances and clock. `drop` ends all connections. */
export function logControls(instance: Instance, drop: () => void): OracleLogControls {
  const { redo, mining, clock, containers } = instance;
  return {
    switchLog: (thread) => {
      redo.switchLog(thread);
    },
    setLogBytes: (bytes) => {
      redo.logBytes = bytes;
    },
    setArchiveDelay: (milliseconds) => {
      redo.archive.setDelay(milliseconds);
    },
    setDestinations: (destinations) => {
      redo.archive.setDestinations(destinations);
    },
    purgeLogs: (order) => {
      const purged = redo.archive.purge(order);
      if (purged === 0) throw new Error('there is no such archived log, or it is gone already');
      return purged;
    },
    restoreLog: ({ thread, sequence }, times) => {
      const log = redo.thread(thread).logs.findLast((each) => each.sequence === sequence);
      if (log === undefined) throw new Error(`thread ${thread} has no log of sequence ${sequence}`);
      redo.archive.restore(log, times);
    },
    setThreads: (count) => {
      redo.setThreads(count);
    },
    changeThread: (number, action) => {
      changeThread(instance, redo.thread(number), action);
    },
    holdFlush: (number, holding) => {
      const thread = redo.thread(number);
      if (!thread.open) throw new Error(`thread ${number} is closed`);
      thread.held = holding;
      if (!holding) redo.flush(number);
    },
    setLateStart: (mode) => {
      mining.lateStart = mode;
    },
    limitMiningMemory: (bytes) => {
      mining.memoryBytes = bytes;
    },
    setContainers: (on) => {
      containers.on = on;
    },
    ...restarts(instance, drop),
    jumpScn: (to) => {
      redo.jumpTo(to);
    },
    setClock: ({ offsetMilliseconds, zoneMinutes }) => {
      if (offsetMilliseconds !== undefined) clock.shift(offsetMilliseconds);
      if (zoneMinutes !== undefined) clock.zoneMinutes = zoneMinutes;
    },
    ...loads(instance),
  };
}

function loads({ directLoads, catalog }: Instance): Pick<OracleLogControls, 'setForceLogging' | 'setTableLogging'> {
  return {
    setForceLogging: (on) => {
      directLoads.forceLogging = on;
    },
    setTableLogging: ({ owner, name }, on) => {
      const table = catalog.find(owner, name);
      if (table === undefined) throw new Error(`there is no table ${owner}.${name}`);
      directLoads.setLogging(table, on);
    },
  };
}

function changeThread(
  instance: Instance,
  thread: RedoThread,
  action: Parameters<OracleLogControls['changeThread']>[1],
): void {
  const { redo, transactions } = instance;
  switch (action) {
    case 'crash':
      if (thread.open) transactions.vanish(thread.number);
      closeThread(redo, thread);
      return;
    case 'close':
      // A shutdown rolls back; its sessions are gone all the same.
      for (const open of [...transactions.open]) if (open.thread === thread.number) open.rollback();
      closeThread(redo, thread);
      return;
    case 'open':
      openThread(redo, thread);
      return;
    case 'disable':
      disableThread(redo, thread);
      return;
    case 'enable':
      enableThread(redo, thread);
      return;
  }
}

/** What all instances go down for. */
function restarts(instance: Instance, drop: () => void): Pick<OracleLogControls, 'crash' | 'resetlogs' | 'setRole'> {
  const { redo, transactions, role } = instance;
  const restart = (between: () => void): void => {
    const open = redo.openThreads;
    transactions.vanish();
    drop();
    for (const thread of open) closeThread(redo, thread);
    between();
    for (const thread of open) openThread(redo, thread);
  };
  return {
    crash: (scnJump) => {
      restart(() => {
        if (scnJump > 0) redo.jumpTo(redo.scn + scnJump);
      });
    },
    resetlogs: () => {
      restart(() => {
        resetlogs(redo);
      });
    },
    setRole: (name) => {
      restart(() => {
        role.name = name;
      });
    },
  };
}
