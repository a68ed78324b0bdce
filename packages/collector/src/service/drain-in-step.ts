import type { Clock } from '@otelier/transport';
import { type DrainOrder, inFlowOrder } from '../graph/drain.ts';

/** Drains nodes of one or of several threads by their IDs, for at most `remainingMillis`. */
export type DrainThread = (ids: readonly string[], remainingMillis: number) => Promise<void>;

/** The nodes to drain in the main thread and in the workers. */
export interface DrainPlan {
  readonly main: DrainOrder;
  readonly workers: DrainOrder;
  /** The edges of all threads. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly drainMain: DrainThread;
  readonly drainWorkers: DrainThread;
}

/**
 * Drains all receivers, then processors and connectors in the direction of the flow, then all exporters. Threads proceed
 * in step, because a thread can forward batches only to threads that still accept them.
 */
export async function drainInStep(plan: DrainPlan, graceMillis: number, clock: Clock): Promise<void> {
  const { main, workers, edges } = plan;
  const end = clock.monotonic() + graceMillis;
  const remaining = () => Math.max(0, end - clock.monotonic());
  const drainMain = (ids: readonly string[], millis = remaining()) => plan.drainMain(ids, millis);
  const drainWorkers = async (ids: readonly string[], millis = remaining()) => {
    if (ids.length > 0) await plan.drainWorkers(ids, millis);
  };
  // Half of the time is reserved for accepted telemetry, in case senders do not finish.
  const half = graceMillis / 2;
  await Promise.all([drainMain(main.receivers, half), drainWorkers(workers.receivers, half)]);
  // Batches pass between threads in both directions: to connectors of the main thread, and to partitions of the workers.
  for (const id of inFlowOrder([...main.between, ...workers.between], edges)) {
    const isIn = (order: DrainOrder) => (order.between.includes(id) ? [id] : []);
    // The workers' part of a connector passes its batches to the part in the main thread.
    await drainWorkers(isIn(workers));
    await drainMain(isIn(main));
  }
  await drainWorkers(workers.exporters);
  await drainMain(main.exporters);
  for (const id of main.extensions) await drainMain([id]);
  await drainWorkers(workers.extensions);
}
