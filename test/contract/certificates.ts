/** Certificates for a server of a test, signed by themselves: X.509 in DER, by hand, because Node reads them and makes none (RFC 5280). */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Wanted {
  /** DNS names and IPv4 addresses. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const text = (tag: number, value: string): Buffer => tagged(tag, Buffer.from(value, 'latin1'));
/** The bytes of an object identifier. */
const identifier = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date): Buffer => text(0x18, `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`);

const COMMON_NAME = identifier('550403');
const ALTERNATIVE_NAMES = identifier('551d11');
const ECDSA_WITH_SHA256 = sequence(identifier('2a8648ce3d040302'));
const IPV4 = /^\d+(?:\.\d+){3}$/;

function alternativeName(name: string): Buffer {
  return IPV4.test(name) ? tagged(0x87, Buffer.from(name.split('.').map(Number))) : text(0x82, name);
}

function unsigned({ names, from, to }: Wanted, publicKey: KeyObject): Buffer {
  const who = sequence(tagged(0x31, sequence(COMMON_NAME, text(0x0c, names[0] ?? ''))));
  const extension = sequence(ALTERNATIVE_NAMES, tagged(0x04, sequence(...names.map(alternativeName))));
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))), // version 3
    tagged(0x02, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    who,
    sequence(time(from), time(to)),
    who,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
}

export function selfSigned(wanted: Wanted): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = unsigned(wanted, publicKey);
  const signature = createSign('sha256').update(body).sign(privateKey);
  const der = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.of(0), signature));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
