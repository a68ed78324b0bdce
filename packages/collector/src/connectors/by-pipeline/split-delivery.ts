import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { ComponentContext, Consumer, Reservation } from '../../component/contract.ts';

/** The items of a batch that go to one pipeline, as a batch of their own. */
export interface Portion {
  readonly consumer: Consumer;
  readonly batch: Batch;
}

/** The part of a component's context that a `SplitDelivery` uses. */
export type SplitContext = Pick<ComponentContext, 'clock' | 'logger' | 'host' | 'created' | 'dropped'>;

type Results = (Outcome | Promise<Outcome>)[];

/**
 * Delivers the portions of a batch to their pipelines and returns a single outcome to its sender. An outcome cannot
 * state that one portion should be retried and another should not. Therefore:
 *
 * 1. Capacity is reserved in every queue first. If one is full, the sender retries, and nothing has been delivered.
 * 2. Pipelines that previously returned `retry` get their portion first. If they return it again, nothing else has
 *    been delivered.
 * 3. If a portion must be retried after others were accepted, it is retried here for a few seconds.
 * 4. After that, the sender retries the whole batch, so that nothing is lost. The accepted portions are then
 *    delivered twice, which is logged.
 *
 * Portions that are refused or partially rejected make the outcome `partial`.
 */
export class SplitDelivery {
  readonly #context: SplitContext;
  /** The pipelines whose last outcome was `retry`. */
  readonly #failing = new Set<Consumer>();

  constructor(context: SplitContext) {
    this.#context = context;
  }

  deliver(whole: Batch, portions: readonly Portion[]): Outcome | Promise<Outcome> {
    const [only, ...others] = portions;
    if (only === undefined) return ACCEPTED;
    if (others.length === 0) return only.consumer.consume(only.batch);
    const reservations = new Map<Portion, Reservation>();
    const refused = new Map<Portion, Outcome>();
    const cancel = () => {
      for (const reservation of reservations.values()) reservation.cancel();
    };
    for (const portion of portions) {
      const reserved = portion.consumer.reserve?.(portion.batch);
      if (reserved === undefined) continue;
      if (reserved.kind === 'reserved') {
        reservations.set(portion, reserved);
      } else if (reserved.kind === 'refused') {
        refused.set(portion, reserved);
      } else {
        cancel();
        return reserved;
      }
    }
    const direct = portions.filter((portion) => !reservations.has(portion) && !refused.has(portion));
    const suspects = direct.filter(({ consumer }) => this.#failing.has(consumer));
    const rest = direct.filter(({ consumer }) => !this.#failing.has(consumer));
    const commit = (tried: readonly Outcome[]) => {
      if (tried.some(({ kind }) => kind === 'retry') && !tried.some(isDelivered)) {
        cancel();
        return firstRetry(tried);
      }
      return after(
        [...reservations.values()].map((reservation) => reservation.commit()),
        (committed) =>
          this.#finish(
            whole,
            [...suspects, ...rest, ...reservations.keys(), ...refused.keys()],
            [...tried, ...committed, ...refused.values()],
          ),
      );
    };
    return after(this.#consume(suspects), (first) => {
      if (first.some(({ kind }) => kind === 'retry') && !first.some(isDelivered)) {
        cancel();
        return firstRetry(first);
      }
      return after(this.#consume(rest), (second) => commit([...first, ...second]));
    });
  }

  #consume(portions: readonly Portion[]): Results {
    return portions.map((portion) => {
      const outcome = portion.consumer.consume(portion.batch);
      return outcome instanceof Promise
        ? outcome.then((result) => this.#remember(portion, result))
        : this.#remember(portion, outcome);
    });
  }

  #remember({ consumer }: Portion, outcome: Outcome): Outcome {
    if (outcome.kind === 'retry') this.#failing.add(consumer);
    else this.#failing.delete(consumer);
    return outcome;
  }

  #finish(whole: Batch, portions: readonly Portion[], outcomes: readonly Outcome[]): Outcome | Promise<Outcome> {
    if (!outcomes.some(({ kind }) => kind === 'retry')) return this.#combine(whole, portions, outcomes);
    return this.#sendAgain(whole, portions, [...outcomes]);
  }

  /** Combines outcomes, none of which is `retry`. */
  #combine(whole: Batch, portions: readonly Portion[], outcomes: readonly Outcome[]): Outcome {
    const failed = outcomes.filter((outcome) => outcome.kind !== 'accepted');
    if (failed.length === 0) return ACCEPTED;
    const reason = [...new Set(failed.map((outcome) => outcome.reason))].join('; ');
    if (outcomes.every(({ kind }) => kind === 'refused')) return { kind: 'refused', reason };
    const rejected = portions.reduce((sum, { batch }, index) => sum + rejectedItems(batch, outcomes[index]), 0);
    // With `copy` routes, more items can be rejected than the sender sent.
    if (rejected > whole.itemCount) this.#context.dropped(rejected - whole.itemCount, 'rejected');
    return { kind: 'partial', rejectedItems: Math.min(rejected, whole.itemCount), reason };
  }

  /** Retries the portions that were not accepted, until they are accepted or time runs out. */
  async #sendAgain(whole: Batch, portions: readonly Portion[], outcomes: Outcome[]): Promise<Outcome> {
    const { clock, logger } = this.#context;
    const endMillis = clock.monotonic() + MAX_MILLIS;
    for (let delayMillis = FIRST_DELAY_MILLIS; ; delayMillis = Math.min(delayMillis * 2, MAX_DELAY_MILLIS)) {
      const again = outcomes.find((outcome) => outcome.kind === 'retry');
      if (again === undefined) return this.#combine(whole, portions, outcomes);
      const waitMillis = again.afterMillis ?? delayMillis;
      if (clock.monotonic() + waitMillis > endMillis || !(await this.#sleep(waitMillis))) {
        logger.warn(
          { reason: again.reason },
          'batch accepted by some pipelines only, its sender is asked to retry: they receive it twice',
        );
        this.#context.created(deliveredItems(portions, outcomes), 'sent_again');
        return again;
      }
      const pending = portions.flatMap((portion, index) =>
        outcomes[index]?.kind === 'retry' ? [{ portion, index }] : [],
      );
      const results = await Promise.all(this.#consume(pending.map(({ portion }) => portion)));
      for (const [at, { index }] of pending.entries()) outcomes[index] = results[at] ?? again;
    }
  }

  /** Sleeps and reports whether the full time has passed. Returns early when the service drains. */
  #sleep(millis: number): Promise<boolean> {
    const { clock, host } = this.#context;
    if (host.draining.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const stop = () => {
        cancel();
        resolve(false);
      };
      const cancel = clock.setTimeout(() => {
        host.draining.removeEventListener('abort', stop);
        resolve(true);
      }, millis);
      host.draining.addEventListener('abort', stop, { once: true });
    });
  }
}

/** How long portions are retried. By default, OTLP clients wait 10 s for a response. */
const MAX_MILLIS = 5_000;
const FIRST_DELAY_MILLIS = 50;
const MAX_DELAY_MILLIS = 1_000;

function isDelivered({ kind }: Outcome): boolean {
  return kind === 'accepted' || kind === 'partial';
}

function firstRetry(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find(({ kind }) => kind === 'retry') ?? ACCEPTED;
}

/** Returns the number of items that pipelines have accepted. */
function deliveredItems(portions: readonly Portion[], outcomes: readonly Outcome[]): number {
  return portions.reduce((sum, { batch }, index) => sum + batch.itemCount - rejectedItems(batch, outcomes[index]), 0);
}

function rejectedItems({ itemCount }: Batch, outcome: Outcome | undefined): number {
  if (outcome?.kind === 'accepted') return 0;
  return outcome?.kind === 'partial' ? outcome.rejectedItems : itemCount;
}

/** Calls `then` with the outcomes, synchronously unless one of them is a promise. */
function after(
  results: Results,
  then: (outcomes: readonly Outcome[]) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  return results.some((result) => result instanceof Promise)
    ? Promise.all(results).then(then)
    : then(results as readonly Outcome[]);
}
