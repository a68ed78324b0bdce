/**
 * Moves label centers, given from top to bottom, as little as possible to keep them `gap` pixels apart and within the
 * bounds. If they do not fit, the gaps become smaller.
 */
export function spreadLabels(ys: readonly number[], gap: number, top: number, bottom: number): readonly number[] {
  const space = Math.min(gap, (bottom - top) / Math.max(1, ys.length - 1));
  const placed = [...ys];
  for (let index = 0; index < placed.length; index += 1) {
    const min = index === 0 ? top : (placed[index - 1] ?? top) + space;
    placed[index] = Math.max(min, placed[index] ?? min);
  }
  let limit = bottom;
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    placed[index] = Math.max(top, Math.min(limit, placed[index] ?? limit));
    limit = (placed[index] ?? limit) - space;
  }
  return placed;
}
