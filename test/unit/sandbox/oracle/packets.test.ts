import { describe, expect, test } from 'vitest';
import * as packets from '../../../../sandbox/oracle/packets.ts';

const SMALL: packets.Agreement = { version: 318, unit: 512, largeLengths: true, endOfResponse: false };

describe('splitting', () => {
  const stream = Buffer.concat([
    packets.dataPackets(Buffer.alloc(2000, 1), SMALL, false),
    packets.markerPacket(packets.MARKER.interrupt, true),
  ]);

  test.each([1, 3, 8, 511, 5000])('finds the same packets in pieces of %d bytes', (size) => {
    const splitter = new packets.PacketSplitter();
    splitter.largeLengths = true;
    const found: packets.Packet[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...splitter.split(stream.subarray(at, at + size)));
    const { data, marker } = packets.PACKET;
    expect(found.map(({ type }) => type)).toEqual([data, data, data, data, marker]);
    expect(Buffer.concat(found.map(({ bytes }) => bytes))).toEqual(stream);
  });

  test('a length below the header is no packet', () => {
    expect(() => [...new packets.PacketSplitter().split(Buffer.from('0004000006000000', 'hex'))]).toThrow(RangeError);
  });
});

describe('data packets', () => {
  test('none is longer than the agreed unit and nothing is lost', () => {
    const payload = Buffer.from(Array.from({ length: 1500 }, (_, index) => index % 251));
    const splitter = new packets.PacketSplitter();
    splitter.largeLengths = true;
    const found = [...splitter.split(packets.dataPackets(payload, SMALL, false))];
    expect(Math.max(...found.map(({ bytes }) => bytes.length))).toBe(512);
    expect(Buffer.concat(found.map(({ bytes }) => packets.readData(bytes).payload))).toEqual(payload);
  });

  test('only the last one is marked as the end of the response', () => {
    const splitter = new packets.PacketSplitter();
    splitter.largeLengths = true;
    const found = [...splitter.split(packets.dataPackets(Buffer.alloc(1200), SMALL, true))];
    expect(found.map(({ bytes }) => bytes.readUInt16BE(8))).toEqual([0, 0, 0x2000]);
  });
});

describe('connecting', () => {
  test.each([
    ['(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=pdb1)(CID=(PROGRAM=x))))', 'PDB1'],
    ['(DESCRIPTION=(CONNECT_DATA=(SID=orcl)))', 'ORCL'],
    ['(DESCRIPTION=(CONNECT_DATA=))', ''],
  ])('%s asks for service "%s"', (descriptor, service) => {
    expect(packets.serviceOf(descriptor)).toBe(service);
  });

  test.each([
    [319, 319, 61, '12000000'],
    [319, 318, 45, '00000000'],
    [316, 319, 41, ''],
  ])('client %d and server %d get an ACCEPT of %d bytes', (client, server, length, flags) => {
    const agreement = packets.agree({ version: client, unit: 8192, descriptor: '' }, server);
    const packet = packets.acceptPacket(agreement);
    expect(packet).toHaveLength(length);
    expect(packet.readUInt16BE(0)).toBe(length);
    expect(packet.readUInt16BE(8)).toBe(Math.min(client, server));
    expect(packet.subarray(41, 45).toString('hex')).toBe(flags);
  });

  test('a refusal names the error where clients look for it', () => {
    const packet = packets.refusePacket(12_514);
    expect(packet[4]).toBe(packets.PACKET.refuse);
    expect(packet.toString('latin1', 12)).toContain('(ERR=12514)');
    expect(packet.readUInt16BE(10)).toBe(packet.length - 12);
  });
});
