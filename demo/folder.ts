/** `.demo/`: everything that a demo leaves behind. A second demo beside a running one takes `.demo-2/`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isTaken(folder: string): boolean {
  try {
    return isAlive(Number(readFileSync(path.join(folder, 'pid'), 'utf8')));
  } catch {
    return false;
  }
}

/** An empty folder of this demo's own. */
export function takeFolder(): string {
  for (let number = 1; ; number++) {
    const folder = path.join(root, number === 1 ? '.demo' : `.demo-${number}`);
    if (isTaken(folder)) continue;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'pid'), String(process.pid));
    return folder;
  }
}

export interface Profile {
  readonly address: string;
  readonly namespace: string;
  readonly uiAddress: string;
}

/** `redoflow` finds this server by itself while it answers and nothing else is set. */
export const writeProfile = (folder: string, profile: Profile): void => {
  writeFileSync(path.join(folder, 'profile.json'), `${JSON.stringify(profile, null, 2)}\n`);
};

/** After the end the profile points nowhere; logs and the server's database stay for a look. */
export const leaveFolder = (folder: string): void => {
  for (const name of ['profile.json', 'pid']) rmSync(path.join(folder, name), { force: true });
};
