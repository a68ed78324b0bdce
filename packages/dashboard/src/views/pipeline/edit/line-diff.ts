import type { ConfigLines } from '../../../editor/config/config-marks.ts';

/** Largest number of compared pairs of lines. Beyond it, everything between the common ends counts as replaced. */
const MAX_PAIRS = 4_000_000;

/** Returns how a text differs from another one, by lines. Lines of the new text begin at 1. */
export function diffLines(before: string, after: string): ConfigLines {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const result: Collected = { added: [], changed: [], removed: [] };
  for (const hunk of hunksOf(old.slice(head, old.length - tail), now.slice(head, now.length - tail))) {
    collect({ ...hunk, at: hunk.at + head + 1 }, result);
  }
  return result;
}

/** Returns the number of added, changed and removed lines. */
export function countLines({ added, changed, removed }: ConfigLines) {
  return {
    added: added.length,
    changed: changed.length,
    removed: removed.reduce((sum, { lines }) => sum + lines.length, 0),
  };
}

interface Hunk {
  /** Index of the first new line. */
  readonly at: number;
  readonly old: readonly string[];
  readonly now: readonly string[];
}

interface Collected {
  readonly added: number[];
  readonly changed: number[];
  readonly removed: { readonly before: number; readonly lines: readonly string[] }[];
}

function hunksOf(old: readonly string[], now: readonly string[]): readonly Hunk[] {
  if (old.length === 0 && now.length === 0) return [];
  if (old.length * now.length > MAX_PAIRS) return [{ at: 0, old, now }];
  const hunks: Hunk[] = [];
  let [a, b] = [0, 0];
  for (const [nextA, nextB] of [...commonLines(old, now), [old.length, now.length] as const]) {
    if (nextA > a || nextB > b) hunks.push({ at: b, old: old.slice(a, nextA), now: now.slice(b, nextB) });
    [a, b] = [nextA + 1, nextB + 1];
  }
  return hunks;
}

/** Returns the indexes of the lines of a longest common subsequence. */
function commonLines(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const width = now.length + 1;
  // Length of the longest common subsequence of the rests.
  const common = new Uint32Array((old.length + 1) * width);
  const at = (a: number, b: number): number => common[a * width + b] ?? 0;
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = now.length - 1; b >= 0; b--)
      common[a * width + b] = old[a] === now[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
  }
  const pairs: (readonly [number, number])[] = [];
  let [a, b] = [0, 0];
  while (a < old.length && b < now.length) {
    if (old[a] === now[b]) pairs.push([a++, b++]);
    else if (at(a + 1, b) >= at(a, b + 1)) a += 1;
    else b += 1;
  }
  return pairs;
}

/** A line of the same key is a changed one; the others are added or removed. */
function collect({ at, old, now }: Hunk, { added, changed, removed }: Collected): void {
  const places = Map.groupBy(old.keys(), (index) => keyOf(old[index] ?? ''));
  let from = 0;
  // Where removed lines without a successor stand: behind the last changed line.
  let end = at;
  for (const [index, line] of now.entries()) {
    const key = keyOf(line);
    const match = key === undefined ? undefined : places.get(key)?.find((place) => place >= from);
    if (match === undefined) {
      added.push(at + index);
      continue;
    }
    if (match > from) removed.push({ before: end, lines: old.slice(from, match) });
    changed.push(at + index);
    from = match + 1;
    end = at + index + 1;
  }
  if (from < old.length) removed.push({ before: end, lines: old.slice(from) });
}

/** Returns what a changed line keeps: its key, or the indentation of an item of a list. */
function keyOf(line: string): string | undefined {
  return /^(\s*(?:- +)?[\w./-]+\s*):/.exec(line)?.[1] ?? /^\s*- /.exec(line)?.[0];
}
