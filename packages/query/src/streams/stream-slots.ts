import type { Clock } from '@otelier/transport';

/** A stream that occupies a slot. */
export interface SlottedStream {
  /** Monotonic time since which the client has not read pending data; `undefined` while it is reading. */
  readonly stalledSinceMillis: number | undefined;
  /** Ends the stream because its slot is needed or its client has stalled. The stream must release its slot. */
  displace(reason: string): void;
}

const DISPLACED = 'the client did not read, or a newer stream needs its place';

/** Options for `StreamSlots`. */
export interface SlotOptions {
  readonly clock: Clock;
  /** Maximum number of streams of each tenant. Those of all tenants together are at most eight times as many. */
  readonly slots: number;
  /** How long a client can stall before a new stream can take its slot. */
  readonly yieldMillis: number;
  /** How long a client can stall before it loses its slot. */
  readonly stallMillis: number;
  /** Age from which a stream can be replaced by a newer one if its client has the most streams. */
  readonly replaceMillis: number;
}

interface Slot {
  readonly stream: SlottedStream;
  readonly client: string;
  readonly tenant: string;
  readonly openedMillis: number;
}

const ALL_TENANTS_FACTOR = 8;

/**
 * A bounded set of streams of each tenant. When it is full, a new stream replaces the one whose client has stalled the longest. If no
 * client has stalled, it replaces the oldest stream of the client with the most streams, provided that this is another
 * client or the stream is old enough. When those of all tenants are too many, it replaces the oldest stream of the tenant with the most,
 * provided that this one has more.
 */
export class StreamSlots {
  readonly #options: SlotOptions;
  readonly #slots = new Set<Slot>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Frees a slot for `client` of a tenant if needed. Returns `false` if none can be freed. */
  makeSpace(client: string, tenant: string): boolean {
    const { slots, yieldMillis } = this.#options;
    const own = this.#slotsOf(tenant);
    if (own.length >= slots) {
      (this.#longestStalled(own, yieldMillis) ?? this.#oldestOfLargest(own, client))?.stream.displace(DISPLACED);
      if (this.#slotsOf(tenant).length >= slots) return false;
    }
    const max = slots * ALL_TENANTS_FACTOR;
    if (this.#slots.size < max) return true;
    const victim = this.#longestStalled([...this.#slots], yieldMillis) ?? this.#oldestOfLargestTenant(tenant);
    victim?.stream.displace(DISPLACED);
    return this.#slots.size < max;
  }

  /** Occupies a slot. Returns a function that releases it. */
  take(client: string, tenant: string, stream: SlottedStream): () => void {
    const slot = { stream, client, tenant, openedMillis: this.#options.clock.monotonic() };
    this.#slots.add(slot);
    this.#sweepLater();
    return () => {
      this.#slots.delete(slot);
      if (this.#slots.size > 0) return;
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    };
  }

  #slotsOf(tenant: string): readonly Slot[] {
    return [...this.#slots].filter((slot) => slot.tenant === tenant);
  }

  #oldestOfLargestTenant(tenant: string): Slot | undefined {
    const byTenant = Map.groupBy(this.#slots, (slot) => slot.tenant);
    const [largest = []] = [...byTenant.values()].sort((a, b) => b.length - a.length);
    return largest.length > (byTenant.get(tenant)?.length ?? 0) + 1 ? largest[0] : undefined;
  }

  #longestStalled(slots: readonly Slot[], forMillis: number): Slot | undefined {
    const until = this.#options.clock.monotonic() - forMillis;
    const stalledSince = ({ stream }: Slot) => stream.stalledSinceMillis ?? Number.POSITIVE_INFINITY;
    const [longest] = [...slots].sort((a, b) => stalledSince(a) - stalledSince(b));
    return longest !== undefined && stalledSince(longest) <= until ? longest : undefined;
  }

  #oldestOfLargest(slots: readonly Slot[], client: string): Slot | undefined {
    const byClient = Map.groupBy(slots, (slot) => slot.client);
    const [largest] = [...byClient.values()].sort((a, b) => b.length - a.length);
    const [oldest] = largest ?? [];
    if (oldest === undefined) return undefined;
    const ageMillis = this.#options.clock.monotonic() - oldest.openedMillis;
    return oldest.client !== client || ageMillis >= this.#options.replaceMillis ? oldest : undefined;
  }

  #sweepLater(): void {
    const { clock, stallMillis } = this.#options;
    this.#cancelSweep ??= clock.setTimeout(() => {
      this.#cancelSweep = undefined;
      for (;;) {
        const slot = this.#longestStalled([...this.#slots], stallMillis);
        if (slot === undefined) break;
        slot.stream.displace(`the client has read nothing for ${stallMillis / 1000} seconds`);
      }
      if (this.#slots.size > 0) this.#sweepLater();
    }, stallMillis / 4);
  }
}
