import { forEachItem, type ItemCursor, type Signal } from '@otelier/otlp';
import { DESCRIPTIONS, type ItemDescription } from './describe-item.ts';
import { TraceSet, traceOf } from './trace-set.ts';

/** An amount of telemetry. */
export interface Volume {
  readonly items: number;
  readonly bytes: number;
  readonly traces: number;
}

/** An operation that would lose all of its items, or some of its errors. */
export interface Loss {
  readonly service: string;
  readonly operation: string;
  readonly items: number;
}

/** Maximum number of operations counted separately. All other operations are counted together. */
const MAX_OPERATIONS = 10_000;

/** Counts telemetry before or after sampling. */
export class Tally {
  /** Number of items with errors. */
  errors = 0;
  /** Number of items with errors, and number of entry items, by service and operation. */
  readonly errorsBy: Map<string, number> = new Map();
  readonly entriesBy: Map<string, number> = new Map();
  readonly #signal: Signal;
  readonly #describe: ((item: ItemCursor) => ItemDescription) | undefined;
  readonly #traces = new TraceSet();
  readonly #tracesWithErrors = new TraceSet();
  #items = 0;
  #bytes = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
    this.#describe = DESCRIPTIONS[signal]?.create();
  }

  get volume(): Volume {
    return { items: this.#items, bytes: this.#bytes, traces: this.#traces.size };
  }

  /** Number of traces that contain an item with an error. */
  get tracesWithErrors(): number {
    return this.#tracesWithErrors.size;
  }

  add(request: Uint8Array): void {
    this.#bytes += request.length;
    forEachItem(this.#signal, request, (item) => this.#add(item));
  }

  #add(item: ItemCursor): void {
    this.#items += 1;
    const trace = traceOf(this.#signal, item);
    if (trace !== undefined) this.#traces.add(trace);
    const description = this.#describe?.(item);
    if (description === undefined) return;
    const operation = operationKey(description);
    if (description.isEntry) increment(this.entriesBy, operation);
    if (!description.isError) return;
    this.errors += 1;
    if (trace !== undefined) this.#tracesWithErrors.add(trace);
    increment(this.errorsBy, operation);
  }
}

/** Returns the operations that lose items, the largest losses first. */
export function lossesOf(
  stored: ReadonlyMap<string, number>,
  kept: ReadonlyMap<string, number>,
  isLost: (stored: number, kept: number) => boolean,
): Loss[] {
  const losses: Loss[] = [];
  for (const [key, count] of stored) {
    const left = kept.get(key) ?? 0;
    if (!isLost(count, left)) continue;
    const [service = '', operation = ''] = key.split(SEPARATOR);
    losses.push({ service, operation, items: count - left });
  }
  return losses.toSorted(
    (a, b) => b.items - a.items || compare(a.service, b.service) || compare(a.operation, b.operation),
  );
}

const SEPARATOR = '\0';

function operationKey({ service, operation }: ItemDescription): string {
  return `${service}${SEPARATOR}${operation}`;
}

function increment(counts: Map<string, number>, key: string): void {
  const known = counts.get(key);
  if (known === undefined && counts.size >= MAX_OPERATIONS) counts.set(OTHERS, (counts.get(OTHERS) ?? 0) + 1);
  else counts.set(key, (known ?? 0) + 1);
}

const OTHERS = `${SEPARATOR}(others)`;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
