const rotate32 = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** Returns the 32-bit Murmur3 hash in hex, in little-endian byte order. */
export function murmur3(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length & ~3;
  let hash = 0;
  for (let i = 0; i < blocks; i += 4) {
    hash ^= mix32(view.getUint32(i, true));
    hash = Math.imul(rotate32(hash, 13), 5) + 0xe654_6b64;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks; i--) tail = (tail << 8) | (bytes[i] as number);
  if (blocks < bytes.length) hash ^= mix32(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  const result = new DataView(new ArrayBuffer(4));
  result.setUint32(0, hash ^ (hash >>> 16), true);
  return Buffer.from(result.buffer).toString('hex');
}

function mix32(block: number): number {
  return Math.imul(rotate32(Math.imul(block, 0xcc9e_2d51), 15), 0x1b87_3593);
}

const C1 = 0x87c3_7b91_1142_53d5n;
const C2 = 0x4cf5_ad43_2745_937fn;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate64 = (value: bigint, bits: bigint): bigint => u64(value << bits) | (value >> (64n - bits));
const mixFirst = (block: bigint): bigint => u64(rotate64(u64(block * C1), 31n) * C2);
const mixSecond = (block: bigint): bigint => u64(rotate64(u64(block * C2), 33n) * C1);

/** Returns the 128-bit Murmur3 hash in hex, with each half in little-endian byte order. */
export function murmur3of128(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length - (bytes.length % 16);
  let first = 0n;
  let second = 0n;
  for (let i = 0; i < blocks; i += 16) {
    first ^= mixFirst(view.getBigUint64(i, true));
    first = u64((rotate64(first, 27n) + second) * 5n + 0x52dc_e729n);
    second ^= mixSecond(view.getBigUint64(i + 8, true));
    second = u64((rotate64(second, 31n) + first) * 5n + 0x3849_5ab5n);
  }
  const tail = bytes.subarray(blocks);
  if (tail.length > 8) second ^= mixSecond(littleEndian(tail.subarray(8)));
  if (tail.length > 0) first ^= mixFirst(littleEndian(tail.subarray(0, 8)));
  const length = BigInt(bytes.length);
  first = u64((first ^ length) + (second ^ length));
  second = u64((second ^ length) + first);
  const mixedFirst = finish(first);
  const mixedSecond = finish(second);
  const total = u64(mixedFirst + mixedSecond);
  const result = new DataView(new ArrayBuffer(16));
  result.setBigUint64(0, total, true);
  result.setBigUint64(8, u64(mixedSecond + total), true);
  return Buffer.from(result.buffer).toString('hex');
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

function finish(value: bigint): bigint {
  let result = value;
  result = u64((result ^ (result >> 33n)) * 0xff51_afd7_ed55_8ccdn);
  result = u64((result ^ (result >> 33n)) * 0xc4ce_b9fe_1a85_ec53n);
  return result ^ (result >> 33n);
}
