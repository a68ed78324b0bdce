import type { Signal } from '@otelier/otlp';
import { type DroppedItem, ItemNotes, type ItemPlace } from './item-note.ts';

/** Number of dropped traces that a thread keeps over all rules. */
export const WINDOW_TRACES = 16_384;

/** Number of dropped traces that a thread keeps for each rule, whatever other rules drop. */
export const RULE_TRACES = 256;

/** Maximum number of traces per second that one rule records. Others are only counted. */
const MAX_PER_SECOND = 20_000;

/** Number of traces after which a rule reads the clock. */
const CLOCK_EVERY = 64;

/** Maximum number of rules with a sample. Reloads add rules, of which the oldest are forgotten. */
const MAX_RULES = 1000;

/** A dropped trace that was found. */
export interface FoundDrop<Rule> {
  readonly rule: Rule;
  readonly atMillis: number;
  /** The item that was dropped last, if the rule has seen it. */
  readonly item: DroppedItem | undefined;
}

/** What the sample covers. */
export interface SampleWindow {
  /** Number of traces that it contains now. */
  readonly traces: number;
  /** Time of the oldest trace, in milliseconds since the Unix epoch; `undefined` if there is none. */
  readonly sinceMillis: number | undefined;
  /** Number of dropped traces that were not recorded, because a rule dropped too many per second. */
  readonly skippedTraces: number;
}

/**
 * The IDs of the traces that were dropped last in one thread: the last `WINDOW_TRACES`, and of each rule the last
 * `RULE_TRACES`, with a note about the item. An entry takes 124 bytes, and nothing is allocated before something is dropped.
 */
export class DropSample<Rule> {
  readonly #now: () => number;
  readonly #all = new Ring(WINDOW_TRACES);
  readonly #rules = new Map<number, SampledRule<Rule>>();
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  #nowMillis = 0;
  #skipped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds a rule and returns its number. A rule with the same key continues the earlier one. */
  addRule(key: string, rule: Rule): number {
    const number = this.#numbers.get(key) ?? ++this.#lastNumber;
    const known = this.#rules.get(number);
    this.#numbers.set(key, number);
    this.#rules.set(number, { key, rule, ring: known?.ring ?? new Ring(RULE_TRACES), second: 0, count: 0 });
    const [oldest] = this.#rules;
    if (this.#rules.size > MAX_RULES && oldest !== undefined) {
      this.#rules.delete(oldest[0]);
      this.#numbers.delete(oldest[1].key);
    }
    return number;
  }

  /** Whether a rule has recorded all that it may in this second. */
  isExhausted(number: number): boolean {
    const sampled = this.#rules.get(number);
    if (sampled === undefined) return true;
    if (sampled.count < MAX_PER_SECOND) return false;
    this.#readClock(sampled);
    return sampled.count >= MAX_PER_SECOND;
  }

  /** Counts traces that are not recorded. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /**
   * Records a trace ID of four integers, with a note about the item at `place`. The last trace of a rule is not recorded
   * again. Returns `false` if the rule has recorded all that it may in this second.
   */
  add(number: number, id0: number, id1: number, id2: number, id3: number, signal?: Signal, place?: ItemPlace): boolean {
    const sampled = this.#rules.get(number);
    if (sampled === undefined || sampled.ring.endsWith(id0, id1, id2, id3)) return true;
    if (sampled.count % CLOCK_EVERY === 0) this.#readClock(sampled);
    sampled.count += 1;
    if (sampled.count > MAX_PER_SECOND) {
      this.#skipped += 1;
      return false;
    }
    const nowMillis = this.#nowMillis;
    sampled.ring.add(id0, id1, id2, id3, number, nowMillis, signal, place);
    this.#all.add(id0, id1, id2, id3, number, nowMillis, signal, place);
    return true;
  }

  /** Returns when and by which rules a trace was dropped, latest first and each rule once. */
  find(id0: number, id1: number, id2: number, id3: number): FoundDrop<Rule>[] {
    const latest = new Map<number, { readonly atMillis: number; readonly item: DroppedItem | undefined }>();
    const take = (number: number, atMillis: number, item: DroppedItem | undefined) => {
      const before = latest.get(number);
      if (before === undefined || before.atMillis < atMillis) latest.set(number, { atMillis, item });
    };
    this.#all.find(id0, id1, id2, id3, take);
    for (const { ring } of this.#rules.values()) ring.find(id0, id1, id2, id3, take);
    return [...latest]
      .toSorted(([, a], [, b]) => b.atMillis - a.atMillis)
      .flatMap(([number, drop]) => {
        const sampled = this.#rules.get(number);
        return sampled === undefined ? [] : [{ rule: sampled.rule, ...drop }];
      });
  }

  get window(): SampleWindow {
    const { length, oldestMillis } = this.#all;
    return { traces: length, sinceMillis: oldestMillis, skippedTraces: this.#skipped };
  }

  #readClock(sampled: SampledRule<Rule>): void {
    this.#nowMillis = this.#now();
    const second = Math.floor(this.#nowMillis / 1000);
    if (second === sampled.second) return;
    sampled.second = second;
    sampled.count = 0;
  }
}

/** A rule, its last traces, and how many it recorded in the current second. */
interface SampledRule<Rule> {
  readonly key: string;
  readonly rule: Rule;
  readonly ring: Ring;
  second: number;
  count: number;
}

/** A ring of trace IDs, each with the number of a rule, a time and a note about the item. */
class Ring {
  readonly #capacity: number;
  #ids: Int32Array | undefined;
  #numbers = new Uint32Array();
  #times = new Float64Array();
  #notes = new ItemNotes(0);
  #next = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  get oldestMillis(): number | undefined {
    if (this.#length === 0) return undefined;
    return this.#times[this.#length < this.#capacity ? 0 : this.#next];
  }

  endsWith(id0: number, id1: number, id2: number, id3: number): boolean {
    if (this.#length === 0) return false;
    return this.#isAt((this.#next + this.#capacity - 1) % this.#capacity, id0, id1, id2, id3);
  }

  add(
    id0: number,
    id1: number,
    id2: number,
    id3: number,
    number: number,
    atMillis: number,
    signal: Signal | undefined,
    place: ItemPlace | undefined,
  ): void {
    this.#ids ??= this.#allocate();
    const at = this.#next;
    this.#ids[4 * at] = id0;
    this.#ids[4 * at + 1] = id1;
    this.#ids[4 * at + 2] = id2;
    this.#ids[4 * at + 3] = id3;
    this.#numbers[at] = number;
    this.#times[at] = atMillis;
    this.#notes.set(at, signal, place);
    this.#next = (at + 1) % this.#capacity;
    if (this.#length < this.#capacity) this.#length += 1;
  }

  find(
    id0: number,
    id1: number,
    id2: number,
    id3: number,
    found: (number: number, atMillis: number, item: DroppedItem | undefined) => void,
  ): void {
    for (let at = 0; at < this.#length; at++) {
      if (!this.#isAt(at, id0, id1, id2, id3)) continue;
      found(this.#numbers[at] ?? 0, this.#times[at] ?? 0, this.#notes.get(at));
    }
  }

  #isAt(at: number, id0: number, id1: number, id2: number, id3: number): boolean {
    const ids = this.#ids;
    if (ids === undefined) return false;
    const start = 4 * at;
    return ids[start + 3] === id3 && ids[start + 2] === id2 && ids[start + 1] === id1 && ids[start] === id0;
  }

  #allocate(): Int32Array {
    this.#numbers = new Uint32Array(this.#capacity);
    this.#times = new Float64Array(this.#capacity);
    this.#notes = new ItemNotes(this.#capacity);
    return new Int32Array(4 * this.#capacity);
  }
}
