import type { TapCounts, TappedItem } from '@otelier/query';

/** Maximum number of items that the page holds. */
export const MAX_ITEMS = 400;

/** What a tap has shown so far. Every item that the gateway sent is held, let go, or skipped. */
export interface TapState {
  /** The items that are held, newest first. */
  readonly items: readonly TappedItem[];
  /** The counts at the last report of the gateway, and what had become of the items that it sent until then. */
  readonly balance: TapBalance | undefined;
  readonly letGo: number;
  /** Number of items that the gateway did not send, because the page was too slow. */
  readonly skipped: number;
}

/** The counts of the gateway and of the page at one moment. */
export interface TapBalance {
  readonly counts: TapCounts;
  readonly held: number;
  readonly letGo: number;
  readonly skipped: number;
  /** When the page received the counts, by the monotonic clock. */
  readonly atMillis: number;
}

/** An event of the stream. */
export type TapEvent =
  | { readonly event: 'item'; readonly data: TappedItem }
  | { readonly event: 'counts'; readonly data: TapCounts }
  | { readonly event: 'skipped'; readonly data: { readonly count: number } };

export const EMPTY_TAP: TapState = { items: [], balance: undefined, letGo: 0, skipped: 0 };

/** Adds the events of a stream, in their order. */
export function addEvents(state: TapState, events: readonly TapEvent[], nowMillis: number): TapState {
  const added: TappedItem[] = [];
  let { letGo, skipped, balance } = state;
  const held = (): number => Math.min(MAX_ITEMS, state.items.length + added.length);
  for (const { event, data } of events) {
    if (event === 'item') {
      if (held() === MAX_ITEMS) letGo += 1;
      added.push(data);
    } else if (event === 'skipped') skipped += data.count;
    else balance = { counts: data, held: held(), letGo, skipped, atMillis: nowMillis };
  }
  const items = added.length === 0 ? state.items : [...added.toReversed(), ...state.items].slice(0, MAX_ITEMS);
  return { items, balance, letGo, skipped };
}
