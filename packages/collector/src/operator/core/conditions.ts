/** A condition in the status of an object. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** Returns the conditions with the times at which their status has changed. */
export function withTimes(
  conditions: readonly Condition[],
  previous: readonly Condition[],
  { generation, nowMillis }: { readonly generation: number; readonly nowMillis: number },
): readonly Condition[] {
  return conditions.map((condition) => {
    const known = previous.find(({ type }) => type === condition.type);
    const isSame = known?.status === condition.status && known.lastTransitionTime !== undefined;
    const lastTransitionTime = isSame ? known.lastTransitionTime : timeOf(nowMillis);
    return { ...condition, observedGeneration: generation, lastTransitionTime };
  });
}

/** Returns a time as Kubernetes writes it, without fractions of a second. */
export function timeOf(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d+Z$/, 'Z');
}
