import { deflateSync, inflateSync } from 'node:zlib';

/** What a body suffers on its way: its second half is lost, or a byte of it was another before it was compressed. */
export type Damage = 'cut-body' | 'flip-body';

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** @param encoding as in Content-Encoding: `deflate`, or empty for a raw body */
export function damagedBody(body: Buffer, encoding: string, damage: Damage | undefined): Buffer {
  if (damage === undefined) return body;
  if (damage === 'cut-body') return body.subarray(0, body.length >> 1);
  return encoding === 'deflate' ? deflateSync(flipped(inflateSync(body))) : flipped(body);
}
