import type { Value } from '@otelier/query/go-template';
import { fingerprintOf, type LabelSet } from '../matching/labels.ts';
import { alertList, keyValues, recordValue, timeValue } from './values.ts';

/** An alert in a notification. Times are in milliseconds since the epoch. */
export interface NotifiedAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAtMs: number;
  /** When it was resolved; `undefined` while it fires. */
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string;
}

/** What templates and payloads tell about a notification. */
export interface NotificationData {
  readonly receiver: string;
  readonly alerts: readonly NotifiedAlert[];
  /** Why the notification is sent, such as `first notification`. */
  readonly reason: string;
  readonly groupLabels: LabelSet;
  readonly routeLabels: LabelSet;
  readonly groupKey: string;
  readonly externalUrl: string;
  readonly nowMillis: number;
}

/** Returns whether an alert fires or is resolved. */
export function statusOf({ endsAtMs }: NotifiedAlert): 'firing' | 'resolved' {
  return endsAtMs === undefined ? 'firing' : 'resolved';
}

/** A group fires while one of its alerts does. */
export function groupStatus(alerts: readonly NotifiedAlert[]): 'firing' | 'resolved' {
  return alerts.some((alert) => statusOf(alert) === 'firing') ? 'firing' : 'resolved';
}

/** Returns the labels, or annotations, that all alerts have in common. */
export function commonOf(sets: readonly LabelSet[]): LabelSet {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  );
}

/** Returns the data as the value of `.` in a template. */
export function toTemplateValue(data: NotificationData): Value {
  const { alerts } = data;
  return recordValue({
    Receiver: escapePattern(data.receiver),
    Status: groupStatus(alerts),
    Alerts: alertList(alerts.map(alertValue)),
    NotificationReason: data.reason,
    GroupLabels: keyValues(data.groupLabels),
    CommonLabels: keyValues(commonOf(alerts.map(({ labels }) => labels))),
    CommonAnnotations: keyValues(commonOf(alerts.map(({ annotations }) => annotations))),
    RouteLabels: keyValues(data.routeLabels),
    ExternalURL: data.externalUrl,
  });
}

function alertValue(alert: NotifiedAlert): Value {
  return recordValue({
    Status: statusOf(alert),
    Labels: keyValues(alert.labels),
    Annotations: keyValues(alert.annotations),
    StartsAt: timeValue(alert.startsAtMs),
    EndsAt: timeValue(alert.endsAtMs),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: fingerprintOf(alert.labels),
  });
}

/** Returns the data in the form of Alertmanager's payload. */
export function toPayload(data: NotificationData): Readonly<Record<string, unknown>> {
  const { alerts } = data;
  return {
    receiver: escapePattern(data.receiver),
    status: groupStatus(alerts),
    alerts: alerts.map((alert) => ({
      status: statusOf(alert),
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: formatRfc3339(alert.startsAtMs),
      endsAt: formatRfc3339(alert.endsAtMs),
      generatorURL: alert.generatorUrl,
      fingerprint: fingerprintOf(alert.labels),
    })),
    notification_reason: data.reason,
    groupLabels: data.groupLabels,
    commonLabels: commonOf(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
    routeLabels: data.routeLabels,
    externalURL: data.externalUrl,
  };
}

/** Alertmanager shows the name of a receiver as a regular expression that matches it. */
function escapePattern(name: string): string {
  return name.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** Formats a time as Go's JSON does: without the zeros at the end. `undefined` is Go's zero time. */
export function formatRfc3339(millis: number | undefined): string {
  if (millis === undefined) return '0001-01-01T00:00:00Z';
  return new Date(millis).toISOString().replace(/(?:\.000|(\.\d*?)0+)Z$/, '$1Z');
}
