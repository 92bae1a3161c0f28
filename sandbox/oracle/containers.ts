/**
 * A container database with one pluggable database of ours. Sources: Multitenant Administrator's Guide; Database Reference, "V$CONTAINERS";
 * Database Utilities, "Using LogMiner in a CDB": in the root rows of all containers, inside a pluggable database no ADD_LOGFILE (ORA-65040).
 */

/** Where a session is. `none`: the database has no containers. */
export type Container = 'none' | 'root' | 'pluggable';

/** By order of the control port. */
export interface Containers {
  on: boolean;
}

/** The database's own service is that of the pluggable database. */
export const ROOT_SERVICE = 'CDBROOT';

const ROOT_UID = '1';
const OURS_UID = '2718281828';
/** A clone of ours, with the same object numbers, under the same load, and with the same XIDs: each has undo of its own. */
const CLONE_UID = '1414213562';

export const containerOf = ({ on }: Readonly<Containers>, service: string): Container => {
  if (!on) return 'none';
  return service.toUpperCase() === ROOT_SERVICE ? 'root' : 'pluggable';
};

export function containerRows(container: Container): readonly { CON_ID: string; CON_UID: string; NAME: string }[] {
  const root = { CON_ID: '1', CON_UID: ROOT_UID, NAME: 'CDB$ROOT' };
  const ours = { CON_ID: '3', CON_UID: OURS_UID, NAME: 'ORCL' };
  switch (container) {
    case 'none':
      return [{ CON_ID: '0', CON_UID: '0', NAME: 'ORCL' }];
    case 'root':
      return [root, ours, { CON_ID: '4', CON_UID: CLONE_UID, NAME: 'CLONE' }];
    case 'pluggable':
      return [ours];
  }
}

/** SRC_CON_UID of what is mined there; in the root the clone's row comes with each of ours. */
export function minedContainers(container: Container): readonly string[] {
  switch (container) {
    case 'none':
      return ['0'];
    case 'root':
      return [CLONE_UID, OURS_UID];
    case 'pluggable':
      return [OURS_UID];
  }
}
