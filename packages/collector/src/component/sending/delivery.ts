import type { Batch, Outcome } from '@otelier/otlp';
import { retry } from '@otelier/transport/retry';
import type { Sender, SignalContext } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import type { BatchSpan } from '../tracing/tracer.ts';
import { formatDuration } from '../units.ts';
import { maxElapsedOf, type SendingConfig } from './config.ts';
import type { Delivered } from './consumers.ts';
import { ErrorReporter } from './error-reporter.ts';

/** Limits the number of rejected items, which comes from the destination, to the size of the batch. */
function limitRejected(outcome: Outcome, { itemCount }: Batch): Outcome {
  if (outcome.kind !== 'partial' || outcome.rejectedItems <= itemCount) return outcome;
  return { ...outcome, rejectedItems: itemCount };
}

/** Sends the batches of an exporter, with retries and a timeout. */
export class Delivery {
  /** Number of items in the queue, apart from those that clients wait for. Code that adds items to the queue counts them. */
  heldItems = 0;
  /** Number of items that the destination has accepted. */
  deliveredItems = 0;
  readonly #config: SendingConfig;
  readonly #sender: Sender;
  readonly #context: SignalContext;
  readonly #errorReporter: ErrorReporter;
  /** Aborts attempts and retry delays at the deadline of `drain`. */
  readonly #end = new AbortController();
  /** Aborts retries while the service drains, once the destination refuses connections. */
  readonly #giveUp = new AbortController();
  readonly #noRetry = AbortSignal.any([this.#end.signal, this.#giveUp.signal]);
  #failing = false;
  /** Resolves when an unreachable destination has accepted a batch. */
  #recovery = Promise.withResolvers<void>();

  constructor(config: SendingConfig, sender: Sender, context: SignalContext) {
    this.#config = config;
    this.#sender = sender;
    this.#context = context;
    this.#errorReporter = new ErrorReporter(context);
  }

  /** Sends a batch with retries, and returns its outcome. */
  deliver(batch: Batch): Promise<Delivered> {
    const { tracer, id } = this.#context;
    return tracer === undefined ? this.#deliver(batch) : this.#deliverTraced(batch, tracer.send(id, batch));
  }

  async #deliverTraced(batch: Batch, span: BatchSpan): Promise<Delivered> {
    const delivered = await this.#deliver({ ...batch, context: { ...batch.context, trace: span.trace } }, span);
    span.end(batch.itemCount, delivered.outcome);
    return delivered;
  }

  async #deliver(batch: Batch, span?: BatchSpan): Promise<Delivered> {
    const { retryOnFailure } = this.#config;
    let isUnreachable = false;
    /** Attempts that may use the batch after their end. */
    let using = 0;
    const attempt = async () => {
      using += 1;
      span?.attempt();
      return this.#attemptOrGiveUp(batch, () => {
        using -= 1;
      });
    };
    const outcome = retryOnFailure.enabled
      ? await retry(
          async () => {
            const attempted = await attempt();
            isUnreachable = attempted.kind === 'retry' && attempted.unreachable === true;
            return attempted;
          },
          {
            initialIntervalMillis: retryOnFailure.initialInterval,
            maxIntervalMillis: retryOnFailure.maxInterval,
            multiplier: retryOnFailure.multiplier,
            randomizationFactor: retryOnFailure.randomizationFactor,
            maxElapsedMillis: maxElapsedOf(this.#config),
          },
          {
            clock: this.#context.clock,
            random: this.#context.random,
            signal: this.#noRetry,
            // A delay must not take the time that is left.
            hurry: this.#context.host.draining,
            // After an outage the others do not wait for the end of their delays. A busy destination keeps its delays.
            retryEarly: () => (isUnreachable ? this.#recovery.promise : new Promise(() => {})),
            onRetry: (waitMillis, reason) => {
              span?.retry(waitMillis, reason);
              this.#reportFailure(reason);
            },
          },
        )
      : await attempt();
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      this.deliveredItems += batch.itemCount - (outcome.kind === 'partial' ? outcome.rejectedItems : 0);
      this.#reportSuccess();
    }
    return { outcome, interrupted: outcome.kind === 'retry' && this.#noRetry.aborted, isUnused: using === 0 };
  }

  /**
   * Sends an already accepted batch, and counts items that are not delivered as dropped. With `keepsInterrupted`, the
   * queue keeps a batch that was not delivered because the exporter stops.
   */
  async deliverOrDrop(batch: Batch, keepsInterrupted: boolean): Promise<Delivered> {
    const delivered = await this.deliver(batch);
    const { outcome, interrupted } = delivered;
    if (outcome.kind === 'accepted') {
      this.heldItems -= batch.itemCount;
    } else if (outcome.kind === 'partial') {
      this.heldItems -= batch.itemCount - outcome.rejectedItems;
      this.dropped(outcome.rejectedItems, 'rejected', outcome.reason, batch.parts);
    } else if (outcome.kind === 'refused') {
      this.dropped(batch.itemCount, 'refused', outcome.reason, batch.parts);
    } else if (outcome.kind === 'retry' && !(interrupted && keepsInterrupted)) {
      this.dropped(batch.itemCount, interrupted ? 'shutdown' : 'failed', outcome.reason, batch.parts);
    }
    return delivered;
  }

  /** Counts and logs dropped items of the queue. */
  dropped(itemCount: number, cause: string, reason: string, parts?: readonly Uint8Array[]): void {
    this.heldItems -= itemCount;
    this.#errorReporter.dropped(itemCount, cause, reason, parts);
  }

  /** Counts and logs items that were rejected from merged batches, which no client can be told. */
  rejectedFromMerged(itemCount: number, reason: string): void {
    this.#errorReporter.dropped(itemCount, 'rejected', reason);
  }

  /** Ends retries. Attempts in flight continue. */
  endRetries(): void {
    this.#giveUp.abort();
  }

  /** Aborts attempts and retries. Those in flight resolve with `retry`. */
  end(): void {
    this.#end.abort();
  }

  /** Logs the losses that are not logged yet. */
  flush(): void {
    this.#errorReporter.flush();
  }

  async shutdown(): Promise<void> {
    this.#errorReporter.end();
    await this.#sender.shutdown?.();
  }

  /**
   * Attempts to send a batch. While the service drains, a destination that cannot be reached is not waited for: the rest of the
   * queue gets one attempt each, as in the Collector.
   */
  async #attemptOrGiveUp(batch: Batch, onUnused: () => void): Promise<Outcome> {
    const outcome = await this.#attempt(batch, onUnused);
    const isUnreachable = outcome.kind === 'retry' && outcome.unreachable === true;
    if (isUnreachable && this.#context.host.draining.aborted) this.#giveUp.abort();
    return outcome;
  }

  async #attempt(batch: Batch, onUnused: () => void): Promise<Outcome> {
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
      return limitRejected(await this.#sender.send(batch, attempt.signal, onUnused), batch);
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
    this.#recovery.resolve();
    this.#recovery = Promise.withResolvers();
    this.#context.reportStatus(undefined);
    this.#context.logger.info('export recovered');
  }
}
