import { MalformedRequest, type WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Which database the listener pretends to be; clients take different paths through the protocol for the two. */
export type ProfileName = '19c' | '23ai';

export interface Profile {
  /** Oracle Net version: 319 brings fast login and marked ends of replies. */
  readonly netVersion: number;
  /** TTC field version: which fields messages have. */
  readonly fieldVersion: number;
  /** AUTH_VERSION_NO: major in the top byte, then release, update, and so on. */
  readonly release: number;
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  '19c': { netVersion: 318, fieldVersion: 12, release: (19 << 24) | (21 << 16) },
  '23ai': { netVersion: 319, fieldVersion: 24, release: (23 << 24) | (9 << 16) },
};

const PROTOCOL = 1;
const DATA_TYPES = 2;
const PROTOCOL_VERSION = 6;
/** At most 48 characters. */
const BANNER = 'Oracle Database simulator (redoflow sandbox)';
const CHARACTER_SET_AL32UTF8 = 873;
const CHARACTER_SET_AL16UTF16 = 2000;
const FIELD_VERSION_AT = 7;
const WIDE_TYPE_NUMBERS_AT = 27;
const TTC4_AT = 40;
const TTC4_END_OF_RESPONSE = 0x20;
/** 11 bytes: the database's time zone, UTC. */
const TIME_ZONE = Buffer.from([0x80, 0, 0, 0, 60, 60, 60, 0x80, 0, 0, 0]);

/** Reads PROTOCOL (after its type byte): protocol versions up to a zero, then the driver's name up to a zero. */
export function readProtocol(reader: WireReader): void {
  skipToZero(reader);
  skipToZero(reader);
}

function skipToZero(reader: WireReader): void {
  while (reader.uint8() !== 0);
}

export function writeProtocol(writer: WireWriter, profile: Profile, endOfResponse: boolean): void {
  writer.uint8(PROTOCOL).uint8(PROTOCOL_VERSION).uint8(0);
  writer.raw(Buffer.from(`${BANNER}\0`, 'latin1'));
  writer.uint16le(CHARACTER_SET_AL32UTF8).uint8(1).uint16le(0);
  const formats = Buffer.alloc(11); // clients look only for the national character set at its end
  formats.writeUInt16BE(CHARACTER_SET_AL16UTF16, 9);
  writer.uint16be(formats.length).raw(formats);
  writer.bytes(compileCapabilities(profile, endOfResponse));
  writer.bytes(runtimeCapabilities());
}

/**
 * Which constructs of the protocol the server understands. The first 16 bytes and those at 16–45 are what a server of that
 * age announces; clients react to: 4 (login types), 7 (field version), 15 bit 0 (call status at the end), 27 (two-byte type
 * numbers), 37 (long values in large chunks), 40 (marked end of replies).
 */
function compileCapabilities(profile: Profile, endOfResponse: boolean): Buffer {
  const capabilities = Buffer.alloc(53);
  capabilities.set([6, 1, 1, 1, 0xef, 0x18, 1, profile.fieldVersion, 1, 1, 1, 1, 1, 1, 0, 0x29]);
  capabilities.set([0x91, 3, 7, 3, 0, 1, 0, 0xcf, 1, 1, 5, 1], 16);
  capabilities[34] = 12;
  capabilities[37] = 0x20;
  capabilities[39] = 8;
  capabilities[42] = 5;
  if (endOfResponse) capabilities[TTC4_AT] = TTC4_END_OF_RESPONSE;
  return capabilities;
}

/** 1: DATA TYPES carries a time zone; 6: strings may have 32,767 bytes (`MAX_STRING_SIZE = EXTENDED`). */
function runtimeCapabilities(): Buffer {
  const capabilities = Buffer.alloc(12);
  capabilities[0] = 2;
  capabilities[1] = 1;
  capabilities[6] = 5;
  return capabilities;
}

/** One line of the client's list; `conversion` 0 marks the short form of two fields. */
interface TypeRepresentation {
  readonly type: number;
  readonly conversion: number;
  readonly representation: number;
}

export interface DataTypesRequest {
  /** What the client's compile capabilities announce. */
  readonly fieldVersion: number;
  readonly withTimeZone: boolean;
  readonly representations: readonly TypeRepresentation[];
}

/** Reads DATA TYPES (after its type byte). */
export function readDataTypes(reader: WireReader): DataTypesRequest {
  reader.skip(5); // two character sets and flags
  const compile = reader.bytes();
  const runtime = reader.bytes();
  if (compile === null) throw new MalformedRequest('data types without capabilities');
  if ((compile[WIDE_TYPE_NUMBERS_AT] ?? 0) === 0) throw new MalformedRequest('data types with one-byte type numbers');
  const withTimeZone = ((runtime?.[1] ?? 0) & 1) !== 0;
  if (withTimeZone) reader.skip(TIME_ZONE.length);
  return {
    fieldVersion: compile[FIELD_VERSION_AT] ?? 0,
    withTimeZone,
    representations: [...readRepresentations(reader)],
  };
}

function* readRepresentations(reader: WireReader): Generator<TypeRepresentation> {
  for (let type = reader.uint16be(); type !== 0; type = reader.uint16be()) {
    const conversion = reader.uint16be();
    if (conversion === 0) yield { type, conversion, representation: 0 };
    else {
      yield { type, conversion, representation: reader.uint16be() };
      reader.uint16be();
    }
  }
}

/** The reply agrees to everything: it repeats the client's list. */
export function writeDataTypes(writer: WireWriter, request: DataTypesRequest): void {
  writer.uint8(DATA_TYPES);
  if (request.withTimeZone) writer.raw(TIME_ZONE);
  for (const { type, conversion, representation } of request.representations) {
    writer.uint16be(type).uint16be(conversion);
    if (conversion !== 0) writer.uint16be(representation).uint16be(0);
  }
  writer.uint16be(0);
}

/** Everything that a client of Oracle Net 319 sends in one message instead of three. */
export interface FastLogin {
  readonly dataTypes: DataTypesRequest;
  /** The login inside the message is written with this version, before one was negotiated. */
  readonly fieldVersion: number;
}

/** Reads FAST AUTH (after its type byte) up to the login function, which follows as an ordinary function message. */
export function readFastLogin(reader: WireReader): FastLogin {
  reader.skip(3); // version and flags of character conversion
  expectType(reader, PROTOCOL);
  readProtocol(reader);
  reader.skip(5);
  const fieldVersion = reader.uint8();
  expectType(reader, DATA_TYPES);
  return { dataTypes: readDataTypes(reader), fieldVersion };
}

function expectType(reader: WireReader, type: number): void {
  const found = reader.uint8();
  if (found !== type) throw new MalformedRequest(`message ${found} where ${type} belongs`);
}
