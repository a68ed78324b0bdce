/** The primes of xxHash. */
export const PRIMES = {
  P32_1: 0x9e37_79b1n,
  P32_2: 0x85eb_ca77n,
  P32_3: 0xc2b2_ae3dn,
  P64_1: 0x9e37_79b1_85eb_ca87n,
  P64_2: 0xc2b2_ae3d_27d4_eb4fn,
  P64_3: 0x1656_67b1_9e37_79f9n,
  P64_4: 0x85eb_ca77_c2b2_ae63n,
  P64_5: 0x27d4_eb2f_1656_67c5n,
} as const;

/** The default XXH3 secret. */
export const SECRET: Uint8Array = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
    '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364ea' +
    'c5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
);

/** Truncates to the lower 64 bits. */
export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Reads a 32-bit unsigned little-endian integer. */
export function read32(bytes: Uint8Array, at: number): bigint {
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true));
}

/** Reads a 64-bit unsigned little-endian integer. */
export function read64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true);
}

/** Reverses the bytes of a 64-bit integer. */
export function swap64(value: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return view.getBigUint64(0);
}

/** Reverses the bytes of a 32-bit integer. */
export function swap32(value: bigint): bigint {
  return swap64(value) >> 32n;
}

/** Returns the upper and lower half of the 128-bit product of two integers. */
export function product(left: bigint, right: bigint): [high: bigint, low: bigint] {
  const full = left * right;
  return [full >> 64n, u64(full)];
}

/** Returns the exclusive or of the two halves of the product. */
export function foldedProduct(left: bigint, right: bigint): bigint {
  const [high, low] = product(left, right);
  return high ^ low;
}

/** XXH3's final mix. */
export function avalanche(value: bigint): bigint {
  let hash = value ^ (value >> 37n);
  hash = u64(hash * 0x1656_6791_9e37_79f9n);
  return hash ^ (hash >> 32n);
}
