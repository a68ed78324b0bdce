import {
  type Batch,
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  type ResourceView,
  type Signal,
} from '@otelier/otlp';
import type { ObservedSender } from '@otelier/query';

/** A program that sends telemetry, as observed in live batches: the items of one resource. */
export interface Sender {
  /** `service.name`, or an empty string. */
  readonly service: string;
  /** The other attributes of the resource that identify a program and its SDK. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly items: number;
  /** Time of the latest item minus its time of arrival. Positive if it is from the future. */
  readonly newestMillis: number;
}

/** Attributes that identify a program and its SDK. */
const ATTRIBUTES = [
  ...['service.instance.id', 'service.version', 'host.name', 'process.pid', 'k8s.pod.name', 'container.id'],
  ...['telemetry.sdk.language', 'telemetry.sdk.name', 'telemetry.sdk.version'],
] as const;

/** Maximum number of items that are read per batch. */
const MAX_ITEMS = 200;
const MAX_SENDERS = 1_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Collects the senders of a sample of live batches. */
export class SenderSample {
  readonly #senders = new Map<string, Mutable<Sender>>();

  /** Reads the first items of a batch. */
  add(batch: Batch): void {
    const read = READERS[batch.signal];
    if (read === undefined) return;
    let items = 0;
    for (const part of batch.parts) {
      if (items >= MAX_ITEMS) return;
      read(part, (resource, timeNanos) => {
        items += 1;
        if (items <= MAX_ITEMS) this.#item(resource, timeNanos, batch.context.arrivalMillis);
      });
    }
  }

  /** Returns the senders that were observed. */
  senders(): readonly Sender[] {
    return [...this.#senders.values()];
  }

  #item(resource: ResourceView, timeNanos: bigint, arrivalMillis: number): void {
    const service = resource.serviceName ?? '';
    const attributes: Record<string, string> = {};
    for (const key of ATTRIBUTES) {
      const value = resource.attributes.get(key);
      if (value !== undefined) attributes[key] = String(value);
    }
    const key = JSON.stringify([service, attributes]);
    const known = this.#senders.get(key);
    if (known === undefined && this.#senders.size >= MAX_SENDERS) return;
    const sender = known ?? { service, attributes, items: 0, newestMillis: Number.NEGATIVE_INFINITY };
    if (known === undefined) this.#senders.set(key, sender);
    sender.items += 1;
    if (timeNanos > 0n) {
      const millis = Number(timeNanos / 1_000_000n) - arrivalMillis;
      sender.newestMillis = Math.max(sender.newestMillis, millis);
    }
  }
}

type Visit = (resource: ResourceView, timeNanos: bigint) => void;

/** How the resources and times of a signal's items are read. Items of other signals have no time of their own. */
const READERS: Partial<Record<Signal, (part: Uint8Array, visit: Visit) => void>> = {
  traces: (part, visit) =>
    forEachSpan(part, (span) => visit(span.resource, span.endTimeUnixNano || span.startTimeUnixNano)),
  logs: (part, visit) =>
    forEachLogRecord(part, (record) => visit(record.resource, record.observedTimeUnixNano || record.timeUnixNano)),
  metrics: (part, visit) => forEachDataPoint(part, (point, metric) => visit(metric.resource, point.timeUnixNano)),
};

/** Attributes of which a sender needs one, so that its instances can be told apart. */
const INSTANCE = ['service.instance.id', 'process.pid', 'k8s.pod.name', 'container.id'];

/** Returns the senders by service and SDK, most items first. */
export function listSenders(senders: readonly Sender[]): ObservedSender[] {
  const total = senders.reduce((sum, { items }) => sum + items, 0);
  const groups = Map.groupBy(senders, ({ service, attributes }) => JSON.stringify([service, sdkOf(attributes)]));
  return [...groups.values()]
    .flatMap((group): ObservedSender[] => {
      const [first] = group;
      if (first === undefined) return [];
      const newest = Math.max(...group.map(({ newestMillis }) => newestMillis));
      const lacks = (keys: readonly string[]) =>
        group.some(({ attributes }) => keys.every((key) => attributes[key] === undefined));
      return [
        {
          service: first.service,
          sdk: sdkOf(first.attributes),
          instances: group.length,
          itemShare: total === 0 ? 0 : group.reduce((sum, { items }) => sum + items, 0) / total,
          ...(Number.isFinite(newest) && { newestMillis: newest }),
          missing: [
            ...(first.service === '' ? ['service.name'] : []),
            ...(lacks(INSTANCE) ? ['service.instance.id'] : []),
            ...(lacks(['service.version']) ? ['service.version'] : []),
          ],
        },
      ];
    })
    .toSorted((a, b) => b.itemShare - a.itemShare);
}

function sdkOf(attributes: Sender['attributes']): string {
  return [attributes['telemetry.sdk.language'], attributes['telemetry.sdk.version']].filter(Boolean).join(' ');
}
