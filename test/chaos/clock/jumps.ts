import type { Random } from '@otelier/testkit/otlp/random';

const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;
const DAY_MILLIS = 24 * HOUR_MILLIS;

/** A sequence of clock changes, as offsets from the true time. */
export interface Jump {
  readonly name: string;
  readonly offsetsMillis: readonly number[];
}

const SIZES: readonly (readonly [name: string, millis: number])[] = [
  ['10 min', 10 * MINUTE_MILLIS],
  ['1 h', HOUR_MILLIS],
  ['10 days', 10 * DAY_MILLIS],
];

const KINDS: readonly ((random: Random) => Jump)[] = [
  ...SIZES.flatMap(([name, millis]) => [
    () => ({ name: `+${name}`, offsetsMillis: [millis] }),
    () => ({ name: `-${name}`, offsetsMillis: [-millis] }),
    () => ({ name: `+${name} and back`, offsetsMillis: [millis, 0] }),
  ]),
  (random) => ({
    name: 'several',
    offsetsMillis: Array.from({ length: 6 }, () => (random(2) === 0 ? -1 : 1) * random(10 * DAY_MILLIS)),
  }),
];

/** Number of jump kinds. */
export const JUMP_KINDS = KINDS.length;

/** Returns the jump for a case. Consecutive cases cycle through all kinds. */
export function jumpOf(index: number, random: Random): Jump {
  const kind = KINDS[index % KINDS.length];
  if (kind === undefined) throw new Error('no kind for this index');
  return kind(random);
}
