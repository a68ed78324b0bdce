/**
 * Returns the factor from the change between two or more samples to that over the range. If the first or last sample is
 * within 1.1 average intervals of the range's end, it is extrapolated to it, otherwise by half an interval. The parameters
 * are not an object, because this runs for every step of every series.
 */
export function extrapolationFactor(
  { isCounter }: { readonly isCounter: boolean },
  change: number,
  first: number,
  rangeStart: number,
  rangeEnd: number,
  firstTime: number,
  lastTime: number,
  count: number,
): number {
  const sampled = (lastTime - firstTime) / 1000;
  const interval = sampled / (count - 1);
  const threshold = interval * 1.1;
  let toStart = (firstTime - rangeStart) / 1000;
  let toEnd = (rangeEnd - lastTime) / 1000;
  if (toStart >= threshold) toStart = interval / 2;
  // A counter is not extrapolated to before it was 0.
  if (isCounter && change > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / change));
  if (toEnd >= threshold) toEnd = interval / 2;
  return sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
}
