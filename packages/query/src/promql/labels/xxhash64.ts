const MASK = (1n << 64n) - 1n;
const P1 = 11400714785074694791n;
const P2 = 14029467366897019727n;
const P3 = 1609587929392839161n;
const P4 = 9650029242287828579n;
const P5 = 2870177450012600261n;

/** Returns the 64-bit xxHash of bytes, with seed 0. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let position = 0;
  let hash = P5;
  if (length >= 32) {
    const sums = [P1 + P2, P2, 0n, -P1].map((sum) => sum & MASK);
    for (; position + 32 <= length; position += 32) {
      for (const [sum, before] of sums.entries()) {
        sums[sum] = round(before, view.getBigUint64(position + sum * 8, true));
      }
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = sums;
    hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
    for (const sum of sums) hash = ((hash ^ round(0n, sum)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(length)) & MASK;
  for (; position + 8 <= length; position += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(position, true)), 27n) * P1 + P4) & MASK;
  }
  if (position + 4 <= length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(position, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    position += 4;
  }
  for (; position < length; position++) {
    hash = (rotate(hash ^ ((BigInt(view.getUint8(position)) * P5) & MASK), 11n) * P1) & MASK;
  }
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

function round(sum: bigint, input: bigint): bigint {
  return (rotate((sum + input * P2) & MASK, 31n) * P1) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}
