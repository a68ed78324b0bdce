import type { Clock } from '@otelier/transport';

/** A stream that occupies a slot. */
export interface SlottedStream {
  /** Monotonic time since which the client has not read pending data; `undefined` while it is reading. */
  readonly stalledSinceMillis: number | undefined;
  /** Ends the stream because its slot is needed or its client has stalled. The stream must release its slot. */
  displace(reason: string): void;
}

/** Options for `StreamSlots`. */
export interface SlotOptions {
  readonly clock: Clock;
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
  readonly openedMillis: number;
}

/**
 * A bounded set of streams. When it is full, a new stream replaces the one whose client has stalled the longest. If no
 * client has stalled, it replaces the oldest stream of the client with the most streams, provided that this is another
 * client or the stream is old enough.
 */
export class StreamSlots {
  readonly #options: SlotOptions;
  readonly #slots = new Set<Slot>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Frees a slot for `client` if needed. Returns `false` if none can be freed. */
  makeSpace(client: string): boolean {
    if (this.#slots.size < this.#options.slots) return true;
    const victim = this.#longestStalled(this.#options.yieldMillis) ?? this.#oldestOfLargest(client);
    victim?.stream.displace('the client did not read, or a newer stream needs its place');
    return this.#slots.size < this.#options.slots;
  }

  /** Occupies a slot. Returns a function that releases it. */
  take(client: string, stream: SlottedStream): () => void {
    const slot = { stream, client, openedMillis: this.#options.clock.monotonic() };
    this.#slots.add(slot);
    this.#sweepLater();
    return () => {
      this.#slots.delete(slot);
      if (this.#slots.size > 0) return;
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    };
  }

  #longestStalled(forMillis: number): Slot | undefined {
    const until = this.#options.clock.monotonic() - forMillis;
    const stalledSince = ({ stream }: Slot) => stream.stalledSinceMillis ?? Number.POSITIVE_INFINITY;
    const [longest] = [...this.#slots].sort((a, b) => stalledSince(a) - stalledSince(b));
    return longest !== undefined && stalledSince(longest) <= until ? longest : undefined;
  }

  #oldestOfLargest(client: string): Slot | undefined {
    const byClient = Map.groupBy(this.#slots, (slot) => slot.client);
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
      for (let slot = this.#longestStalled(stallMillis); slot !== undefined; slot = this.#longestStalled(stallMillis)) {
        slot.stream.displace(`the client has read nothing for ${stallMillis / 1000} seconds`);
      }
      if (this.#slots.size > 0) this.#sweepLater();
    }, stallMillis / 4);
  }
}
