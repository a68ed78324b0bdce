import type { SelfCount } from './inspect/self-metrics.ts';
import type { MergedSender } from './merge-senders.ts';

/** Returns the time of the newest items minus their arrival, in the median of the latest requests. */
export function clockOf({ inspected: { offsets } }: MergedSender): number | undefined {
  return offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 2)];
}

/** Returns the items that the SDK dropped, by cause. A processor also counts what its exporter failed to send. */
export function droppedOf({ inspected: { self } }: MergedSender): readonly SelfCount[] {
  return self.filter(
    ({ of, error, value }) => value > 0 && error !== '' && (of === 'exporter' || error === 'queue_full'),
  );
}

/** Items of a signal that were sent, and how many of them did not arrive. */
export interface Gap {
  readonly signal: SelfCount['signal'];
  readonly items: number;
  readonly sent: number;
}

/**
 * Returns the items that the SDK sent and that did not arrive: its own count at the moment of an export of metrics,
 * compared with what had arrived by the arrival of that export. Only SDKs that started after the gateway are compared,
 * and only signals with one exporter, because others send elsewhere too.
 */
export function missingOf(
  { inspected: { self }, signals, threads }: MergedSender,
  sinceMillis: number,
): readonly Gap[] {
  const sent = self.filter(({ of, error }) => of === 'exporter' && error === '');
  return sent.flatMap((count): Gap[] => {
    const { signal, value, startMillis } = count;
    if (startMillis < sinceMillis || sent.some((other) => other !== count && other.signal === signal)) return [];
    // Other threads received some of the items.
    const received = threads === 1 ? count.received : (signals[signal]?.items ?? 0);
    return value > received ? [{ signal, items: value - received, sent: value }] : [];
  });
}
