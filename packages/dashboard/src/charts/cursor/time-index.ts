/** Returns the index of the step nearest to a time, or `undefined` if none is within one step. */
export function indexAt(timesMillis: readonly number[], stepMillis: number, millis: number): number | undefined {
  const first = timesMillis[0];
  if (first === undefined) return undefined;
  const index = Math.round((millis - first) / stepMillis);
  return index >= 0 && index < timesMillis.length ? index : undefined;
}
