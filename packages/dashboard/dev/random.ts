/** A reproducible pseudo-random number generator. */
export interface Random {
  /** Returns a number in [0, 1). */
  next(): number;
  /** Returns a normally distributed number with mean 0 and standard deviation 1. */
  normal(): number;
  /** Returns a number distributed around 1, but at least 0.1. */
  spread(deviation: number): number;
  hex(digits: number): string;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** Creates a generator from a seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(next() + 1e-9)) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    spread: (deviation) => Math.max(0.1, 1 + deviation * normal()),
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}
