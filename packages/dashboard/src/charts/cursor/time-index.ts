/** Returns the index of the step nearest to a time, or `undefined` if none is within one step. */
export function indexAt(timesMillis: readonly number[], stepMillis: number, millis: number): number | undefined {
  const first = timesMillis[0];
  if (first === undefined) return undefined;
  const index = Math.round((millis - first) / stepMillis);
  return index >= 0 && index < timesMillis.length ? index : undefined;
}

/** Returns the index of the step that contains a time, among steps from a start. The last one contains its end. */
export function stepAt(startMillis: number, stepMillis: number, steps: number, millis: number): number | undefined {
  const index = Math.floor((millis - startMillis) / stepMillis);
  if (index === steps && millis === startMillis + steps * stepMillis) return steps > 0 ? steps - 1 : undefined;
  return index >= 0 && index < steps ? index : undefined;
}
