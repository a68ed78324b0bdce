import { SIGNALS, type Signal } from '@otelier/otlp';
import { clockOf, droppedOf, missingOf } from '../derive.ts';
import type { MergedSender } from '../merge-senders.ts';
import type { SignalCounts } from '../sender-snapshot.ts';
import { codeFor } from './code-by-language.ts';
import { amount, listed, type SenderRule } from './rule.ts';

/** Time that items can be ahead of the clock of this machine. */
const AHEAD_MILLIS = 5_000;
/** Age of the newest items that queues, intervals and a Collector explain. */
const BEHIND_MILLIS = 120_000;

const clock: SenderRule = {
  check: 'clock',
  run(sender) {
    const millis = clockOf(sender);
    if (millis === undefined || (millis <= AHEAD_MILLIS && millis >= -BEHIND_MILLIS)) return undefined;
    const seconds = `${Math.round(Math.abs(millis) / 1000).toLocaleString('en')} s`;
    if (millis > 0)
      return {
        severity: 'warning',
        message: `its items are ${seconds} ahead of the clock of this machine`,
        remedy:
          'Synchronize the clocks of both machines (NTP). Until then, its items are outside of the ranges that queries show.',
        code: 'chronyc makestep',
      };
    return {
      severity: 'warning',
      message: `its newest items are ${seconds} old when they arrive`,
      remedy: 'Synchronize the clock of the sender (NTP), unless it sends stored telemetry, such as after an outage.',
      code: 'chronyc makestep',
    };
  },
};

const partial: SenderRule = {
  check: 'partial-success',
  run(sender) {
    const rejected = sum(sender, 'rejectedItems');
    if (rejected === 0) return undefined;
    return {
      severity: 'warning',
      message: `${amount(rejected, 'item')} of ${amount(sum(sender, 'partialRequests'), 'request')} were rejected: ${sender.reasons.partial}`,
      remedy:
        'SDKs do not send these items again. Change what the reason names; the SDK logs the same text as a partial success.',
    };
  },
};

const refused: SenderRule = {
  check: 'refused',
  run(sender) {
    const requests = sum(sender, 'refusedRequests');
    if (requests === 0) return undefined;
    return {
      severity: 'error',
      message: `${amount(requests, 'request')} with ${amount(sum(sender, 'refusedItems'), 'item')} were refused: ${sender.reasons.refused}`,
      remedy: 'The SDK drops refused requests. Change what the reason names, in the sender or in the pipeline.',
    };
  },
};

/** Number of requests from which repetitions are reported: a single one happens when a connection breaks. */
const MIN_REPEATED = 3;

const retries: SenderRule = {
  check: 'retries',
  run(sender) {
    const rejected = sum(sender, 'retryRequests');
    const { repeatedFailed } = sender;
    if (rejected < MIN_REPEATED && repeatedFailed < MIN_REPEATED) return undefined;
    return {
      severity: 'warning',
      message: `${amount(rejected, 'request')} were rejected as retryable, ${amount(repeatedFailed, 'request')} were sent again: ${sender.reasons.retry}`,
      remedy:
        'SDKs give up after some retries and drop the items. Give the gateway more memory (`service.memory.limit`) or a larger queue, or send less at once.',
      code: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE=256',
    };
  },
};

const repeated: SenderRule = {
  check: 'repeated-requests',
  run({ repeatedAccepted }) {
    if (repeatedAccepted < MIN_REPEATED) return undefined;
    return {
      severity: 'warning',
      message: `${amount(repeatedAccepted, 'request')} repeated one that had been accepted, so that their items count twice`,
      remedy:
        'Either the response came too late for the timeout of the exporter, or two exporters with the same destination are registered. Raise the timeout, or remove one exporter.',
      code: 'OTEL_EXPORTER_OTLP_TIMEOUT=30000',
    };
  },
};

/** Settings of the queues of an SDK, by signal. */
const QUEUE: Partial<Readonly<Record<Signal, string>>> = {
  traces: 'OTEL_BSP_MAX_QUEUE_SIZE=8192 OTEL_BSP_SCHEDULE_DELAY=1000',
  logs: 'OTEL_BLRP_MAX_QUEUE_SIZE=8192 OTEL_BLRP_SCHEDULE_DELAY=500',
};

const dropped: SenderRule = {
  check: 'sdk-drops',
  run(sender) {
    const drops = droppedOf(sender);
    const total = drops.reduce((items, { value }) => items + value, 0);
    const [first] = drops;
    if (first === undefined || total === 0) return undefined;
    const causes = drops.map(
      ({ signal, value, error }) => `${amount(value, nounOf(signal, 1), nounOf(signal, 2))} (${error})`,
    );
    const code = drops.some(({ of }) => of === 'processor') ? QUEUE[first.signal] : undefined;
    return {
      severity: 'error',
      message: `its SDK dropped ${listed(causes)}, as its own metrics tell`,
      remedy:
        code === undefined
          ? 'Exports failed until the SDK gave up. Check the network between the sender and the gateway, and the rejected requests.'
          : 'The queue of the SDK was full. Enlarge it, export more often, or sample in the SDK.',
      ...(code !== undefined && { code }),
    };
  },
};

const missing: SenderRule = {
  check: 'missing-items',
  run(sender, { sinceMillis }) {
    const gaps = missingOf(sender, sinceMillis);
    if (gaps.length === 0) return undefined;
    const texts = gaps.map(
      ({ signal, items, sent }) =>
        `${items.toLocaleString('en')} of ${amount(sent, nounOf(signal, 1), nounOf(signal, 2))}`,
    );
    return {
      severity: 'warning',
      message: `${listed(texts)} that its SDK sent did not arrive here`,
      remedy:
        'Something between the SDK and this gateway accepts items and drops them: a proxy, an agent or a Collector that samples or filters, or a second gateway behind the same name. Compare its counters.',
      code: 'otelier doctor',
    };
  },
};

/** Number of requests from which their sizes and intervals are checked. */
const MIN_REQUESTS = 20;
/** Items per request and time between two requests below which sending costs more than what is sent. */
const SMALL_ITEMS = 5;
const SHORT_MILLIS: Partial<Readonly<Record<Signal, number>>> = { traces: 500, logs: 500, metrics: 2000 };

const smallBatches: SenderRule = {
  check: 'small-batches',
  run({ signals, facts }) {
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const counts = signals[signal];
      if (counts === undefined || counts.requests < MIN_REQUESTS) continue;
      const isMetrics = signal === 'metrics';
      const perRequest = counts.items / counts.requests;
      const interval = (counts.lastMillis - counts.firstMillis) / (counts.requests - 1);
      if (interval >= (SHORT_MILLIS[signal] ?? 0) || (!isMetrics && perRequest >= SMALL_ITEMS)) continue;
      return {
        severity: 'warning',
        message: `it sends ${SIGNALS[signal].signal} every ${Math.round(interval).toLocaleString('en')} ms, with ${perRequest.toFixed(1)} items per request`,
        remedy: isMetrics
          ? 'Export metrics less often: each export sends all series.'
          : 'Send batches: use the batch processor of the SDK, with its default delay and size.',
        code: isMetrics
          ? 'OTEL_METRIC_EXPORT_INTERVAL=60000'
          : signal === 'logs'
            ? 'OTEL_BLRP_SCHEDULE_DELAY=1000 OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=512'
            : codeFor('batch', facts.language),
      };
    }
    return undefined;
  },
};

function sum({ signals }: MergedSender, key: Exclude<keyof SignalCounts, 'firstMillis' | 'lastMillis'>): number {
  return Object.values(signals).reduce((total, counts) => total + counts[key], 0);
}

function nounOf(signal: Signal, count: 1 | 2): string {
  return SIGNALS[signal].itemNoun[count === 1 ? 'one' : 'many'];
}

/** The rules about how telemetry arrives. */
export const DELIVERY_RULES: readonly SenderRule[] = [
  refused,
  dropped,
  partial,
  retries,
  repeated,
  missing,
  clock,
  smallBatches,
];
