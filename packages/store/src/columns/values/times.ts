/** Returns the minimum and maximum of times given as word pairs, or zeros if there are none. */
export function timeBounds(words: Uint32Array): { readonly min: bigint; readonly max: bigint } {
  let min = 0;
  let max = 0;
  for (let at = 2; at < words.length; at += 2) {
    if (isBefore(words, at, min)) min = at;
    else if (isBefore(words, max, at)) max = at;
  }
  const time = (at: number) => (BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0);
  return { min: time(min), max: time(max) };
}

function isBefore(words: Uint32Array, a: number, b: number): boolean {
  const highA = words[a + 1];
  const highB = words[b + 1];
  return highA < highB || (highA === highB && words[a] < words[b]);
}
