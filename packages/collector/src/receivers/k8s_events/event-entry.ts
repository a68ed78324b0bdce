import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { Value } from '../../ottl/values/value.ts';

/** An event of the core group. */
export interface KubernetesEvent extends KubernetesObject {
  readonly message?: string;
  readonly reason?: string;
  readonly action?: string;
  readonly type?: string;
  readonly count?: number;
  readonly eventTime?: string | null;
  readonly lastTimestamp?: string | null;
  readonly firstTimestamp?: string | null;
  readonly source?: { readonly host?: string; readonly component?: string };
  readonly involvedObject?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly apiVersion?: string;
    readonly resourceVersion?: string;
    readonly fieldPath?: string;
  };
}

const SEVERITIES: Readonly<Record<string, number>> = { normal: 9, warning: 13 };

/** Returns the time of an event, in milliseconds since the Unix epoch; 0 without one. */
export function eventMillis({ eventTime, lastTimestamp, firstTimestamp }: KubernetesEvent): number {
  return Date.parse(eventTime || lastTimestamp || firstTimestamp || '') || 0;
}

/** Returns the log record of an event, as the Collector makes it. */
export function eventEntry(event: KubernetesEvent, nowMillis: number): Entry {
  const { metadata, message = '', reason = '', action = '', type = '', count = 0, source = {} } = event;
  const involved = event.involvedObject ?? {};
  const entry = new Entry(message, nanos(nowMillis));
  entry.timeNanos = nanos(eventMillis(event));
  const severity = SEVERITIES[type.toLowerCase()];
  if (severity !== undefined) {
    entry.severityNumber = severity;
    entry.severityText = type;
  }
  entry.resource = mapOf({
    'k8s.node.name': source.host ?? '',
    'k8s.object.kind': involved.kind ?? '',
    'k8s.object.name': involved.name ?? '',
    'k8s.object.uid': involved.uid ?? '',
    'k8s.object.fieldpath': involved.fieldPath ?? '',
    'k8s.object.api_version': involved.apiVersion ?? '',
    'k8s.object.resource_version': involved.resourceVersion ?? '',
  });
  entry.attributes = mapOf({
    'k8s.event.reason': reason,
    'k8s.event.action': action,
    'k8s.event.start_time': goTime(metadata.creationTimestamp),
    'k8s.event.name': metadata.name,
    'k8s.event.uid': metadata.uid,
    'k8s.namespace.name': involved.namespace ?? '',
    ...(count !== 0 && { 'k8s.event.count': BigInt(count) }),
  });
  return entry;
}

function mapOf(values: Readonly<Record<string, Value>>): Map<string, Value> {
  return new Map(Object.entries(values));
}

function nanos(millis: number): bigint {
  return BigInt(millis) * 1_000_000n;
}

/** Returns a time as Go prints it, such as `2026-01-02 03:04:05 +0000 UTC`. */
function goTime(text = ''): string {
  return text.replace('T', ' ').replace(/Z$/, ' +0000 UTC');
}
