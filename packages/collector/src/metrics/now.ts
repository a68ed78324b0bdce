import type { Clock } from '@otelier/transport';

/** Returns the current time for new data points, in nanoseconds since the epoch. */
export function nowUnixNano(clock: Clock): bigint {
  return BigInt(Math.round(clock.now() * 1000)) * 1000n;
}
