const scratch = new Uint8Array(16);
const view = new DataView(scratch.buffer);

/** Returns an ID of one or two integers of 64 bits, the most significant first. */
export function idOfHalves(first: bigint, second?: bigint): Uint8Array {
  view.setBigInt64(0, first);
  if (second === undefined) return scratch.slice(0, 8);
  view.setBigInt64(8, second);
  return scratch.slice();
}
