/** Moves label centres, given from top to bottom, as little as keeps `gap` pixels between them and all inside the bounds. */
export function spreadLabels(ys: readonly number[], gap: number, top: number, bottom: number): readonly number[] {
  const placed = [...ys];
  for (let index = 0; index < placed.length; index += 1) {
    const least = index === 0 ? top : (placed[index - 1] ?? top) + gap;
    placed[index] = Math.max(least, placed[index] ?? least);
  }
  let limit = bottom;
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    placed[index] = Math.min(limit, placed[index] ?? limit);
    limit = (placed[index] ?? limit) - gap;
  }
  return placed;
}
