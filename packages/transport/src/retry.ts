import type { Outcome } from '@otelier/otlp';
import { type Clock, systemClock } from './clock.ts';
import type { ExportClient } from './contract.ts';

/** Exponential back-off options. Names and defaults match the Collector's `retry_on_failure`. */
export interface RetryOptions {
  /** First delay. Defaults to 5,000. */
  readonly initialIntervalMillis?: number;
  /** Maximum delay, unless the peer requests a longer one. Defaults to 30,000. */
  readonly maxIntervalMillis?: number;
  /** Factor by which the delay increases. Defaults to 1.5. */
  readonly multiplier?: number;
  /**
   * Fraction by which each delay is randomized in both directions, so that clients do not retry in lockstep. Defaults
   * to 0.5.
   */
  readonly randomizationFactor?: number;
  /**
   * Maximum time from the first attempt to the end of the next delay, after which retrying stops. 0 means no limit.
   * Defaults to 300,000.
   */
  readonly maxElapsedMillis?: number;
}

/** Dependencies of `retry`. */
export interface RetryContext {
  readonly clock?: Clock;
  /** Returns a number in [0, 1). */
  readonly random?: () => number;
  /** Aborts the current delay and further attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the current delay early when aborted. Later delays are not affected. */
  readonly hurry?: AbortSignal | undefined;
  /** Called at the start of each delay. Resolves when it is worthwhile to retry before the delay ends. */
  readonly retryEarly?: (() => Promise<void>) | undefined;
  /** Called before each delay. */
  readonly onRetry?: (waitMillis: number, reason: string) => void;
}

/**
 * Calls `send` until it returns anything but `retry`, the time is up, or the signal aborts. In the last two cases,
 * returns the last `retry` outcome, whose reason then includes why retrying stopped. Waits at least as long as the peer
 * requested.
 */
export async function retry(
  send: () => Promise<Outcome>,
  options: RetryOptions = {},
  context: RetryContext = {},
): Promise<Outcome> {
  const { clock = systemClock, random = Math.random, signal, hurry, retryEarly, onRetry } = context;
  const { multiplier = 1.5, maxIntervalMillis = 30_000, maxElapsedMillis = 300_000 } = options;
  const start = clock.monotonic();
  let intervalMillis = Math.min(options.initialIntervalMillis ?? 5_000, maxIntervalMillis);
  for (let attempts = 1; ; attempts++) {
    const outcome = await send();
    if (outcome.kind !== 'retry') return outcome;
    const waitMillis = Math.min(
      Math.max(jittered(intervalMillis, options, random), outcome.afterMillis ?? 0),
      LONGEST_WAIT_MILLIS,
    );
    const elapsedMillis = clock.monotonic() - start;
    const isOver = maxElapsedMillis > 0 && elapsedMillis + waitMillis > maxElapsedMillis;
    if (!isOver && !signal?.aborted) {
      onRetry?.(waitMillis, outcome.reason);
      await wait(clock, waitMillis, [signal, hurry], retryEarly?.());
      intervalMillis = Math.min(intervalMillis * multiplier, maxIntervalMillis);
      if (!signal?.aborted) continue;
    }
    const how = signal?.aborted ? 'retrying was aborted' : 'gave up';
    const reason = `${outcome.reason} (${how} at attempt ${attempts}, after ${Math.round(elapsedMillis / 1000)} s)`;
    return { ...outcome, reason };
  }
}

/** Maximum timer delay, about 24 days. A timer with a longer delay fires immediately. */
const LONGEST_WAIT_MILLIS = 2 ** 31 - 1;

/** Wraps a client in one that retries. Parts are retained until the final outcome. */
export function withRetry(
  client: ExportClient,
  options: RetryOptions = {},
  context: Omit<RetryContext, 'signal'> = {},
): ExportClient {
  return {
    export: (signal, parts, exportOptions) =>
      retry(() => client.export(signal, parts, exportOptions), options, { ...context, signal: exportOptions?.signal }),
    shutdown: () => client.shutdown(),
  };
}

/** Randomizes an interval according to the options. */
export function jittered(
  intervalMillis: number,
  options: Pick<RetryOptions, 'randomizationFactor'>,
  random: () => number,
): number {
  const spread = (options.randomizationFactor ?? 0.5) * intervalMillis;
  return intervalMillis - spread + random() * 2 * spread;
}

/** Resolves when the delay has elapsed, `retryEarly` resolves, or one of the signals aborts. */
function wait(
  clock: Clock,
  millis: number,
  signals: readonly (AbortSignal | undefined)[],
  retryEarly: Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      for (const signal of signals) signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimeout(end, millis);
    for (const signal of signals) signal?.addEventListener('abort', end);
    void retryEarly?.then(end);
  });
}
