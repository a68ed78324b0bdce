import type { MatrixSeries } from '../../query/run-promql.ts';
import type { Labels } from './alerting-api.ts';

/** A period in which alerts of a rule were in a state. */
export interface StatePeriod {
  readonly state: 'firing' | 'pending';
  readonly startMillis: number;
  readonly endMillis: number;
}

/** A rule, of which the past is shown. */
interface PastRule {
  readonly id: string;
  readonly rule: { readonly name: string; readonly labels?: Labels };
}

/** Returns the query for the past of rules. Rules with the same name differ in their labels. */
export function pastQuery(rules: readonly PastRule[]): string {
  const names = rules.flatMap(({ rule: { labels = {} } }) => Object.keys(labels).filter(isPlainName));
  return `max by (${[...new Set(['alertname', 'alertstate', ...names])].join(', ')}) (ALERTS)`;
}

const isPlainName = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);

/**
 * Returns the periods of each rule, by its ID, from the series `ALERTS`. A gap of more than two steps ends a period, and
 * firing hides pending of the same time.
 */
export function periodsOf(
  rules: readonly PastRule[],
  series: readonly MatrixSeries[],
  stepMillis: number,
): ReadonlyMap<string, readonly StatePeriod[]> {
  const byName = Map.groupBy(series, ({ metric }) => metric['alertname'] ?? '');
  const periods = new Map<string, readonly StatePeriod[]>();
  for (const { id, rule } of rules) {
    const own = (byName.get(rule.name) ?? []).filter(({ metric }) => isOf(metric, rule.labels ?? {}));
    const found = own.flatMap(({ metric: { alertstate }, values = [] }) => {
      if (alertstate !== 'firing' && alertstate !== 'pending') return [];
      const times = values.map(([seconds]) => seconds * 1000);
      return joined(times, alertstate, stepMillis);
    });
    if (found.length > 0) periods.set(id, merged(found));
  }
  return periods;
}

/** Whether a series is of a rule with these labels. Values that are templates are not compared. */
function isOf(metric: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(
    ([name, value]) => !isPlainName(name) || value.includes('{{') || (metric[name] ?? '') === value,
  );
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
