import type { Batch, Outcome } from '@otelier/otlp';
import type { Consumer, SignalContext } from '../../component/contract.ts';
import { reserveAll } from '../../graph/fan-out.ts';

/** The pipelines at one priority level. */
export interface PriorityLevel {
  readonly ids: readonly string[];
  readonly consumers: readonly Consumer[];
}

/**
 * Forwards batches to the current level, and switches to the next level when one of its pipelines fails. In each retry
 * interval, the levels above are tried with one batch. Once all levels have failed, batches are rejected until then, as
 * in the Collector.
 *
 * A level fails unless all of its pipelines accept a batch, and the whole batch then goes to the next level, even
 * though other pipelines in the failed level may have received it. A `partial` outcome does not count as a failure,
 * because the accepted items would be sent twice.
 */
export class FailoverRouter implements Consumer {
  readonly #levels: readonly PriorityLevel[];
  readonly #intervalMillis: number;
  readonly #context: SignalContext;
  #current = 0;
  /** The monotonic time at which levels above the current one are retried; `undefined` while level 0 works. */
  #retryAtMillis: number | undefined;

  constructor(levels: readonly PriorityLevel[], retryIntervalMillis: number, context: SignalContext) {
    this.#levels = levels;
    this.#intervalMillis = retryIntervalMillis;
    this.#context = context;
  }

  async consume(batch: Batch): Promise<Outcome> {
    const failures: Outcome[] = [];
    if (this.#isRetryDue()) {
      const end = this.#current;
      for (let index = 0; index < end; index++) {
        const outcome = await this.#consumeAt(index, batch);
        if (isDelivered(outcome)) {
          this.#recover(index);
          return outcome;
        }
        failures.push(outcome);
      }
    }
    while (this.#current < this.#levels.length) {
      const index = this.#current;
      const outcome = await this.#consumeAt(index, batch);
      if (isDelivered(outcome)) return outcome;
      failures.push(outcome);
      this.#fail(index, outcome);
    }
    return rejection(failures);
  }

  /** Reports whether the retry interval has passed since the last attempt. */
  #isRetryDue(): boolean {
    const now = this.#context.clock.monotonic();
    if (this.#retryAtMillis === undefined || now < this.#retryAtMillis) return false;
    const passed = Math.floor((now - this.#retryAtMillis) / this.#intervalMillis) + 1;
    this.#retryAtMillis += passed * this.#intervalMillis;
    return true;
  }

  async #consumeAt(index: number, batch: Batch): Promise<Outcome> {
    const consumers = this.#levels[index]?.consumers ?? [];
    const [only, ...others] = consumers;
    if (only !== undefined && others.length === 0) return only.consume(batch);
    const reservations = reserveAll(
      consumers.filter(({ reserve }) => reserve !== undefined),
      batch,
    );
    if (!Array.isArray(reservations)) return reservations;
    const outcomes = await Promise.all([
      ...consumers.filter(({ reserve }) => reserve === undefined).map((consumer) => consumer.consume(batch)),
      ...reservations.map((reservation) => reservation.commit()),
    ]);
    const delivered = outcomes.filter(isDelivered);
    const deliveredItems = delivered.reduce((sum, outcome) => sum + batch.itemCount - rejectedIn(outcome), 0);
    const failed = outcomes.find((outcome) => !isDelivered(outcome));
    if (failed !== undefined) {
      if (deliveredItems > 0) this.#context.created(deliveredItems, 'sent_again');
      return failed;
    }
    const worst = outcomes.reduce((one, other) => (rejectedIn(other) > rejectedIn(one) ? other : one));
    const copies = deliveredItems - batch.itemCount + rejectedIn(worst);
    if (copies > 0) this.#context.created(copies, 'copied');
    return worst;
  }

  #fail(index: number, outcome: Outcome): void {
    // A concurrent batch may already have switched to another level.
    if (index !== this.#current) return;
    this.#current = index + 1;
    this.#retryAtMillis ??= this.#context.clock.monotonic() + this.#intervalMillis;
    const reason = 'reason' in outcome ? outcome.reason : '';
    const [from, to] = [this.#levels[index]?.ids, this.#levels[index + 1]?.ids];
    if (to === undefined) this.#context.logger.error({ from, reason }, 'all priority levels failed');
    else this.#context.logger.warn({ from, to, reason }, 'priority level failed, using the next one');
    this.#context.reportStatus(
      to === undefined ? `all priority levels failed: ${reason}` : `using ${to.join(', ')}: ${reason}`,
    );
  }

  #recover(index: number): void {
    this.#current = index;
    if (index === 0) this.#retryAtMillis = undefined;
    this.#context.logger.info({ to: this.#levels[index]?.ids }, 'priority level recovered');
    this.#context.reportStatus(index === 0 ? undefined : `using ${this.#levels[index]?.ids.join(', ')}`);
  }
}

function isDelivered({ kind }: Outcome): boolean {
  return kind === 'accepted' || kind === 'partial';
}

function rejectedIn(outcome: Outcome): number {
  return outcome.kind === 'partial' ? outcome.rejectedItems : 0;
}

/** Returns the outcome for a batch that no level accepted. It is retryable unless all levels refuse the batch. */
function rejection(failures: readonly Outcome[]): Outcome {
  const last = failures.at(-1);
  if (last !== undefined && failures.every(({ kind }) => kind === 'refused')) return last;
  const cause = last !== undefined && 'reason' in last ? `: ${last.reason}` : '';
  return { kind: 'retry', afterMillis: undefined, reason: `no priority level accepts telemetry${cause}` };
}
