import {
  findField,
  ItemCursor,
  payloadEnd,
  payloadStart,
  type Randomness,
  randomnessOfTraceId,
  readString,
  replaceField,
  SPAN_FIELDS,
  type Threshold,
  TraceState,
  WireWriter,
} from '@otelier/otlp';
import { randomRandomness } from './random-value.ts';
import type { SampledItem } from './sampled-item.ts';
import { findTraceId } from './trace-id.ts';

const { traceId, traceState } = SPAN_FIELDS;

/** The sampling state of a span, stored in its trace state as `ot=th:…;rv:…`. */
export class SampledSpan implements SampledItem {
  readonly #random: () => number;
  readonly #writer = new WireWriter(256);
  /** Cached encodings of trace states that contain only a threshold, as most do. */
  readonly #encoded = new WeakMap<Threshold, Uint8Array>();
  #cursor = new ItemCursor(new Uint8Array());
  #state: TraceState | undefined;
  #randomness: Randomness | undefined;
  /** Whether `randomness` is a random number, which later samplers cannot derive. */
  #isDrawn = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  moveTo(cursor: ItemCursor): void {
    const { bytes, start, end } = cursor;
    this.#cursor = cursor;
    this.#isDrawn = false;
    this.#randomness = undefined;
    const value = findField(bytes, start, end, traceState);
    if (value < 0) {
      this.#state = TraceState.empty;
      return;
    }
    const state = TraceState.parse(readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)));
    this.#state = typeof state === 'string' ? undefined : state;
  }

  get threshold(): Threshold | undefined {
    return this.#state?.threshold;
  }

  get randomness(): Randomness {
    this.#randomness ??= this.#state?.randomness ?? this.#own();
    return this.#randomness;
  }

  record(threshold: Threshold): void {
    const state = this.#state;
    if (state === undefined) return;
    const { bytes, start, end, splices } = this.#cursor;
    if (state === TraceState.empty && !this.#isDrawn) {
      replaceField(splices, bytes, start, end, traceState, this.#withThreshold(threshold));
      return;
    }
    const changed = state.withThreshold(threshold);
    const recorded = this.#isDrawn ? changed.withRandomness(this.randomness) : changed;
    replaceField(splices, bytes, start, end, traceState, this.#encode(recorded));
  }

  #own(): Randomness {
    const { bytes, start, end } = this.#cursor;
    const id = findTraceId(bytes, start, end, traceId);
    if (id >= 0) return randomnessOfTraceId(bytes, id);
    this.#isDrawn = true;
    return randomRandomness(this.#random);
  }

  #withThreshold(threshold: Threshold): Uint8Array {
    const known = this.#encoded.get(threshold);
    if (known !== undefined) return known;
    const encoded = this.#encode(TraceState.empty.withThreshold(threshold));
    this.#encoded.set(threshold, encoded);
    return encoded;
  }

  #encode(state: TraceState): Uint8Array {
    this.#writer.stringField(traceState, state.toString());
    return this.#writer.finish();
  }
}
