import type { Batch } from '@otelier/otlp';
import { BatchSizeHistograms } from '../batching/size-histogram.ts';
import { type Exporter, releaseOwned, type Sender, type SignalContext } from '../contract.ts';
import { overflowPolicyOf, type SendingConfig } from './config.ts';
import { Consumers } from './consumers.ts';
import { Delivery } from './delivery.ts';
import { DurableSendingQueue } from './durable-queue.ts';
import { FullQueueReporter } from './full-queue-reporter.ts';
import { MemoryQueue } from './memory-queue.ts';
import type { DropCause, ExporterState, SendingQueue } from './queue.ts';

/** An exporter with a sender, and its queue if it has one. */
export interface SendingExporter extends Exporter {
  readonly queue: { state(): ExporterState } | undefined;
}

/** A queue with its consumers, and how it starts and ends. */
interface RunningQueue {
  readonly queue: SendingQueue;
  readonly consumers: Consumers;
  start(): Promise<void>;
  drain(deadline: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Creates an exporter from a sender, with a queue, retries and a timeout. Without a queue, `consume` returns the outcome of
 * the destination. With a queue, it accepts the batch immediately, or with `storage` once it is on disk. Items that the
 * destination does not accept are counted as dropped. `drain` sends a queue in memory until the deadline, then counts and
 * logs the rest as lost; a queue on disk keeps the rest.
 */
export function createSendingExporter(config: SendingConfig, sender: Sender, context: SignalContext): SendingExporter {
  const delivery = new Delivery(config, sender, context);
  const { enabled, waitForResult, storage } = config.sendingQueue;
  const open = storage === undefined ? openMemoryQueue : openDurableQueue;
  const running = enabled ? open(config.sendingQueue, delivery, context) : undefined;
  let isEnded = false;
  const drain = async (deadline: AbortSignal) => {
    isEnded = true;
    await running?.drain(deadline);
    delivery.end();
    delivery.flush();
  };
  const lifecycle = {
    drain,
    async start() {
      await sender.start?.();
      await running?.start();
    },
    async shutdown() {
      if (!isEnded) await drain(AbortSignal.abort());
      await running?.close();
      await delivery.shutdown();
    },
  };
  if (running === undefined) {
    return {
      ...lifecycle,
      queue: undefined,
      consume: async (batch) => (await delivery.deliver(batch)).outcome,
      async consumeOwned(batch) {
        const { outcome, isUnused } = await delivery.deliver(batch);
        if (isUnused) releaseOwned(batch);
        return outcome;
      },
    };
  }
  const { queue, consumers } = running;
  const queuedSizes = new BatchSizeHistograms();
  const policy = overflowPolicyOf(config.sendingQueue);
  const fullQueue = new FullQueueReporter(context, policy, () => queue.state());
  queue.onFull = () => fullQueue.full();
  const refused = context.dropRule({ reason: 'queue_full', path: ['sending_queue'], isReturned: true });
  queue.onRefused = ({ parts }, { reason }) => refused.parts(parts, reason);
  queue.onQueued = (itemCount) => {
    delivery.heldItems += itemCount;
  };
  queue.onDropped = ({ itemCount, parts }, cause) => delivery.dropped(itemCount, cause, DROP_MESSAGES[cause], parts);
  return {
    ...lifecycle,
    async shutdown() {
      fullQueue.end();
      await lifecycle.shutdown();
    },
    queue: { state: () => ({ ...queue.state(), deliveredItems: delivery.deliveredItems }) },
    consume(batch) {
      queuedSizes.record(batch);
      return queue.consume(batch);
    },
    consumeOwned(batch) {
      queuedSizes.record(batch);
      return queue.consumeOwned(batch);
    },
    batching: () => ({
      queued: queuedSizes.sizes(),
      sent: consumers.sentSizes?.sizes(),
      inFlightRequests: consumers.inFlightRequests,
    }),
    // With `wait_for_result`, clients wait for the items in the queue.
    heldItems: () => (waitForResult ? 0 : delivery.heldItems),
    // Callers that wait for space or the outcome must not reserve before they call `consume`.
    ...(policy === 'block' || waitForResult
      ? {}
      : {
          reserve(batch: Batch) {
            queuedSizes.record(batch);
            const reserved = queue.reserve(batch);
            if (reserved.kind !== 'reserved') queue.onRefused(batch, reserved);
            return reserved;
          },
          whenWritable: () => queue.whenWritable(),
          whenBelowHighWaterMark: () => queue.whenBelowHighWaterMark(),
        }),
  };
}

function openMemoryQueue(
  config: SendingConfig['sendingQueue'],
  delivery: Delivery,
  context: SignalContext,
): RunningQueue {
  const queue = new MemoryQueue(config, context.admission);
  const consumers = new Consumers(queue, config, context.clock, async (batch, isMerged) => {
    if (!config.waitForResult) return delivery.deliverOrDrop(batch, false);
    const delivered = await delivery.deliver(batch);
    const { outcome } = delivered;
    if (isMerged && outcome.kind === 'partial') delivery.rejectedFromMerged(outcome.rejectedItems, outcome.reason);
    return delivered;
  });
  if (config.waitForResult) consumers.onSentAgain = (itemCount) => context.created(itemCount, 'sent_again');
  return {
    ...{ queue, consumers },
    start: () => Promise.resolve(),
    async drain(deadline) {
      const empty = queue.empty();
      consumers.flush();
      if (!deadline.aborted) await untilDeadline(deadline, empty);
      delivery.end();
      const reason = 'the shutdown deadline passed before it was sent';
      const lost = consumers.clear();
      const rejection = { kind: 'retry', afterMillis: undefined, reason } as const;
      for (const { settle } of lost.entries) void settle(rejection, true, false);
      if (!config.waitForResult && lost.itemCount > 0) delivery.dropped(lost.itemCount, 'shutdown', reason);
      for (const { itemCount, parts } of queue.clear()) delivery.dropped(itemCount, 'shutdown', reason, parts);
      // The attempts in flight are aborted. `deliverOrDrop` counts their batches.
      await empty;
    },
    close: () => Promise.resolve(),
  };
}

function openDurableQueue(
  config: SendingConfig['sendingQueue'],
  delivery: Delivery,
  context: SignalContext,
): RunningQueue {
  const queue = new DurableSendingQueue(config, context);
  let isOpen = false;
  const recover = (itemCount: number) => {
    if (itemCount === 0) return;
    delivery.heldItems += itemCount;
    context.created(itemCount, 'recovered');
  };
  queue.onRecovered = (itemCount) => {
    isOpen = true;
    recover(itemCount);
  };
  queue.onDamage = ({ message, lost: { records, items, bytes } }) => {
    context.logger.error(
      { signal: context.signal, batches: records, items, bytes },
      `durable queue damaged: ${message}`,
    );
    if (items === 0) return;
    // The size of a queue that has just been opened does not include what is damaged.
    if (!isOpen) recover(items);
    delivery.dropped(items, 'damaged', message);
  };
  const consumers = new Consumers(queue, config, context.clock, (batch) => delivery.deliverOrDrop(batch, true));
  return {
    ...{ queue, consumers },
    start: () => queue.start(),
    async drain(deadline) {
      queue.stop();
      for (const { settle } of consumers.clear().entries) void settle(INTERRUPTED, true, false);
      delivery.endRetries();
      if (!deadline.aborted) await untilDeadline(deadline, consumers.idle());
      delivery.end();
      await consumers.idle();
    },
    async close() {
      await queue.close();
      if (delivery.heldItems === 0) return;
      context.merged(delivery.heldItems, 'stored');
      delivery.heldItems = 0;
    },
  };
}

const INTERRUPTED = { kind: 'retry', afterMillis: undefined, reason: 'the exporter is shutting down' } as const;

/** Waits for a promise, or until the deadline. */
async function untilDeadline(deadline: AbortSignal, work: Promise<void>): Promise<void> {
  const over = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([work, over]);
}

const DROP_MESSAGES: Readonly<Record<DropCause, string>> = {
  overflow: 'the sending queue is full',
  tenant_removed: 'its tenant was removed',
};
