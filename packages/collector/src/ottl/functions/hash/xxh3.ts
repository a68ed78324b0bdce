import { Accumulators } from './xxh3-accumulators.ts';
import { avalanche, foldedProduct, PRIMES, product, read32, read64, SECRET, swap32, swap64, u64 } from './xxh3-mix.ts';

const { P32_2, P64_1, P64_2, P64_3, P64_4 } = PRIMES;
const MIX = 0x9fb2_1c65_1e98_df25n;

const secret64 = (at: number): bigint => read64(SECRET, at);
const rotate = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));

/** XXH64's final mix, which is used for short inputs. */
function avalanche64(value: bigint): bigint {
  let hash = value ^ (value >> 33n);
  hash = u64(hash * P64_2);
  hash ^= hash >> 29n;
  hash = u64(hash * P64_3);
  return hash ^ (hash >> 32n);
}

/** Returns the 64-bit XXH3 hash. */
export function xxh3(bytes: Uint8Array): bigint {
  const length = bytes.length;
  if (length > 240) return new Accumulators(bytes).low();
  if (length > 128) return xxh3Medium(bytes);
  if (length > 16) return xxh3Short(bytes);
  if (length > 8) {
    const low = read64(bytes, 0) ^ secret64(24) ^ secret64(32);
    const high = read64(bytes, length - 8) ^ secret64(40) ^ secret64(48);
    return avalanche(u64(BigInt(length) + swap64(low) + high + foldedProduct(low, high)));
  }
  if (length > 3) {
    const input = read32(bytes, length - 4) + (read32(bytes, 0) << 32n);
    return mixByLength(input ^ secret64(8) ^ secret64(16), BigInt(length));
  }
  if (length > 0) return avalanche64(combined(bytes) ^ read32(SECRET, 0) ^ read32(SECRET, 4));
  return avalanche64(secret64(56) ^ secret64(64));
}

/** Combines the bytes of a one- to three-byte input with its length. */
function combined(bytes: Uint8Array): bigint {
  const [first = 0] = bytes;
  const middle = bytes[bytes.length >> 1] ?? 0;
  return BigInt(((first << 16) | (middle << 24) | (bytes.length << 8) | (bytes.at(-1) ?? 0)) >>> 0);
}

function mixByLength(value: bigint, length: bigint): bigint {
  let hash = value ^ rotate(value, 49n) ^ rotate(value, 24n);
  hash = u64(hash * MIX);
  hash ^= (hash >> 35n) + length;
  hash = u64(hash * MIX);
  return hash ^ (hash >> 28n);
}

function mix16(bytes: Uint8Array, at: number, secretAt: number): bigint {
  return foldedProduct(read64(bytes, at) ^ secret64(secretAt), read64(bytes, at + 8) ^ secret64(secretAt + 8));
}

function xxh3Short(bytes: Uint8Array): bigint {
  const { length } = bytes;
  let hash = u64(BigInt(length) * P64_1);
  for (let i = Math.ceil(length / 32) - 1; i >= 0; i--) {
    hash += mix16(bytes, 16 * i, 32 * i);
    hash += mix16(bytes, length - 16 * (i + 1), 32 * i + 16);
  }
  return avalanche(u64(hash));
}

function xxh3Medium(bytes: Uint8Array): bigint {
  const { length } = bytes;
  let hash = u64(BigInt(length) * P64_1);
  for (let i = 0; i < 8; i++) hash += mix16(bytes, 16 * i, 16 * i);
  hash = avalanche(u64(hash));
  for (let i = 8; i < length >> 4; i++) hash += mix16(bytes, 16 * i, 16 * (i - 8) + 3);
  return avalanche(u64(hash + mix16(bytes, length - 16, 119)));
}

/** Returns the upper and lower half of the 128-bit XXH3 hash. */
export function xxh128(bytes: Uint8Array): readonly [high: bigint, low: bigint] {
  const length = bytes.length;
  if (length > 240) {
    const accumulators = new Accumulators(bytes);
    return [accumulators.high(), accumulators.low()];
  }
  if (length > 16) return xxh128Medium(bytes);
  if (length > 8) return xxh128Of16(bytes);
  if (length > 3) return xxh128Of8(bytes);
  if (length > 0) {
    const low = combined(bytes);
    const swapped = swap32(low);
    const high = BigInt.asUintN(32, (swapped << 13n) | (swapped >> 19n));
    return [
      avalanche64(high ^ read32(SECRET, 8) ^ read32(SECRET, 12)),
      avalanche64(low ^ read32(SECRET, 0) ^ read32(SECRET, 4)),
    ];
  }
  return [avalanche64(secret64(80) ^ secret64(88)), avalanche64(secret64(64) ^ secret64(72))];
}

function xxh128Of8(bytes: Uint8Array): readonly [high: bigint, low: bigint] {
  const input = read32(bytes, 0) + (read32(bytes, bytes.length - 4) << 32n);
  const keyed = input ^ secret64(16) ^ secret64(24);
  let [high, low] = product(keyed, u64(P64_1 + BigInt(bytes.length << 2)));
  high = u64(high + (low << 1n));
  low ^= high >> 3n;
  low ^= low >> 35n;
  low = u64(low * MIX);
  low ^= low >> 28n;
  return [avalanche(high), low];
}

function xxh128Of16(bytes: Uint8Array): readonly [high: bigint, low: bigint] {
  const first = read64(bytes, 0);
  const last = read64(bytes, bytes.length - 8);
  let [high, low] = product(first ^ last ^ secret64(32) ^ secret64(40), P64_1);
  low = u64(low + (BigInt(bytes.length - 1) << 54n));
  const mixed = last ^ secret64(48) ^ secret64(56);
  high = u64(high + mixed + BigInt.asUintN(32, mixed) * (P32_2 - 1n));
  low ^= swap64(high);
  const [resultHigh, resultLow] = product(low, P64_2);
  return [avalanche(u64(resultHigh + high * P64_2)), avalanche(resultLow)];
}

/** Two accumulators that mix in 16-byte pairs. */
class Pair {
  low: bigint;
  high = 0n;

  constructor(length: number) {
    this.low = u64(BigInt(length) * P64_1);
  }

  mix(bytes: Uint8Array, first: number, second: number, secretAt: number): void {
    this.low = u64(this.low + mix16(bytes, first, secretAt));
    this.low ^= u64(read64(bytes, second) + read64(bytes, second + 8));
    this.high = u64(this.high + mix16(bytes, second, secretAt + 16));
    this.high ^= u64(read64(bytes, first) + read64(bytes, first + 8));
  }

  avalanche(): void {
    this.low = avalanche(this.low);
    this.high = avalanche(this.high);
  }

  result(length: number): readonly [high: bigint, low: bigint] {
    const high = u64(this.low * P64_1 + this.high * P64_4 + BigInt(length) * P64_2);
    return [u64(-avalanche(high)), avalanche(u64(this.low + this.high))];
  }
}

function xxh128Medium(bytes: Uint8Array): readonly [high: bigint, low: bigint] {
  const { length } = bytes;
  const pair = new Pair(length);
  if (length <= 128) {
    for (let i = Math.ceil(length / 32) - 1; i >= 0; i--) pair.mix(bytes, 16 * i, length - 16 * (i + 1), 32 * i);
    return pair.result(length);
  }
  for (let end = 32; end < 160; end += 32) pair.mix(bytes, end - 32, end - 16, end - 32);
  pair.avalanche();
  for (let end = 160; end <= length; end += 32) pair.mix(bytes, end - 32, end - 16, end - 157);
  pair.mix(bytes, length - 16, length - 32, 103);
  return pair.result(length);
}
