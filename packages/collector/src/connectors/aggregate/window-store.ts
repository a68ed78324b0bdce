import type { Accumulator } from './accumulator.ts';
import { accumulatorBytes, accumulatorOf, type Fragment, overflowSeries, type Series, seriesBytes } from './series.ts';
import { type Slot, Slots } from './slots.ts';
import type { Range, Windowing } from './windowing.ts';

/** The result of a window for one series. */
export interface WindowResult {
  readonly series: Series;
  readonly range: Range;
  /** The values that no earlier result of the window includes; in a correction, these are the late values. */
  readonly added: Accumulator;
  /** All values in the window. */
  readonly all: Accumulator;
  readonly isCorrection: boolean;
}

/** Options for a `WindowStore`. */
export interface WindowStoreOptions {
  readonly windowing: Windowing;
  readonly allowedLatenessMillis: number;
  readonly cardinalityLimit: number;
  /** Called with the number of values that were dropped because they arrived after the end of their window. */
  late(values: number): void;
}

/** The values in a window, both already reported and not yet reported. */
interface WindowValues {
  pending: Accumulator | undefined;
  reported: Accumulator | undefined;
}

interface SeriesState {
  readonly series: Series;
  readonly slots: Slots<WindowValues>;
}

/** Stores windows until the watermark has passed their end, or longer to allow corrections. */
export class WindowStore {
  /** Estimated memory usage. */
  bytes = 0;
  readonly #options: WindowStoreOptions;
  readonly #states = new Map<string, SeriesState>();
  /** The time up to which windows have ended. */
  #closedMillis = Number.NEGATIVE_INFINITY;

  constructor(options: WindowStoreOptions) {
    this.#options = options;
  }

  /** Adds a time slice to the windows that contain it. */
  add(fragment: Fragment): void {
    const { windowing, late } = this.#options;
    const open = windowing
      .windowsOf(fragment)
      .filter((range) => this.#isOpen(range) || this.#joinsOpen(fragment.series, range));
    if (open.length === 0) {
      late(fragment.values.count);
      return;
    }
    const state = this.#stateOf(fragment.series);
    for (const range of open) this.#addTo(state, range, fragment.values, open.length === 1);
  }

  /** Ends all windows before the watermark, or all windows if it is `Infinity`, and returns their results. */
  advance(watermarkMillis: number): WindowResult[] {
    this.#closedMillis = Math.max(
      this.#closedMillis,
      watermarkMillis === Number.POSITIVE_INFINITY ? this.#lastEndMillis() : watermarkMillis,
    );
    const results: WindowResult[] = [];
    for (const [key, { series, slots }] of this.#states) {
      slots.filter((slot) => this.#report(series, slot, results));
      if (!slots.isEmpty) continue;
      this.#states.delete(key);
      this.bytes -= seriesBytes(series);
    }
    return results;
  }

  #isOpen(range: Range): boolean {
    return this.#options.windowing.endOf(range) + this.#options.allowedLatenessMillis > this.#closedMillis;
  }

  /** Reports whether a late item belongs to a session that later items keep open. */
  #joinsOpen(series: Series, range: Range): boolean {
    const slots = this.#states.get(series.key)?.slots ?? [];
    for (const slot of slots) if (this.#options.windowing.joins(slot.range, range)) return true;
    return false;
  }

  #addTo({ series, slots }: SeriesState, range: Range, values: Accumulator, isOnlyUse: boolean): void {
    const slot = slots.find(range);
    const isNew = slot?.content.pending === undefined;
    if (isNew) this.bytes += accumulatorBytes(series);
    // If a slice belongs to a single window, its accumulator is not needed elsewhere.
    const pending = isNew && isOnlyUse ? values : (slot?.content.pending ?? accumulatorOf(series));
    if (pending !== values) pending.merge(values);
    if (slot === undefined) slots.add(range, { pending, reported: undefined });
    else slot.content.pending = pending;
  }

  /** Adds the result of an ended window. Returns whether the window must be kept. */
  #report(series: Series, slot: Slot<WindowValues>, results: WindowResult[]): boolean {
    const { range, content } = slot;
    if (this.#options.windowing.endOf(range) > this.#closedMillis) return true;
    const { pending, reported } = content;
    const isOpen = this.#isOpen(range);
    if (pending !== undefined) {
      const all = reported ?? pending;
      if (reported !== undefined) {
        reported.merge(pending);
        this.bytes -= accumulatorBytes(series);
      }
      results.push({ series, range, added: pending, all, isCorrection: reported !== undefined });
      content.reported = all;
      content.pending = undefined;
    }
    if (!isOpen) this.bytes -= accumulatorBytes(series);
    return isOpen;
  }

  #lastEndMillis(): number {
    const { endOf } = this.#options.windowing;
    let last = this.#closedMillis;
    for (const { slots } of this.#states.values()) for (const { range } of slots) last = Math.max(last, endOf(range));
    return last;
  }

  #stateOf(series: Series): SeriesState {
    const existing = this.#states.get(series.key);
    if (existing !== undefined) return existing;
    const { cardinalityLimit } = this.#options;
    if (this.#states.size < cardinalityLimit) return this.#add(series);
    const overflow = overflowSeries(series.definition);
    return this.#states.get(overflow.key) ?? this.#add(overflow);
  }

  #add(series: Series): SeriesState {
    const merged = (into: Accumulator | undefined, from: Accumulator | undefined) => {
      if (into === undefined || from === undefined) return into ?? from;
      into.merge(from);
      this.bytes -= accumulatorBytes(series);
      return into;
    };
    const slots = new Slots<WindowValues>(this.#options.windowing, (into, from) => {
      into.pending = merged(into.pending, from.pending);
      into.reported = merged(into.reported, from.reported);
    });
    const state = { series, slots };
    this.#states.set(series.key, state);
    this.bytes += seriesBytes(series);
    return state;
  }
}
