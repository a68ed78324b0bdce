import { type AttributeValue, snapshot } from './attribute-value.ts';

/** How much of attributes is kept (OpenTelemetry specification, "Attribute Limits"). */
export interface AttributeLimits {
  /** Further keys are dropped and counted. */
  readonly maxCount: number;
  /** Longer strings and byte arrays are cut. */
  readonly maxValueLength: number;
}

/** What attributes are given as. Values that OTLP cannot carry are dropped and counted. */
export interface Attributes {
  readonly [key: string]: unknown;
}

/** Attributes under their limits, in the order in which their keys came; the last value of a key counts. */
export class AttributeList {
  // Two arrays: one of both needs room for 41 elements for ten attributes (V8 grows by half and 16), these 2 × 17.
  readonly keys: string[] = [];
  readonly values: AttributeValue[] = [];
  /** How many were dropped: beyond the limit, without a key, or with a value that OTLP cannot carry. */
  droppedCount = 0;

  /** Adds or replaces one, which may be among the first `lookedThrough`. `undefined` is nothing, and not counted. */
  set(key: string, value: unknown, limits: AttributeLimits, lookedThrough: number = this.keys.length): void {
    if (value === undefined) return;
    const { keys } = this;
    // Few are looked through faster than a map is made, and by a loop than by `indexOf`.
    let index = lookedThrough - 1;
    while (index >= 0 && keys[index] !== key) index--;
    if (index < 0 && (keys.length >= limits.maxCount || key === '' || typeof key !== 'string')) {
      this.droppedCount++;
      return;
    }
    const copy = snapshot(value, limits.maxValueLength);
    if (copy === undefined) this.droppedCount++;
    else if (index >= 0) this.values[index] = copy;
    else {
      keys.push(key);
      this.values.push(copy);
    }
  }

  /** Adds or replaces all. */
  setAll(attributes: Attributes | undefined, limits: AttributeLimits): void {
    // The keys of one object are not the same: looking through them, too, took seconds for a hundred thousand.
    const before = this.keys.length;
    for (const key in attributes) if (isOwn.call(attributes, key)) this.set(key, attributes[key], limits, before);
  }
}

/** The list of attributes, `undefined` when there are none. */
export function listOf(attributes: Attributes | undefined, limits: AttributeLimits): AttributeList | undefined {
  if (attributes === undefined || attributes === null) return undefined;
  const list = new AttributeList();
  list.setAll(attributes, limits);
  return list;
}

/**
 * Makes the list that of these attributes, in the arrays that it has: an eighth of the time of a log record
 * (`logs.bench.ts`). A function, so that a bundle for traces has no part in it.
 */
export function refill(
  list: AttributeList,
  attributes: Attributes,
  { maxCount, maxValueLength }: AttributeLimits,
): void {
  const { keys, values } = list;
  let count = 0;
  let dropped = 0;
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || !isOwn.call(attributes, key)) continue;
    const copy = count >= maxCount || key === '' ? undefined : snapshot(value, maxValueLength);
    if (copy === undefined) dropped++;
    else {
      keys[count] = key;
      values[count++] = copy;
    }
  }
  // Takes a call into the engine, also where nothing changes.
  if (keys.length !== count) {
    keys.length = count;
    values.length = count;
  }
  list.droppedCount = dropped;
}

/** In a loop over keys V8 knows the answer of this, but asks `Object.hasOwn`: 7 ns an attribute (`logs.bench.ts`). */
const isOwn = Object.prototype.hasOwnProperty;

/** No limits: for resources and scopes. */
export const UNLIMITED: AttributeLimits = {
  maxCount: Number.POSITIVE_INFINITY,
  maxValueLength: Number.POSITIVE_INFINITY,
};
