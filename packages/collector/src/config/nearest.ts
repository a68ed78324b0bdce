/** Returns the candidate most similar to a mistyped name, or `undefined` if none is similar enough. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = maxDistance(name.length) + 1;
  let compared = 0;
  for (const candidate of candidates) {
    // The distance is at least the difference in length.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    if (++compared > MAX_COMPARED) break;
    const distance = editDistance(simplify(name), simplify(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Returns the maximum number of typos in a name. A short name with two typos has little in common with the intended
 * one.
 */
function maxDistance(length: number): number {
  if (length < 3) return 0;
  return length < 6 ? 1 : Math.min(4, Math.floor(length / 3));
}

/** Maximum length of names to compare. The cost of a comparison grows quadratically with the length. */
const MAX_LENGTH = 100;
const MAX_COMPARED = 1_000;

/**
 * Returns a suffix for a message about an unknown name: `; did you mean "x"?`, the list of names if it is short, or an
 * empty string.
 */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** Formats a list as `a, b or c`, truncated if it is very long. */
export function formatList(items: readonly string[], conjunction = 'or'): string {
  if (items.length > MAX_LISTED) return `${items.slice(0, MAX_LISTED).join(', ')} … (${items.length} in all)`;
  if (items.length <= 1) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}

const MAX_LISTED = 50;

function simplify(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/**
 * Returns the number of insertions, deletions, substitutions and swaps of adjacent characters (optimal string
 * alignment).
 */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitute);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}

/**
 * Returns the intended name of each misspelled key in a mapping: the nearest name that the mapping lacks. Reading the
 * value under that name reveals other errors in it and avoids an error about a missing value.
 */
export function correctKeys(keys: Iterable<string>, names: readonly string[]): ReadonlyMap<string, string> {
  const written = new Set(keys);
  const missing = new Set(names.filter((name) => !written.has(name)));
  const corrected = new Map<string, string>();
  for (const key of written) {
    if (names.includes(key) || missing.size === 0) continue;
    const name = nearest(key, missing);
    if (name === undefined) continue;
    corrected.set(key, name);
    missing.delete(name);
  }
  return corrected;
}
