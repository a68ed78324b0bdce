/** Returns the earlier of two times, of which either may be unknown. */
export function earlier(a: bigint, b: bigint): bigint;
export function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined;
export function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** Returns the later of two times, of which either may be unknown. */
export function later(a: bigint, b: bigint): bigint;
export function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined;
export function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
