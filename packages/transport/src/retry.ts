import type { Outcome } from '@otelier/otlp';
import { type Clock, systemClock } from './clock.ts';
import type { ExportClient } from './contract.ts';

/** Exponential back-off; names and defaults are the Collector's `retry_on_failure`. */
export interface RetryOptions {
  /** First wait. Default 5,000. */
  readonly initialIntervalMillis?: number;
  /** Longest wait of our own choice (the peer may ask for more). Default 30,000. */
  readonly maxIntervalMillis?: number;
  /** Each wait is so many times the one before. Default 1.5. */
  readonly multiplier?: number;
  /** Each wait is spread by this part of itself in both directions, so that clients do not return in step. Default 0.5. */
  readonly randomizationFactor?: number;
  /** When the next wait would end later than this after the first attempt, it is given up. 0 is never. Default 300,000. */
  readonly maxElapsedMillis?: number;
}

/** What retrying needs of its surroundings. */
export interface RetryContext {
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random?: () => number;
  /** Ends waiting, and the attempts with it. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when it is worth trying again before the wait is over. Asked for each wait. */
  readonly sooner?: (() => Promise<void>) | undefined;
  /** Told before each wait. */
  readonly onRetry?: (waitMillis: number, reason: string) => void;
}

/**
 * Calls `send` until it answers anything but `retry`, the time is over, or the signal aborts; in the latter cases the
 * outcome is the last `retry`, with how it ended in its reason. Waits at least as long as the peer asked for.
 */
export async function retry(
  send: () => Promise<Outcome>,
  options: RetryOptions = {},
  context: RetryContext = {},
): Promise<Outcome> {
  const { clock = systemClock, random = Math.random, signal, sooner, onRetry } = context;
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
      await wait(clock, waitMillis, signal, sooner?.());
      intervalMillis = Math.min(intervalMillis * multiplier, maxIntervalMillis);
      if (!signal?.aborted) continue;
    }
    const how = signal?.aborted ? 'retrying was aborted' : 'gave up';
    const reason = `${outcome.reason} (${how} at attempt ${attempts}, after ${Math.round(elapsedMillis / 1000)} s)`;
    return { ...outcome, reason };
  }
}

/** What timers can wait, some 24 days; given more, they do not wait at all. */
const LONGEST_WAIT_MILLIS = 2 ** 31 - 1;

/** A client that retries what `client` could not send. Parts are held until the outcome. */
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

/** An interval spread as the options say. */
export function jittered(
  intervalMillis: number,
  options: Pick<RetryOptions, 'randomizationFactor'>,
  random: () => number,
): number {
  const spread = (options.randomizationFactor ?? 0.5) * intervalMillis;
  return intervalMillis - spread + random() * 2 * spread;
}

/** Resolves when the time has passed, `sooner` has come, or the signal aborts. */
function wait(
  clock: Clock,
  millis: number,
  signal: AbortSignal | undefined,
  sooner: Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimeout(end, millis);
    signal?.addEventListener('abort', end);
    void sooner?.then(end);
  });
}
