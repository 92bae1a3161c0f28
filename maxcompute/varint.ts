/** Protobuf's varints of 32 bits, and tags, which are such: seven bits to a byte, the lowest first; all bytes but the last one have the highest bit set. */

/** The first four bytes of a varint that has more: 28 bits. */
export const fourOfVarint = (value: number): number =>
  (value & 0x7f) | ((value & 0x3f80) << 1) | ((value & 0x1fc000) << 2) | ((value & 0xfe00000) << 3) | 0x80808080;

/** How many bytes it has. */
export const varintBytes = (value: number): number =>
  value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;

/** What stands before a field's value. */
export const tagOf = (field: number, wireType: number): number => ((field << 3) | wireType) >>> 0;
