import type { FlameProfile } from '@otelier/query';
import type { FlameSource } from '../../../charts/flame/flame-source.ts';
import { seriesToken } from '../../../data/service-colors.ts';

/** A component or a part of shared code in a profile. */
export interface ProfileOwner {
  readonly name: string;
  readonly isComponent: boolean;
  /** Time or memory that is attributed to it. */
  readonly value: number;
  readonly token: string;
  /** Frames that belong to it, wherever they are. */
  readonly frames: ReadonlySet<number>;
}

/** A profile as a flame graph. */
export interface ProfileFlames extends FlameSource {
  /** Largest first. */
  readonly owners: readonly ProfileOwner[];
  readonly functionAt: (index: number) => FlameProfile['functions'][number] | undefined;
  readonly ownerAt: (index: number) => ProfileOwner | undefined;
  /** Returns the time or memory of a frame without that of what it called. */
  readonly own: (index: number) => number;
}

/** Hues beyond this number are gray. */
const HUES = 11;

/** Lays out the frames of a profile: each begins with what it called, largest first. */
export function profileFlames({ frames, functions, owners, total }: FlameProfile): ProfileFlames {
  const { parents, values } = frames;
  const { length } = parents;
  const starts = new Float64Array(length);
  const ends = new Int32Array(length);
  const own = Float64Array.from(values);
  // Where the next frame below a frame starts. The last one is that of the owners.
  const next = new Float64Array(length + 1);
  const below = (parent: number): number => (parent < 0 ? length : parent);
  for (let index = 0; index < length; index += 1) {
    const parent = parents[index] ?? -1;
    const value = values[index] ?? 0;
    starts[index] = next[below(parent)] ?? 0;
    next[index] = starts[index] ?? 0;
    next[below(parent)] = (starts[index] ?? 0) + value;
    if (parent >= 0) own[parent] = Math.max(0, (own[parent] ?? 0) - value);
  }
  for (let index = length - 1; index >= 0; index -= 1) {
    ends[index] = Math.max(ends[index] ?? 0, index + 1);
    const parent = parents[index] ?? -1;
    if (parent >= 0) ends[parent] = Math.max(ends[parent] ?? 0, ends[index] ?? 0);
  }
  const groups = Map.groupBy(Array.from(frames.owners.keys()), (index) => frames.owners[index] ?? -1);
  const listed = owners
    .map(({ name, isComponent }, owner) => {
      const all = groups.get(owner) ?? [];
      const value = all.reduce((sum, index) => sum + ((parents[index] ?? 0) < 0 ? (values[index] ?? 0) : 0), 0);
      return { owner, name, isComponent, value, frames: new Set(all) };
    })
    .toSorted((a, b) => b.value - a.value)
    .map((one, rank) => ({ ...one, token: rank < HUES ? seriesToken(rank) : '--text-3' }));
  const byOwner = new Map(listed.map((one) => [one.owner, one]));
  const functionAt = (index: number) => functions[frames.functions[index] ?? -1];
  const ownerAt = (index: number) => byOwner.get(frames.owners[index] ?? -1);
  return {
    length,
    end: Math.max(1, total),
    parent: (index) => parents[index] ?? -1,
    endOf: (index) => ends[index] ?? index + 1,
    inOrder: (position) => position,
    start: (index) => starts[index] ?? 0,
    lasts: (index) => values[index] ?? 0,
    label: (index) => functionAt(index)?.name ?? '',
    token: (index) => ownerAt(index)?.token ?? '--text-3',
    isError: () => false,
    owners: listed,
    functionAt,
    ownerAt,
    own: (index) => own[index] ?? 0,
  };
}
