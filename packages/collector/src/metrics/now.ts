import type { Clock } from '@otelier/transport';

/** Returns the time of data points that are made now, in nanoseconds since the epoch. */
export function nowUnixNano(clock: Clock): bigint {
  return BigInt(Math.round(clock.now() * 1000)) * 1000n;
}
