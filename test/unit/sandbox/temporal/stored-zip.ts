import { crc32 } from '@node-rs/crc32';

/** The smallest ZIP archive of one stored member (PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16). */
export function storedZip(name: string, content: Buffer): Buffer {
  const sizes = Buffer.alloc(16);
  sizes.writeUInt32LE(crc32(content), 0);
  sizes.writeUInt32LE(content.length, 4);
  sizes.writeUInt32LE(content.length, 8);
  sizes.writeUInt16LE(Buffer.byteLength(name), 12);
  const versionFlagsMethodTime = Buffer.from([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58]);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), versionFlagsMethodTime, sizes, Buffer.from(name), content]);
  const madeBy = Buffer.from([20, 0]);
  const restOfEntry = Buffer.alloc(14); // comment, disk, attributes, and the local header at offset 0
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    madeBy,
    versionFlagsMethodTime,
    sizes,
    restOfEntry,
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
