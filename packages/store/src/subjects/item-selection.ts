import { type ItemCursor, type MessageName, readFixed64, type Signal, TrustedReader } from '@otelier/otlp';
import { hasWanted, itemMessage, type Wanted } from './item-match.ts';

/** Times in nanoseconds since the Unix epoch: `start <= time < end`. */
export interface TimeBounds {
  readonly start?: bigint | undefined;
  readonly end?: bigint | undefined;
}

/** The fields of an item that have its time, the first that is set. */
const TIME_FIELDS: Readonly<Record<Signal, readonly number[]>> = {
  traces: [7, 8],
  logs: [1, 11],
  metrics: [3],
  profiles: [],
};

/** Items that have all of some wanted things, each in the item, its metric, its scope or its resource. */
export class ItemSelection {
  readonly #signal: Signal;
  readonly #wanted: readonly Wanted[];
  readonly #bounds: TimeBounds;
  #bytes: Uint8Array | undefined;
  /** The groups whose result is known, by the offset of their beginning, and which of the wanted things they have. */
  readonly #known = { resource: -1, scope: -1, metric: -1 };
  readonly #found = { resource: 0, scope: 0, metric: 0 };

  constructor(signal: Signal, wanted: readonly Wanted[], bounds: TimeBounds = {}) {
    this.#signal = signal;
    this.#wanted = wanted;
    this.#bounds = bounds;
  }

  /** Reports whether an item is selected. */
  has(cursor: ItemCursor, arrivalMillis: number): boolean {
    if (!this.#isInBounds(cursor, arrivalMillis)) return false;
    const all = 2 ** this.#wanted.length - 1;
    const found = this.#groups(cursor);
    if (found === all) return true;
    return (found | this.#masked(cursor, cursor.start, cursor.end, itemMessage(this.#signal, cursor))) === all;
  }

  #isInBounds(cursor: ItemCursor, arrivalMillis: number): boolean {
    const { start, end } = this.#bounds;
    if (start === undefined && end === undefined) return true;
    const time = timeOf(this.#signal, cursor) ?? BigInt(Math.trunc(arrivalMillis)) * 1_000_000n;
    return (start === undefined || time >= start) && (end === undefined || time < end);
  }

  /** Returns which of the wanted things the groups of an item have, as bits. */
  #groups(cursor: ItemCursor): number {
    const [known, found] = [this.#known, this.#found];
    if (cursor.bytes !== this.#bytes) {
      this.#bytes = cursor.bytes;
      known.resource = -1;
    }
    if (known.resource !== cursor.resourceGroupStart) {
      known.resource = cursor.resourceGroupStart;
      found.resource = this.#masked(cursor, cursor.resourceStart, cursor.resourceEnd, 'Resource');
      known.scope = -1;
    }
    if (known.scope !== cursor.scopeGroupStart) {
      known.scope = cursor.scopeGroupStart;
      found.scope = this.#masked(cursor, cursor.scopeStart, cursor.scopeEnd, 'InstrumentationScope');
      known.metric = -1;
    }
    if (this.#signal === 'metrics' && known.metric !== cursor.metricStart) {
      known.metric = cursor.metricStart;
      found.metric = this.#masked(cursor, cursor.metricStart, cursor.metricEnd, 'Metric');
    }
    return found.resource | found.scope | found.metric;
  }

  #masked({ bytes }: ItemCursor, start: number, end: number, name: MessageName): number {
    let mask = 0;
    for (const [i, wanted] of this.#wanted.entries()) if (hasWanted(bytes, start, end, name, wanted)) mask |= 2 ** i;
    return mask;
  }
}

/** Returns the time of an item in nanoseconds since the Unix epoch; `undefined` if it has none. */
export function timeOf(signal: Signal, { bytes, start, end }: ItemCursor): bigint | undefined {
  const times: bigint[] = [];
  const fields = TIME_FIELDS[signal];
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const place = fields.indexOf(reader.field);
    if (place >= 0) times[place] = readFixed64(bytes, reader.valueStart);
  }
  return times.find((time) => time !== undefined && time !== 0n);
}
