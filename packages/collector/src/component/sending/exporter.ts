import type { Batch, Outcome } from '@otelier/otlp';
import { retry } from '@otelier/transport';
import type { Exporter, Sender, SignalContext } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { formatDuration } from '../units.ts';
import type { SendingConfig } from './config.ts';
import { ErrorReporter } from './error-reporter.ts';
import { FullQueueReporter } from './full-queue-reporter.ts';
import { SendingQueue } from './queue.ts';

/** An exporter with a sender and, optionally, a queue. */
export interface SendingExporter extends Exporter {
  readonly queue: SendingQueue | undefined;
}

/**
 * Creates an exporter from a sender, with a queue, retries and a timeout. Without a queue, `consume` returns the
 * destination's outcome. With a queue, it accepts the batch immediately and counts items that the destination does not
 * accept as dropped. `drain` sends the queued batches until the deadline, then counts and logs the rest as lost.
 */
export function createSendingExporter(config: SendingConfig, sender: Sender, context: SignalContext): SendingExporter {
  const delivery = new Delivery(config, sender, context);
  const { enabled, blockOnOverflow, waitForResult } = config.sendingQueue;
  const lifecycle = {
    start: () => sender.start?.() ?? Promise.resolve(),
    drain: (deadline: AbortSignal) => delivery.drain(deadline),
    shutdown: () => delivery.shutdown(),
  };
  if (!enabled) return { ...lifecycle, queue: undefined, consume: (batch) => delivery.deliver(batch) };

  const queue = new SendingQueue(config.sendingQueue, context.admission, (batch) =>
    waitForResult ? delivery.deliver(batch) : delivery.deliverOrDrop(batch),
  );
  delivery.queue = queue;
  const fullQueue = new FullQueueReporter(context, blockOnOverflow, () => queue.state());
  queue.onFull = () => fullQueue.full();
  return {
    ...lifecycle,
    async shutdown() {
      fullQueue.end();
      await lifecycle.shutdown();
    },
    queue,
    consume: (batch) => queue.consume(batch),
    // Callers that wait for space or for the outcome must not reserve capacity before they call `consume`.
    ...(blockOnOverflow || waitForResult
      ? {}
      : {
          reserve: (batch: Batch) => queue.reserve(batch),
          whenWritable: () => queue.whenWritable(),
          whenBelowHighWaterMark: () => queue.whenBelowHighWaterMark(),
        }),
  };
}

/** Caps the number of rejected items, which the destination reports, at the size of the batch. */
function limitRejected(outcome: Outcome, { itemCount }: Batch): Outcome {
  if (outcome.kind !== 'partial' || outcome.rejectedItems <= itemCount) return outcome;
  return { ...outcome, rejectedItems: itemCount };
}

class Delivery {
  queue: SendingQueue | undefined;
  readonly #config: SendingConfig;
  readonly #sender: Sender;
  readonly #context: SignalContext;
  readonly #errorReporter: ErrorReporter;
  /** Aborts attempts and retry delays at the `drain` deadline. */
  readonly #end = new AbortController();
  /** Aborts retries once the destination refuses connections while the service drains. */
  readonly #giveUp = new AbortController();
  readonly #noRetry = AbortSignal.any([this.#end.signal, this.#giveUp.signal]);
  #failing = false;

  constructor(config: SendingConfig, sender: Sender, context: SignalContext) {
    this.#config = config;
    this.#sender = sender;
    this.#context = context;
    this.#errorReporter = new ErrorReporter(context);
  }

  /** Sends a batch with retries and returns its outcome. */
  async deliver(batch: Batch): Promise<Outcome> {
    const { retryOnFailure } = this.#config;
    const outcome = retryOnFailure.enabled
      ? await retry(
          () => this.#attemptOrGiveUp(batch),
          {
            initialIntervalMillis: retryOnFailure.initialInterval,
            maxIntervalMillis: retryOnFailure.maxInterval,
            multiplier: retryOnFailure.multiplier,
            randomizationFactor: retryOnFailure.randomizationFactor,
            maxElapsedMillis: retryOnFailure.maxElapsedTime,
          },
          {
            clock: this.#context.clock,
            random: this.#context.random,
            signal: this.#noRetry,
            // A delay must not use up the remaining time.
            hurry: this.#context.host.draining,
            onRetry: (_waitMillis, reason) => this.#reportFailure(reason),
          },
        )
      : await this.#attempt(batch);
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') this.#reportSuccess();
    return outcome;
  }

  /** Sends a batch that is already accepted, and counts undelivered items as dropped. */
  async deliverOrDrop(batch: Batch): Promise<Outcome> {
    const outcome = await this.deliver(batch);
    if (outcome.kind === 'partial') {
      this.#errorReporter.dropped(outcome.rejectedItems, 'rejected', outcome.reason);
    } else if (outcome.kind === 'refused') {
      this.#errorReporter.dropped(batch.itemCount, 'refused', outcome.reason);
    } else if (outcome.kind === 'retry') {
      if (this.#noRetry.aborted) this.#errorReporter.dropped(batch.itemCount, 'shutdown', outcome.reason);
      else this.#errorReporter.dropped(batch.itemCount, 'failed', outcome.reason);
    }
    return outcome;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    const { queue } = this;
    const empty = queue?.empty() ?? Promise.resolve();
    if (!deadline.aborted) await Promise.race([empty, aborted(deadline)]);
    this.#end.abort();
    for (const batch of queue?.clear() ?? []) {
      this.#errorReporter.dropped(batch.itemCount, 'shutdown', 'the shutdown deadline passed before it was sent');
    }
    // In-flight attempts are aborted. `deliverOrDrop` counts their batches.
    await empty;
    this.#errorReporter.flush();
  }

  async shutdown(): Promise<void> {
    if (!this.#end.signal.aborted) await this.drain(AbortSignal.abort());
    this.#errorReporter.end();
    await this.#sender.shutdown?.();
  }

  /**
   * Attempts to send a batch. While the service drains, it does not wait for an unreachable destination: the remaining
   * queued batches get one attempt each, as in the Collector.
   */
  async #attemptOrGiveUp(batch: Batch): Promise<Outcome> {
    const outcome = await this.#attempt(batch);
    const isUnreachable = outcome.kind === 'retry' && outcome.unreachable === true;
    if (isUnreachable && this.#context.host.draining.aborted) this.#giveUp.abort();
    return outcome;
  }

  async #attempt(batch: Batch): Promise<Outcome> {
    if (this.#end.signal.aborted)
      return { kind: 'retry', afterMillis: undefined, reason: 'the exporter is shutting down' };
    const attempt = new AbortController();
    const stop = () => attempt.abort(this.#end.signal.reason);
    this.#end.signal.addEventListener('abort', stop, { once: true });
    const { timeout } = this.#config;
    const cancel =
      timeout > 0
        ? this.#context.clock.setTimeout(
            () => attempt.abort(new DOMException(`no response within ${formatDuration(timeout)}`, 'TimeoutError')),
            timeout,
          )
        : undefined;
    try {
      return limitRejected(await this.#sender.send(batch, attempt.signal), batch);
    } catch (error) {
      this.#context.logger.error({ err: error }, 'sender threw, refusing the batch: this is a bug');
      return { kind: 'refused', reason: errorMessage(error) };
    } finally {
      cancel?.();
      this.#end.signal.removeEventListener('abort', stop);
    }
  }

  #reportFailure(reason: string): void {
    this.#context.reportStatus(`retrying, ${reason}`);
    if (this.#failing) return;
    this.#failing = true;
    this.#context.logger.warn({ reason }, 'export failed, retrying');
  }

  #reportSuccess(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#context.reportStatus(undefined);
    this.#context.logger.info('export recovered');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
