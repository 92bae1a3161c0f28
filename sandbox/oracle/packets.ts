/** Oracle Net packets: a header of 8 bytes (length, type at 4, flags at 5), then the body. */
export const PACKET = { connect: 1, accept: 2, refuse: 4, data: 6, marker: 12 } as const;

/** What a MARKER packet asks for; the wire values of its last byte. */
export const MARKER = { break: 1, reset: 2, interrupt: 3 } as const;

const HEADER = 8;
const DATA_HEADER = 10;
const LARGE_LENGTHS_SINCE = 315;
const OLDEST_VERSION = 300;
const SMALLEST_UNIT = 512;
const LARGEST_UNIT = 2_097_152;

const FLAG_END_OF_FILE = 0x0040;
const FLAG_END_OF_REQUEST = 0x0800;
const FLAG_END_OF_RESPONSE = 0x2000;

const ACCEPT_FAST_LOGIN = 0x1000_0000;
const ACCEPT_END_OF_RESPONSE = 0x0200_0000;
/** No native network services: else the client opens a negotiation of encryption. */
const NO_NATIVE_SERVICES = [0x44, 0x08] as const;

export interface Packet {
  readonly type: number;
  /** The whole packet, header included. */
  readonly bytes: Buffer;
}

/** Cuts what arrives on a socket into packets. */
export class PacketSplitter {
  /** Set once ACCEPT with version 315 or later was sent: lengths take 4 bytes instead of 2. */
  largeLengths = false;
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError when the bytes are no packet. */
  *split(chunk: Buffer): Generator<Packet> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER) {
      const length = this.largeLengths ? this.#rest.readUInt32BE(0) : this.#rest.readUInt16BE(0);
      if (length < HEADER || length > LARGEST_UNIT) throw new RangeError(`a packet cannot be ${length} bytes long`);
      if (this.#rest.length < length) return;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      yield { type: bytes.readUInt8(4), bytes };
    }
  }
}

export interface ConnectRequest {
  readonly version: number;
  /** Session data unit in bytes that the client asks for. */
  readonly unit: number;
  /** Null: it follows in a DATA packet, because it is longer than 230 bytes. */
  readonly descriptor: string | null;
}

export function readConnect(packet: Buffer): ConnectRequest {
  if (packet.length < 28) throw new RangeError('the CONNECT packet is too short');
  const version = packet.readUInt16BE(8);
  const length = packet.readUInt16BE(24);
  const offset = packet.readUInt16BE(26);
  const wideUnit = version >= LARGE_LENGTHS_SINCE && packet.length >= 62 ? packet.readUInt32BE(58) : 0;
  const inside = packet.length >= offset + length;
  return {
    version,
    unit: wideUnit === 0 ? packet.readUInt16BE(14) : wideUnit,
    descriptor: inside ? packet.toString('latin1', offset, offset + length) : null,
  };
}

/** Upper-case service name (or SID) of a connect descriptor; empty when it names none. */
export function serviceOf(descriptor: string): string {
  const match = /SERVICE_NAME\s*=\s*([^)\s]*)/i.exec(descriptor) ?? /SID\s*=\s*([^)\s]*)/i.exec(descriptor);
  return (match?.[1] ?? '').toUpperCase();
}

/** What both sides agreed on in CONNECT and ACCEPT. */
export interface Agreement {
  readonly version: number;
  readonly unit: number;
  readonly largeLengths: boolean;
  /** The server marks the end of every reply. */
  readonly endOfResponse: boolean;
}

export function agree(request: ConnectRequest, serverVersion: number): Agreement {
  const version = Math.min(request.version, serverVersion);
  if (version < OLDEST_VERSION) throw new RangeError(`the client's protocol version ${version} is too old`);
  return {
    version,
    unit: Math.max(SMALLEST_UNIT, Math.min(request.unit, LARGEST_UNIT)),
    largeLengths: version >= LARGE_LENGTHS_SINCE,
    endOfResponse: version >= 319,
  };
}

export function acceptPacket(agreement: Agreement): Buffer {
  const { version, unit } = agreement;
  const length = version >= 319 ? 61 : version >= 318 ? 45 : version >= LARGE_LENGTHS_SINCE ? 41 : 32;
  const packet = Buffer.alloc(61);
  shortHeader(packet, PACKET.accept, length);
  packet.writeUInt16BE(version, 8);
  packet.writeUInt16BE(1, 10);
  packet.writeUInt16BE(Math.min(unit, 65_535), 12);
  packet.writeUInt16BE(65_535, 14);
  packet.writeUInt16BE(1, 16); // byte order
  packet.writeUInt16BE(length, 20);
  packet.set(NO_NATIVE_SERVICES, 22);
  packet.writeUInt32BE(unit, 32);
  packet.writeUInt32BE(LARGEST_UNIT, 36);
  packet.writeUInt32BE(agreement.endOfResponse ? ACCEPT_FAST_LOGIN | ACCEPT_END_OF_RESPONSE : 0, 41);
  return packet.subarray(0, length); // from 319 on it ends with 16 bytes that identify the database
}

/** REFUSE with an Oracle error number; clients read nothing but `ERR`. */
export function refusePacket(error: number): Buffer {
  const text = `(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=${error})(ERROR_STACK=(ERROR=(CODE=${error})(EMFI=4))))`;
  const packet = Buffer.alloc(12 + text.length);
  shortHeader(packet, PACKET.refuse, packet.length);
  packet.writeUInt8(34, 8);
  packet.writeUInt16BE(text.length, 10);
  packet.write(text, 12, 'latin1');
  return packet;
}

export function markerPacket(kind: number, largeLengths: boolean): Buffer {
  const packet = Buffer.from([0, 0, 0, 0, PACKET.marker, 0, 0, 0, 1, 0, kind]);
  if (largeLengths) packet.writeUInt32BE(packet.length, 0);
  else packet.writeUInt16BE(packet.length, 0);
  return packet;
}

/** Which request a MARKER packet carries (see `MARKER`). */
export function markerKind(packet: Buffer): number {
  return packet[10] ?? 0;
}

export interface DataPacket {
  readonly payload: Buffer;
  readonly endOfFile: boolean;
  /** The request ends here for certain. Absence says nothing: not every client marks it. */
  readonly endOfRequest: boolean;
}

export function readData(packet: Buffer): DataPacket {
  if (packet.length < DATA_HEADER) throw new RangeError('the DATA packet is too short');
  const flags = packet.readUInt16BE(8);
  return {
    payload: packet.subarray(DATA_HEADER),
    endOfFile: (flags & FLAG_END_OF_FILE) !== 0,
    endOfRequest: (flags & FLAG_END_OF_REQUEST) !== 0,
  };
}

/** Cuts one reply into DATA packets of at most the agreed unit, in one buffer, so that it leaves in one write. */
export function dataPackets(payload: Buffer, agreement: Agreement, endOfResponse: boolean): Buffer {
  const room = agreement.unit - DATA_HEADER;
  const count = Math.max(1, Math.ceil(payload.length / room));
  const packets = Buffer.allocUnsafe(payload.length + count * DATA_HEADER);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const start = index * room;
    const size = Math.min(room, payload.length - start);
    packets.fill(0, at, at + DATA_HEADER);
    if (agreement.largeLengths) packets.writeUInt32BE(size + DATA_HEADER, at);
    else packets.writeUInt16BE(size + DATA_HEADER, at);
    packets.writeUInt8(PACKET.data, at + 4);
    if (endOfResponse && index === count - 1) packets.writeUInt16BE(FLAG_END_OF_RESPONSE, at + 8);
    payload.copy(packets, at + DATA_HEADER, start, start + size);
    at += DATA_HEADER + size;
  }
  return packets;
}

function shortHeader(packet: Buffer, type: number, length: number): void {
  packet.writeUInt16BE(length, 0);
  packet.writeUInt8(type, 4);
}
