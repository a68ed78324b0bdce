import { avalanche, foldedProduct, PRIMES, read64, SECRET, u64 } from './xxh3-mix.ts';

const { P32_1, P32_2, P32_3, P64_1, P64_2, P64_3, P64_4, P64_5 } = PRIMES;
const STRIPE = 64;
const STRIPES_PER_BLOCK = (SECRET.length - STRIPE) / 8;
const BLOCK = STRIPE * STRIPES_PER_BLOCK;

/** The eight XXH3 accumulators for an input of more than 240 bytes. */
export class Accumulators {
  readonly #length: bigint;
  readonly #values: bigint[] = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1];

  constructor(bytes: Uint8Array) {
    this.#length = BigInt(bytes.length);
    const blocks = Math.floor((bytes.length - 1) / BLOCK);
    for (let block = 0; block < blocks; block++) {
      for (let stripe = 0; stripe < STRIPES_PER_BLOCK; stripe++)
        this.#accumulate(bytes, block * BLOCK + stripe * STRIPE, stripe * 8);
      this.#scramble();
    }
    const stripes = Math.floor((bytes.length - 1 - BLOCK * blocks) / STRIPE);
    for (let stripe = 0; stripe < stripes; stripe++)
      this.#accumulate(bytes, blocks * BLOCK + stripe * STRIPE, stripe * 8);
    this.#accumulate(bytes, bytes.length - STRIPE, SECRET.length - STRIPE - 7);
  }

  /** Returns the 64-bit hash, which is also the lower half of the 128-bit hash. */
  low(): bigint {
    return this.#merge(11, u64(this.#length * P64_1));
  }

  /** Returns the upper half of the 128-bit hash. */
  high(): bigint {
    return this.#merge(SECRET.length - STRIPE - 11, u64(~(this.#length * P64_2)));
  }

  #accumulate(bytes: Uint8Array, at: number, secretAt: number): void {
    for (let i = 0; i < 8; i++) {
      const data = read64(bytes, at + 8 * i);
      const key = data ^ read64(SECRET, secretAt + 8 * i);
      this.#add(i ^ 1, data);
      this.#add(i, BigInt.asUintN(32, key) * (key >> 32n));
    }
  }

  #add(index: number, value: bigint): void {
    this.#values[index] = u64((this.#values[index] ?? 0n) + value);
  }

  #scramble(): void {
    for (const [i, value] of this.#values.entries()) {
      const key = read64(SECRET, SECRET.length - STRIPE + 8 * i);
      this.#values[i] = u64((value ^ (value >> 47n) ^ key) * P32_1);
    }
  }

  #merge(secretAt: number, start: bigint): bigint {
    let result = start;
    for (let i = 0; i < 8; i += 2) {
      const first = (this.#values[i] ?? 0n) ^ read64(SECRET, secretAt + 8 * i);
      const second = (this.#values[i + 1] ?? 0n) ^ read64(SECRET, secretAt + 8 * i + 8);
      result += foldedProduct(first, second);
    }
    return avalanche(u64(result));
  }
}
