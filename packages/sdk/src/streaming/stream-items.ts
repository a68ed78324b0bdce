import type { Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '@otelier/transport/portable';
import type { Client } from '../client/client.ts';
import { integerOptions, MAX_MILLIS } from '../client/option-error.ts';
import type { SendOutcome } from '../delivery/contract.ts';
import type { Item } from '../items/item.ts';
import type { Scope } from '../scope.ts';
import { type ItemSource, readerOf } from './item-source.ts';
import { SourceBatcher } from './source-batcher.ts';

/** Options for a stream. Every field is optional. */
export interface StreamOptions {
  /** Instrumentation scope of the items. */
  readonly scope?: Scope;
  /** Maximum number of items per batch, from 1 to 65,536. Default 512. */
  readonly maxItems?: number;
  /** Maximum time that an item waits in a batch. Default 1,000. */
  readonly maxDelayMillis?: number;
  /** Maximum number of batches in flight, including those whose acknowledgments have not been consumed. Default 4. */
  readonly maxInFlight?: number;
  /** Ends the stream early. Reading stops, and items that were already read are sent and acknowledged. */
  readonly signal?: AbortSignal;
  /** The clock for `maxDelayMillis`. Default: the system clock. */
  readonly clock?: Clock;
}

/** The outcome of one signal's items in a batch. */
export interface Acknowledgment {
  readonly signal: Signal;
  /** Index of the batch's first item in the source. */
  readonly start: number;
  /** Index after the batch's last item. */
  readonly end: number;
  /** Number of spans, log records or data points. */
  readonly itemCount: number;
  /** The outcome of the request. See `Client.send`. */
  readonly outcome: SendOutcome;
}

/**
 * Sends the items of a source and yields their outcomes in order: `for await (const { outcome } of streamItems(client,
 * source))`. Items are sent in batches, with one request per signal. Reading starts when iteration starts and proceeds
 * no faster than acknowledgments are consumed. Ending early (`break`, `return`, an exception, `signal`) stops reading
 * and waits until all items that were read have settled; an item whose read is pending is not sent. If the source
 * throws, earlier items are sent and acknowledged first. Throws an `OptionError` immediately if an option is invalid.
 */
export function streamItems(
  client: Pick<Client, 'send'>,
  source: ItemSource,
  options: StreamOptions = {},
): AsyncGenerator<Acknowledgment, void, undefined> {
  const { scope, signal, clock = systemClock } = options;
  const limits = integerOptions('', options, {
    maxItems: [512, 1, 65_536],
    maxDelayMillis: [1_000, 0, MAX_MILLIS],
    maxInFlight: [4, 1, 1024],
  });
  const send = async (items: readonly Item[], start: number): Promise<readonly Acknowledgment[]> => {
    const end = start + items.length;
    const requests = [...Map.groupBy(items, (item) => item.signal)].map(async ([signal, group]) => {
      const itemCount = group.reduce((sum, item) => sum + item.itemCount, 0);
      return { signal, start, end, itemCount, outcome: await client.send(group, scope) };
    });
    return Promise.all(requests);
  };
  return acknowledge(new SourceBatcher(readerOf(source), { ...limits, clock, send }), signal);
}

async function* acknowledge(
  batcher: SourceBatcher<Acknowledgment>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Acknowledgment, void, undefined> {
  const end = () => void batcher.end().catch(() => {});
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  try {
    for (let batch = await batcher.next(); batch !== undefined; batch = await batcher.next()) yield* batch;
  } finally {
    signal?.removeEventListener('abort', end);
    await batcher.end();
  }
}
