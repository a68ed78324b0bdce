import { METRIC_NAME } from '@otelier/query/promql';
import type { RuleAlert } from '../rules/alerts.ts';
import type { RuleHost } from '../rules/evaluate-group.ts';
import type { AlertingRule } from '../rules/rule-file.ts';

/** How old the last samples may be, as `--rules.alert.for-outage-tolerance` of Prometheus. */
const TOLERANCE = '1h';

/** Returns when alerts were last written, in milliseconds since the epoch; `undefined` if not in the last hour. */
export async function lastWritten(host: RuleHost, nowMillis: number): Promise<number | undefined> {
  const [sample] = await host.query(`max(ts_of_last_over_time(ALERTS_FOR_STATE[${TOLERANCE}]))`, nowMillis);
  return sample === undefined ? undefined : sample.value * 1000;
}

/**
 * Restores the active alerts of a rule from `ALERTS_FOR_STATE`, as they were when it was last written. The time since then
 * does not count for the `for` of pending ones.
 */
export async function restoreAlerts(
  host: RuleHost,
  rule: AlertingRule,
  writtenMillis: number,
  nowMillis: number,
): Promise<readonly RuleAlert[]> {
  const text = `ALERTS_FOR_STATE{alertname=${JSON.stringify(rule.name)}}`;
  const samples = await host.query(text, writtenMillis);
  return samples.map(({ labels, value }): RuleAlert => {
    const activeAt = value * 1000;
    const isFiring = writtenMillis - activeAt >= rule.forMillis;
    return {
      labels: labels.drop([METRIC_NAME]),
      state: isFiring ? 'firing' : 'pending',
      annotations: labels.filter(() => false),
      value: Number.NaN,
      activeAt: isFiring ? activeAt : activeAt + nowMillis - writtenMillis,
      firedAt: isFiring ? activeAt + rule.forMillis : undefined,
      resolvedAt: undefined,
      keepFiringSince: undefined,
    };
  });
}
