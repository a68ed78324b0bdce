import type { Accumulator } from './accumulator.ts';
import {
  accumulatorBytes,
  accumulatorOf,
  type Definition,
  type Fragment,
  overflowSeries,
  type Series,
  seriesBytes,
} from './series.ts';
import { Slots } from './slots.ts';
import type { Range, Windowing } from './windowing.ts';

interface SeriesState {
  readonly series: Series;
  readonly slots: Slots<Accumulator>;
}

/** Options for a `Combiner`. */
export interface CombinerOptions {
  readonly windowing: Windowing;
  /** Maximum number of series. Values of additional series are combined into one overflow series per definition. */
  readonly cardinalityLimit: number;
}

/** Accumulates the values of series, separately for each time slice, until `take`. */
export class Combiner {
  /** Estimated memory usage. */
  bytes = 0;
  readonly #options: CombinerOptions;
  #states = new Map<string, SeriesState>();
  #overflow = new Map<Definition, SeriesState>();

  constructor(options: CombinerOptions) {
    this.#options = options;
  }

  /**
   * Returns the accumulator for a time range of the series identified by `key`, which the caller chooses. `create` is
   * called if the key is new since the last `take`.
   */
  at(key: string, definition: Definition, range: Range, create: () => Series): Accumulator {
    const state = this.#states.get(key) ?? this.#add(key, definition, create);
    const slot = state.slots.find(range);
    if (slot !== undefined) return slot.content;
    const values = accumulatorOf(state.series);
    this.bytes += accumulatorBytes(state.series);
    state.slots.add(range, values);
    return values;
  }

  /** Removes and returns all fragments. */
  take(): Fragment[] {
    const fragments: Fragment[] = [];
    for (const states of [this.#states, this.#overflow]) {
      for (const { series, slots } of states.values())
        for (const { range, content } of slots) fragments.push({ series, ...range, values: content });
    }
    this.#states = new Map();
    this.#overflow = new Map();
    this.bytes = 0;
    return fragments;
  }

  #add(key: string, definition: Definition, create: () => Series): SeriesState {
    if (this.#states.size >= this.#options.cardinalityLimit) {
      const existing = this.#overflow.get(definition);
      if (existing !== undefined) return existing;
      const state = this.#stateOf(overflowSeries(definition));
      this.#overflow.set(definition, state);
      return state;
    }
    const state = this.#stateOf(create());
    this.#states.set(key, state);
    this.bytes += key.length;
    return state;
  }

  #stateOf(series: Series): SeriesState {
    this.bytes += seriesBytes(series);
    return { series, slots: new Slots(this.#options.windowing, (into, from) => into.merge(from)) };
  }
}
