import type { Attributes, MeterProvider, ObservableResult } from '@opentelemetry/api';
import type { Signal } from '@otelier/otlp';
import type { SignalHealth } from '../delivery/contract.ts';
import type { Client } from './client.ts';

/**
 * Reports a client's statistics as metrics named according to OpenTelemetry's SDK semantic conventions (`otel.sdk.…`):
 * queued, sent and lost items, with the cause (`error.type`). The meters may use the same client. `name` distinguishes
 * the clients of a program. Returns a function that stops reporting.
 */
export function observeClient(client: Client, meters: MeterProvider, name: string = nextName()): () => void {
  const meter = meters.getMeter('@otelier/sdk');
  const component = { 'otel.component.type': 'otelier_client', 'otel.component.name': name };
  const stops = KINDS.flatMap(({ signal, item, unit }) => {
    const observe = (
      kind: 'Counter' | 'UpDownCounter',
      metric: string,
      description: string,
      report: (health: SignalHealth, observe: (value: number, attributes?: Attributes) => void) => void,
      unitOf = unit,
    ) => {
      const instrument = meter[`createObservable${kind}`](metric, { unit: unitOf, description });
      const callback = (result: ObservableResult) => {
        const health = client.health[signal];
        if (health === undefined) return;
        report(health, (value, attributes) => result.observe(value, { ...component, ...attributes }));
      };
      instrument.addCallback(callback);
      return () => instrument.removeCallback(callback);
    };
    // In the conventions, queues belong to processors, which metrics do not have.
    const hasProcessor = signal !== 'metrics';
    return [
      observe(
        'UpDownCounter',
        hasProcessor ? `otel.sdk.processor.${item}.queue.size` : `otel.sdk.exporter.${item}.inflight`,
        'Items that are queued or in flight.',
        ({ queuedItems }, report) => report(queuedItems),
      ),
      ...(hasProcessor
        ? [
            observe(
              'Counter',
              `otel.sdk.processor.${item}.processed`,
              'Items that were dropped because the queue was full.',
              ({ droppedItems }, report) => report(droppedItems.queue_full, { 'error.type': 'queue_full' }),
            ),
          ]
        : []),
      observe(
        'Counter',
        `otel.sdk.exporter.${item}.exported`,
        'Items that were sent, or lost with an error type.',
        ({ sentItems, rejectedItems, droppedItems }, report) => {
          report(sentItems);
          report(rejectedItems, { 'error.type': 'rejected' });
          for (const [cause, items] of Object.entries(droppedItems)) {
            if (!hasProcessor || cause !== 'queue_full') report(items, { 'error.type': cause });
          }
        },
      ),
      observe(
        'Counter',
        `otelier.client.${item}.retries`,
        'Attempts to send a request again.',
        ({ retries }, report) => report(retries),
        '{attempt}',
      ),
    ];
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/** The item name and unit of each signal in the conventions. */
const KINDS: readonly { readonly signal: Signal; readonly item: string; readonly unit: string }[] = [
  { signal: 'traces', item: 'span', unit: '{span}' },
  { signal: 'logs', item: 'log', unit: '{log_record}' },
  { signal: 'metrics', item: 'metric_data_point', unit: '{data_point}' },
];

let clients = 0;

function nextName(): string {
  return `otelier_client/${clients++}`;
}
