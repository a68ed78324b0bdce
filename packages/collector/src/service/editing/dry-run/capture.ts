import type { Batch, BatchContext, Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Host } from '../../../component/host.ts';

/** A batch that left a receiver. */
export interface CapturedBatch {
  /** ID of the receiver. */
  readonly receiver: string;
  readonly signal: Signal;
  /** Time since the beginning, in milliseconds. */
  readonly atMillis: number;
  readonly parts: readonly Uint8Array[];
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly context: BatchContext;
}

/** What receivers passed on during some time. */
export interface Capture {
  /** Time of the beginning, in milliseconds since the Unix epoch. */
  readonly startMillis: number;
  readonly durationMillis: number;
  readonly batches: readonly CapturedBatch[];
  readonly items: number;
  /** Whether it ended early, because it had enough. */
  readonly isFull: boolean;
  /** Number of items of other threads that were not captured. */
  readonly skippedItems: number;
}

/** What a capture keeps at most. */
export interface CaptureLimits {
  readonly millis: number;
  readonly items: number;
  readonly bytes: number;
}

/** Observes what leaves the receivers, until the time has passed, the limits are reached, or the signal aborts. */
export async function captureAtReceivers(
  host: Pick<Host, 'graph' | 'subscribe'>,
  clock: Clock,
  limits: CaptureLimits,
  signal: AbortSignal,
): Promise<Capture> {
  const batches: CapturedBatch[] = [];
  const start = clock.monotonic();
  const startMillis = clock.now();
  const full = Promise.withResolvers<void>();
  let [items, bytes, skippedItems, isFull] = [0, 0, 0, false];
  const take = (receiver: string, { parts, itemCount, sizeBytes, context, signal: kind }: Batch, skipped = 0) => {
    skippedItems += skipped;
    if (isFull) return;
    if (items + itemCount > limits.items || bytes + sizeBytes > limits.bytes) {
      isFull = true;
      full.resolve();
      return;
    }
    items += itemCount;
    bytes += sizeBytes;
    const { trace: _, ...plain } = context;
    const atMillis = clock.monotonic() - start;
    batches.push({ receiver, signal: kind, atMillis, parts, itemCount, sizeBytes, context: plain });
  };
  const stops = outputsOf(host).map(({ receiver, edge }) =>
    host.subscribe({ edges: [edge] }, (batch, skipped) => take(receiver, batch, skipped)),
  );
  const abort = () => full.resolve();
  signal.addEventListener('abort', abort);
  const stopTimer = clock.setTimeout(() => full.resolve(), limits.millis);
  if (signal.aborted) full.resolve();
  await full.promise;
  stopTimer();
  signal.removeEventListener('abort', abort);
  for (const stop of stops) stop();
  return { startMillis, durationMillis: clock.monotonic() - start, batches, items, isFull, skippedItems };
}

/** Returns one edge for each receiver and signal: all of its edges carry the same batches. */
function outputsOf(host: Pick<Host, 'graph'>): readonly { readonly receiver: string; readonly edge: string }[] {
  const { nodes, edges } = host.graph();
  return nodes
    .filter(({ kind }) => kind === 'receiver')
    .flatMap(({ id, component }) => {
      const outputs = edges.filter(({ from }) => from === id);
      const bySignal = new Map(outputs.map((edge) => [edge.signal, edge]));
      return [...bySignal.values()].map((edge) => ({ receiver: component, edge: edge.id }));
    });
}
