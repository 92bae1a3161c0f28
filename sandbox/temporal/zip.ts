/**
 * Reads one member of a ZIP archive: enough for a Python wheel.
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end record).
 * Not read: ZIP64 (wheels of a gigabyte and more), encryption, methods other than stored and deflated.
 */
import { promisify } from 'node:util';
import { crc32 } from '@node-rs/crc32';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

const END_RECORD = 0x06054b50;
const CENTRAL_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_RECORD_BYTES = 22;
const CENTRAL_ENTRY_BYTES = 46;
const LOCAL_ENTRY_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly localOffset: number;
}

/** The unpacked bytes of the first member whose name is wanted, checked against its CRC-32. */
export async function unzipOne(archive: Buffer, wanted: (name: string) => boolean): Promise<Buffer> {
  const entries = centralDirectory(archive);
  const entry = entries.find(({ name }) => wanted(name));
  if (!entry)
    throw new Error(`the archive does not contain the program, only ${entries.map(({ name }) => name).join(', ')}`);
  const content = await unpack(entry, packedBytes(archive, entry));
  if (crc32(content) !== entry.crc)
    throw new Error(`${entry.name} is damaged: its CRC-32 is not the one of the archive`);
  return content;
}

function centralDirectory(archive: Buffer): readonly Entry[] {
  const end = endRecord(archive);
  const count = archive.readUInt16LE(end + 10);
  const entries: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_ENTRY_BYTES > archive.length || archive.readUInt32LE(at) !== CENTRAL_ENTRY) {
      throw new Error('the archive is damaged: its directory is cut short');
    }
    const nameEnds = at + CENTRAL_ENTRY_BYTES + archive.readUInt16LE(at + 28);
    entries.push({
      name: archive.toString('utf8', at + CENTRAL_ENTRY_BYTES, nameEnds),
      method: archive.readUInt16LE(at + 10),
      crc: archive.readUInt32LE(at + 16),
      packedBytes: archive.readUInt32LE(at + 20),
      localOffset: archive.readUInt32LE(at + 42),
    });
    at = nameEnds + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

/** The end record stands last, before a comment of at most 65,535 bytes. */
function endRecord(archive: Buffer): number {
  const lowest = Math.max(0, archive.length - END_RECORD_BYTES - 0xffff);
  for (let at = archive.length - END_RECORD_BYTES; at >= lowest; at -= 1) {
    if (archive.readUInt32LE(at) === END_RECORD) return at;
  }
  throw new Error('not a ZIP archive');
}

/** The local header repeats the name, with extra fields of its own length: only it tells where the content begins. */
function packedBytes(archive: Buffer, { name, localOffset, packedBytes: length }: Entry): Buffer {
  if (localOffset + LOCAL_ENTRY_BYTES > archive.length || archive.readUInt32LE(localOffset) !== LOCAL_ENTRY) {
    throw new Error(`the archive is damaged: ${name} is not where its directory says`);
  }
  const nameAndExtra = archive.readUInt16LE(localOffset + 26) + archive.readUInt16LE(localOffset + 28);
  const begins = localOffset + LOCAL_ENTRY_BYTES + nameAndExtra;
  return archive.subarray(begins, begins + length);
}

async function unpack({ name, method }: Entry, packed: Buffer): Promise<Buffer> {
  if (method === STORED) return packed;
  if (method === DEFLATED) return inflate(packed);
  throw new Error(`${name} is packed with method ${method}; only stored and deflated are read`);
}
