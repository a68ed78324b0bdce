import type { Alerting } from '@otelier/alerting';
import type { Notifier } from '@otelier/alerting/notify';
import { counter, gauge, type OwnMetric, type OwnPoint, single } from '../../component/observe/own-metric.ts';

type Group = ReturnType<Alerting['rules']>[number];

/** Returns the metrics of the evaluation of rules, with the names of Prometheus, and of notifications. */
export function alertingMetrics(alerting: Alerting | undefined, notifier: Notifier | undefined): readonly OwnMetric[] {
  const groups = alerting?.rules() ?? [];
  const points = (value: (group: Group) => number): OwnPoint[] =>
    groups.map((running) => ({
      attributes: { rule_group: `${running.group.file};${running.group.name}` },
      value: value(running),
    }));
  const metrics = [
    counter(
      'prometheus_rule_group_iterations',
      '{evaluation}',
      'Number of scheduled evaluations of a group, also of those that were missed.',
      points(({ counts }) => counts.scheduled),
    ),
    counter(
      'prometheus_rule_group_iterations_missed',
      '{evaluation}',
      'Number of evaluations of a group that were missed, because the one before took longer than the interval.',
      points(({ counts }) => counts.missed),
    ),
    counter(
      'prometheus_rule_evaluations',
      '{evaluation}',
      'Number of evaluations of the rules of a group.',
      points(({ counts }) => counts.evaluations),
    ),
    counter(
      'prometheus_rule_evaluation_failures',
      '{evaluation}',
      'Number of evaluations of the rules of a group that failed.',
      points(({ counts }) => counts.failures),
    ),
    counter(
      'otelier_rule_evaluation_time',
      's',
      'Time that the evaluations of a group took.',
      points(({ counts }) => counts.durationMillis / 1000),
    ),
    gauge(
      'prometheus_rule_group_last_duration_seconds',
      's',
      'Duration of the last evaluation of a group.',
      points(({ evaluationMillis }) => evaluationMillis / 1000),
    ),
    gauge(
      'prometheus_rule_group_rules',
      '{rule}',
      'Number of rules of a group.',
      points(({ rules }) => rules.length),
    ),
  ];
  if (notifier === undefined) return metrics;
  const { pending, failed } = notifier.deliveries();
  return [
    ...metrics,
    gauge(
      'otelier_alert_notifications_pending',
      '{notification}',
      'Number of notifications that no receiver has accepted yet.',
      single(pending.length),
    ),
    gauge(
      'otelier_alert_notifications_refused',
      '{notification}',
      'Number of groups of alerts whose last notification the receiver refused.',
      single(failed.length),
    ),
  ];
}
