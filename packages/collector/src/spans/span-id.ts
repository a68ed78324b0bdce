/** Returns an ID of integers of 64 bits, the most significant first. */
export function idOfHalves(...halves: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * halves.length);
  const view = new DataView(bytes.buffer);
  for (const [index, half] of halves.entries()) view.setBigInt64(8 * index, half);
  return bytes;
}
