/** A disk with room for so many bytes, as a full one behaves: what fits is written, then ENOSPC; a closed file without a name frees its room. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { vi } from 'vitest';

export interface SmallDisk extends Disposable {
  room: number;
  /** How often it was full. */
  readonly refused: number;
}

/** Of everything that this process writes with `writeSync` at a place of a file. */
export function smallDisk(bytes: number): SmallDisk {
  const { writeSync, closeSync } = fs;
  const held = new Map<number, number>();
  const disk = { room: bytes, refused: 0 };
  const write = vi.spyOn(fs, 'writeSync');
  const close = vi.spyOn(fs, 'closeSync');
  write.mockImplementation(((
    fd: number,
    buffer: Buffer,
    ...[offset, length, place]: readonly [number, number, number]
  ) => {
    if (disk.room <= 0) {
      disk.refused += 1;
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    const written = writeSync(fd, buffer, offset, Math.min(length, disk.room), place);
    disk.room -= written;
    held.set(fd, (held.get(fd) ?? 0) + written);
    return written;
  }) as typeof fs.writeSync);
  close.mockImplementation((fd) => {
    closeSync(fd);
    disk.room += held.get(fd) ?? 0;
    held.delete(fd);
  });
  syncBuiltinESMExports();
  return Object.assign(disk, {
    [Symbol.dispose]: () => {
      write.mockRestore();
      close.mockRestore();
      syncBuiltinESMExports();
    },
  });
}
