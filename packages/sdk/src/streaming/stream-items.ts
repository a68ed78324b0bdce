import type { Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '@otelier/transport/portable';
import type { Client } from '../client/client.ts';
import { integerOptions, MAX_MILLIS } from '../client/option-error.ts';
import type { SendOutcome } from '../delivery/contract.ts';
import type { Item } from '../items/item.ts';
import type { Scope } from '../scope.ts';
import { Intake } from './intake.ts';
import { type ItemSource, pullFrom } from './item-source.ts';

/** How a stream of items is sent. Nothing is needed. */
export interface StreamOptions {
  /** Which instrumentation the items come from. */
  readonly scope?: Scope;
  /** A batch has at most so many items of the source. Default 512, 1 to 65,536. */
  readonly maxItems?: number;
  /** An item waits at most so long for others. Default 1,000. */
  readonly maxDelayMillis?: number;
  /** So many batches are on their way, or wait for you to take their acknowledgement; the source is not asked for more. Default 4. */
  readonly maxInFlight?: number;
  /** Ends the stream early: nothing more is asked for, what has come is sent and acknowledged. */
  readonly signal?: AbortSignal;
  /** Time for `maxDelayMillis`. Default the machine's. */
  readonly clock?: Clock;
}

/** What became of the items of one signal in one batch. */
export interface Acknowledgement {
  readonly signal: Signal;
  /** It covers the items of the signal from this index of the source on, */
  readonly start: number;
  /** and before this one. */
  readonly end: number;
  /** How many spans, log records or data points these are. */
  readonly itemCount: number;
  /** What the server said, see `Client.send`. */
  readonly outcome: SendOutcome;
}

/**
 * Sends what a source gives, and says in the order of the source what became of it: `for await (const { outcome } of
 * streamItems(client, source))`. Items are sent in batches, a request for each signal in one. The source is asked for items when
 * the iteration begins, and no faster than they are acknowledged. Ending early (`break`, `return`, an exception, `signal`) asks for no more,
 * and waits until what has come is settled; an item that the source was about to give then is not sent. When the source
 * throws, what came before is sent and acknowledged first. Throws an `OptionError` at once for an option that cannot be used.
 */
export function streamItems(
  client: Pick<Client, 'send'>,
  source: ItemSource,
  options: StreamOptions = {},
): AsyncGenerator<Acknowledgement, void, undefined> {
  const { scope, signal, clock = systemClock } = options;
  const limits = integerOptions('', options, {
    maxItems: [512, 1, 65_536],
    maxDelayMillis: [1_000, 0, MAX_MILLIS],
    maxInFlight: [4, 1, 1024],
  });
  const send = async (items: readonly Item[], start: number): Promise<readonly Acknowledgement[]> => {
    const end = start + items.length;
    const requests = [...Map.groupBy(items, (item) => item.signal)].map(async ([signal, group]) => {
      const itemCount = group.reduce((sum, item) => sum + item.itemCount, 0);
      return { signal, start, end, itemCount, outcome: await client.send(group, scope) };
    });
    return Promise.all(requests);
  };
  return acknowledge(new Intake(pullFrom(source), { ...limits, clock, send }), signal);
}

async function* acknowledge(
  intake: Intake<Acknowledgement>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Acknowledgement, void, undefined> {
  const end = () => void intake.end().catch(() => {});
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  try {
    for (let batch = await intake.next(); batch !== undefined; batch = await intake.next()) yield* batch;
  } finally {
    signal?.removeEventListener('abort', end);
    await intake.end();
  }
}
