import type { Randomness } from '@otelier/otlp';

/** Returns a random value for an item that has neither a trace ID nor explicit randomness. */
export function randomRandomness(random: () => number): Randomness {
  return { high: Math.floor(random() * 0x100_0000), low: Math.floor(random() * 0x1_0000_0000) };
}
