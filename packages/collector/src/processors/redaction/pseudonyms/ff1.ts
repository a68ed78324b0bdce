import { createCipheriv } from 'node:crypto';

const ROUNDS = 10;
const BLOCK = 16;
/** Number of texts of a length below which FF1 is not secure (SP 800-38G, revision 1). */
const MIN_DOMAIN = 1_000_000;
const MAX_LENGTH = 2 ** 16;

/** Returns the length from which texts in a radix can be encrypted. */
export function minLength(radix: number): number {
  return Math.ceil(Math.log(MIN_DOMAIN) / Math.log(radix));
}

/**
 * Encrypts numerals of a radix to numerals of the same length by FF1 (NIST SP 800-38G) with AES. `key` has 16, 24 or 32
 * bytes. Throws a `RangeError` for numerals that are too few or too many.
 */
export function encryptFf1(key: Uint8Array, tweak: Uint8Array, radix: number, numerals: readonly number[]): number[] {
  return ff1(key, tweak, radix, numerals, 'encrypt');
}

/** Reverses `encryptFf1`. */
export function decryptFf1(key: Uint8Array, tweak: Uint8Array, radix: number, numerals: readonly number[]): number[] {
  return ff1(key, tweak, radix, numerals, 'decrypt');
}

function ff1(
  key: Uint8Array,
  tweak: Uint8Array,
  radix: number,
  numerals: readonly number[],
  direction: 'encrypt' | 'decrypt',
): number[] {
  const length = numerals.length;
  if (length < minLength(radix) || length > MAX_LENGTH)
    throw new RangeError(`expected ${minLength(radix)} to ${MAX_LENGTH} numerals, got ${length}`);
  const u = Math.floor(length / 2);
  const v = length - u;
  const base = BigInt(radix);
  const halfBytes = Math.ceil(Math.ceil(v * Math.log2(radix)) / 8);
  const outputBytes = 4 * Math.ceil(halfBytes / 4) + 4;
  const prefix = Buffer.alloc(BLOCK);
  prefix.set([1, 2, 1, (radix >>> 16) & 255, (radix >>> 8) & 255, radix & 255, ROUNDS, u & 255]);
  prefix.writeUInt32BE(length, 8);
  prefix.writeUInt32BE(tweak.length, 12);
  const padding = (BLOCK - ((tweak.length + halfBytes + 1) % BLOCK)) % BLOCK;

  /** The pseudorandom function of a round, over the half that stays. */
  const round = (index: number, half: bigint): bigint => {
    const numeral = Buffer.from(half.toString(16).padStart(halfBytes * 2, '0'), 'hex');
    const first = cbcMac(key, Buffer.concat([prefix, tweak, Buffer.alloc(padding), Buffer.of(index), numeral]));
    const blocks = [first];
    for (let j = 1; j * BLOCK < outputBytes; j++) {
      const block = Buffer.from(first);
      block.writeUInt32BE((block.readUInt32BE(12) ^ j) >>> 0, 12);
      blocks.push(encryptBlock(key, block));
    }
    return BigInt(`0x${Buffer.concat(blocks).subarray(0, outputBytes).toString('hex')}`);
  };

  let a = numberOf(numerals.slice(0, u), base);
  let b = numberOf(numerals.slice(u), base);
  for (let i = 0; i < ROUNDS; i++) {
    const index = direction === 'encrypt' ? i : ROUNDS - 1 - i;
    const modulus = base ** BigInt(index % 2 === 0 ? u : v);
    if (direction === 'encrypt') [a, b] = [b, (a + round(index, b)) % modulus];
    else [a, b] = [(((b - round(index, a)) % modulus) + modulus) % modulus, a];
  }
  return [...numeralsOf(a, base, u), ...numeralsOf(b, base, v)];
}

function numberOf(numerals: readonly number[], base: bigint): bigint {
  return numerals.reduce((value, numeral) => value * base + BigInt(numeral), 0n);
}

function numeralsOf(value: bigint, base: bigint, length: number): number[] {
  const numerals: number[] = [];
  for (let rest = value; numerals.length < length; rest /= base) numerals.unshift(Number(rest % base));
  return numerals;
}

function cbcMac(key: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(BLOCK)).setAutoPadding(false);
  return cipher.update(data).subarray(-BLOCK);
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv(`aes-${key.length * 8}-ecb`, key, null)
    .setAutoPadding(false)
    .update(block);
}
