import type { Batch, Outcome } from '@otelier/otlp';
import { retry } from '@otelier/transport';
import type { Exporter, Sender, SignalContext } from '../contract.ts';
import { formatDuration } from '../units.ts';
import type { SendingConfig } from './config.ts';
import { ErrorReporter } from './error-reporter.ts';
import { SendingQueue } from './queue.ts';

/** An exporter made of a sender, with its queue (if it has one) to look at. */
export interface SendingExporter extends Exporter {
  readonly queue: SendingQueue | undefined;
}

/**
 * Puts queue, retry and time limit before a sender. Without a queue the sender of a batch waits for the destination's
 * answer; with one it is told at once that the batch was taken, and what the destination does not take in the end is
 * counted as dropped. `drain` sends what waits until the deadline; what is left then is lost, counted and logged.
 */
export function createSendingExporter(config: SendingConfig, sender: Sender, context: SignalContext): SendingExporter {
  const delivery = new Delivery(config, sender, context);
  const { enabled, blockOnOverflow, waitForResult } = config.sendingQueue;
  const life = {
    start: () => sender.start?.() ?? Promise.resolve(),
    drain: (deadline: AbortSignal) => delivery.drain(deadline),
    shutdown: () => delivery.shutdown(),
  };
  if (!enabled) return { ...life, queue: undefined, consume: (batch) => delivery.deliver(batch) };

  const queue = new SendingQueue(config.sendingQueue, context.admission, (batch) =>
    waitForResult ? delivery.deliver(batch) : delivery.deliverOrDrop(batch),
  );
  delivery.queue = queue;
  return {
    ...life,
    queue,
    consume: (batch) => queue.consume(batch),
    // Where the caller shall wait for room or for the result, it must ask before other branches take the batch.
    ...(blockOnOverflow || waitForResult
      ? {}
      : {
          reserve: (batch: Batch) => queue.reserve(batch),
          whenWritable: () => queue.whenWritable(),
          whenBelowHighWaterMark: () => queue.whenBelowHighWaterMark(),
        }),
  };
}

/** A destination cannot reject more items than it was sent; what it says is counted. */
function withinBatch(outcome: Outcome, { itemCount }: Batch): Outcome {
  if (outcome.kind !== 'partial' || outcome.rejectedItems <= itemCount) return outcome;
  return { ...outcome, rejectedItems: itemCount };
}

class Delivery {
  queue: SendingQueue | undefined;
  readonly #config: SendingConfig;
  readonly #sender: Sender;
  readonly #context: SignalContext;
  readonly #errorReporter: ErrorReporter;
  /** Aborts attempts and pauses when the time to drain is over. */
  readonly #end = new AbortController();
  #failing = false;

  constructor(config: SendingConfig, sender: Sender, context: SignalContext) {
    this.#config = config;
    this.#sender = sender;
    this.#context = context;
    this.#errorReporter = new ErrorReporter(context);
  }

  /** Sends a batch, with retries, and says what became of it. */
  async deliver(batch: Batch): Promise<Outcome> {
    const { retryOnFailure } = this.#config;
    const outcome = retryOnFailure.enabled
      ? await retry(
          () => this.#attempt(batch),
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
            signal: this.#end.signal,
            onRetry: (_waitMillis, reason) => this.#failed(reason),
          },
        )
      : await this.#attempt(batch);
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') this.#worked();
    return outcome;
  }

  /** As `deliver`, for batches whose sender was told long ago that they were taken: what fails now is dropped. */
  async deliverOrDrop(batch: Batch): Promise<Outcome> {
    const outcome = await this.deliver(batch);
    if (outcome.kind === 'partial') {
      this.#errorReporter.dropped(outcome.rejectedItems, 'rejected', outcome.reason);
    } else if (outcome.kind === 'refused') {
      this.#errorReporter.dropped(batch.itemCount, 'refused', outcome.reason);
    } else if (outcome.kind === 'retry') {
      if (this.#end.signal.aborted) this.#errorReporter.dropped(batch.itemCount, 'shutdown', outcome.reason);
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
      this.#errorReporter.dropped(batch.itemCount, 'shutdown', 'there was no time left to send it');
    }
    // Attempts have been aborted and end at once; their batches are counted by `deliverOrDrop`.
    await empty;
    this.#errorReporter.flush();
  }

  async shutdown(): Promise<void> {
    if (!this.#end.signal.aborted) await this.drain(AbortSignal.abort());
    this.#errorReporter.end();
    await this.#sender.shutdown?.();
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
            () => attempt.abort(new DOMException(`no answer within ${formatDuration(timeout)}`, 'TimeoutError')),
            timeout,
          )
        : undefined;
    try {
      return withinBatch(await this.#sender.send(batch, attempt.signal), batch);
    } catch (error) {
      this.#context.logger.error({ err: error }, 'A sender failed on a batch, which is refused. This is a bug.');
      return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      cancel?.();
      this.#end.signal.removeEventListener('abort', stop);
    }
  }

  #failed(reason: string): void {
    this.#context.reportStatus(`retrying, ${reason}`);
    if (this.#failing) return;
    this.#failing = true;
    this.#context.logger.warn({ reason }, 'Sending fails and is being repeated.');
  }

  #worked(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#context.reportStatus(undefined);
    this.#context.logger.info('Sending works again.');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
