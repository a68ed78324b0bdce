import { type Batch, requestToJson, rewriteItems, type Signal } from '@otelier/otlp';
import { PerSecond } from '@otelier/query/per-second';
import type { Clock } from '@otelier/transport';
import { keyOf, keysOf } from './item-keys.ts';
import { type JsonItem, jsonItems } from './json-items.ts';

/** Maximum size of the batches that are remembered. */
const KEPT_BYTES = 4 * 2 ** 20;
const KEPT_BATCHES = 2_000;
/** Maximum number of items that are searched per second. */
const SEARCHED_PER_SECOND = 50_000;
/** Maximum number of items with the same key that are compared. */
const MAX_CANDIDATES = 32;

/** The last batches that entered a component, in which items are found again that left it. */
export class RecentBatches {
  readonly #batches: Batch[] = [];
  readonly #searched: PerSecond;
  #sizeBytes = 0;

  constructor(clock: Clock) {
    this.#searched = new PerSecond(SEARCHED_PER_SECOND, clock);
  }

  add(batch: Batch): void {
    this.#batches.push(batch);
    this.#sizeBytes += batch.sizeBytes;
    while (this.#sizeBytes > KEPT_BYTES || this.#batches.length > KEPT_BATCHES) {
      const oldest = this.#batches.shift();
      this.#sizeBytes -= oldest?.sizeBytes ?? 0;
    }
  }

  /** Returns the items with the given keys: those of the newest batch that has one. */
  find(signal: Signal, keys: ReadonlySet<string>): ReadonlyMap<string, readonly JsonItem[]> {
    const found = new Map<string, readonly JsonItem[]>();
    for (const batch of this.#batches.toReversed()) {
      if (found.size === keys.size) break;
      if (batch.signal !== signal) continue;
      if (this.#searched.take(batch.itemCount) < batch.itemCount) break;
      for (const part of batch.parts) search(signal, part, keys, found);
    }
    return found;
  }
}

function search(
  signal: Signal,
  part: Uint8Array,
  keys: ReadonlySet<string>,
  found: Map<string, readonly JsonItem[]>,
): void {
  const counts = new Map<string, number>();
  const { bytes } = rewriteItems(signal, part, {
    item: (cursor) => {
      const key = keyOf(signal, cursor);
      if (!keys.has(key) || found.has(key)) return 'drop';
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count > MAX_CANDIDATES ? 'drop' : 'keep';
    },
  });
  if (bytes === undefined || counts.size === 0) return;
  const items = jsonItems(JSON.parse(requestToJson(signal, bytes)));
  const own = keysOf(signal, bytes);
  for (const [key, group] of Map.groupBy(items, (_, index) => own[index] ?? '')) found.set(key, group);
}
