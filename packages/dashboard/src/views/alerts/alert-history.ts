import type { MatrixSeries } from '../../query/run-promql.ts';

/** A period in which alerts of a rule were in a state. */
export interface StatePeriod {
  readonly state: 'firing' | 'pending';
  readonly startMillis: number;
  readonly endMillis: number;
}

/**
 * Returns the periods of each rule, by name, from the series `ALERTS`. A gap of more than two steps ends a period, and
 * firing hides pending of the same time.
 */
export function periodsOf(
  series: readonly MatrixSeries[],
  stepMillis: number,
): ReadonlyMap<string, readonly StatePeriod[]> {
  const periods = new Map<string, StatePeriod[]>();
  for (const { metric, values = [] } of series) {
    const { alertname = '', alertstate } = metric;
    if (alertstate !== 'firing' && alertstate !== 'pending') continue;
    const own = periods.get(alertname) ?? [];
    periods.set(alertname, own);
    own.push(
      ...joined(
        values.map(([seconds]) => seconds * 1000),
        alertstate,
        stepMillis,
      ),
    );
  }
  for (const [name, own] of periods) periods.set(name, merged(own));
  return periods;
}

function joined(times: readonly number[], state: StatePeriod['state'], stepMillis: number): readonly StatePeriod[] {
  const found: { state: StatePeriod['state']; startMillis: number; endMillis: number }[] = [];
  for (const millis of times) {
    const last = found.at(-1);
    if (last !== undefined && millis - last.endMillis <= stepMillis) last.endMillis = millis + stepMillis;
    else found.push({ state, startMillis: millis, endMillis: millis + stepMillis });
  }
  return found;
}

/** Joins the periods of several alerts of a rule. */
function merged(periods: readonly StatePeriod[]): StatePeriod[] {
  const firing = union(periods.filter(({ state }) => state === 'firing'));
  const pending = union(periods.filter(({ state }) => state === 'pending'));
  const cut = pending.flatMap((period) => without(period, firing));
  return [...firing, ...cut].sort((a, b) => a.startMillis - b.startMillis);
}

function union(periods: readonly StatePeriod[]): readonly StatePeriod[] {
  const sorted = periods.toSorted((a, b) => a.startMillis - b.startMillis);
  const found: StatePeriod[] = [];
  for (const period of sorted) {
    const last = found.at(-1);
    if (last === undefined || period.startMillis > last.endMillis) found.push(period);
    else found[found.length - 1] = { ...last, endMillis: Math.max(last.endMillis, period.endMillis) };
  }
  return found;
}

/** Returns the parts of a period that no other one covers. */
function without(period: StatePeriod, others: readonly StatePeriod[]): readonly StatePeriod[] {
  return others.reduce<readonly StatePeriod[]>(
    (parts, other) =>
      parts.flatMap((part) => {
        if (other.endMillis <= part.startMillis || other.startMillis >= part.endMillis) return [part];
        return [
          { ...part, endMillis: other.startMillis },
          { ...part, startMillis: other.endMillis },
        ].filter(({ startMillis, endMillis }) => endMillis > startMillis);
      }),
    [period],
  );
}
