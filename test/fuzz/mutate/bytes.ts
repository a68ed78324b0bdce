import type { Random } from '@otelier/testkit/otlp/random';

/** Mutates bytes without knowledge of their format. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const until = Math.min(bytes.length, at + 1 + random(12));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, until), bytes.subarray(until)];
  switch (random(8)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << random(8)) : byte));
    case 2:
      return bytes.map((byte, i) => (i === at ? random(256) : byte));
    case 3:
      return Buffer.concat([head, tail]);
    case 4:
      return Buffer.concat([head, middle, middle, tail]);
    case 5:
      return Buffer.concat([head, noise(1 + random(8), random), middle, tail]);
    case 6:
      return Buffer.concat([head, Uint8Array.of(INTERESTING[random(INTERESTING.length)] ?? 0), tail]);
    default:
      return Buffer.concat([tail, middle, head]);
  }
}

/** Returns random bytes. */
export function noise(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** Integer limits, and bytes that have a meaning in some format. */
const INTERESTING = [0x00, 0x01, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0x81, 0xc0, 0xed, 0xf8, 0xff];
