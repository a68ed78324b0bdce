import {
  AttributeEditor,
  type ByteRange,
  EncodedAttribute,
  encodeKey,
  formatRandomness,
  formatThreshold,
  ItemCursor,
  LOG_RECORD_FIELDS,
  parseRandomness,
  parseThreshold,
  type Randomness,
  randomnessOfTraceId,
  readAnyValue,
  type Threshold,
} from '@otelier/otlp';
import { randomRandomness } from './random-value.ts';
import type { SampledItem } from './sampled-item.ts';
import { findTraceId } from './trace-id.ts';

const RANDOMNESS_KEY = encodeKey('sampling.randomness');
const THRESHOLD_KEY = encodeKey('sampling.threshold');

/** The sampling state of a log record, stored in its attributes `sampling.threshold` and `sampling.randomness`. */
export class SampledLogRecord implements SampledItem {
  readonly #random: () => number;
  readonly #editor = new AttributeEditor();
  readonly #encoded = new WeakMap<Threshold, EncodedAttribute>();
  #cursor = new ItemCursor(new Uint8Array());
  #threshold: Threshold | undefined;
  #randomness: Randomness | undefined;
  #isDrawn = false;
  #isInvalid = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  moveTo(cursor: ItemCursor): void {
    this.#cursor = cursor;
    this.#isDrawn = false;
    this.#editor.reset(cursor.bytes, cursor.start, cursor.end, LOG_RECORD_FIELDS.attributes);
    const randomness = textOf(this.#editor.value(RANDOMNESS_KEY));
    const threshold = textOf(this.#editor.value(THRESHOLD_KEY));
    this.#randomness = parseRandomness(randomness);
    this.#threshold = parseThreshold(threshold);
    this.#isInvalid =
      (randomness !== '' && this.#randomness === undefined) || (threshold !== '' && this.#threshold === undefined);
  }

  get threshold(): Threshold | undefined {
    return this.#isInvalid ? undefined : this.#threshold;
  }

  get randomness(): Randomness {
    this.#randomness ??= this.#own();
    return this.#randomness;
  }

  record(threshold: Threshold): void {
    if (this.#isInvalid) return;
    if (this.#isDrawn) this.#editor.set(EncodedAttribute.ofKey(RANDOMNESS_KEY, formatRandomness(this.randomness)));
    this.#editor.set(this.#attribute(threshold));
    this.#editor.record(this.#cursor.splices);
  }

  #own(): Randomness {
    const { bytes, start, end } = this.#cursor;
    const id = findTraceId(bytes, start, end, LOG_RECORD_FIELDS.traceId);
    if (id >= 0) return randomnessOfTraceId(bytes, id);
    this.#isDrawn = true;
    return randomRandomness(this.#random);
  }

  #attribute(threshold: Threshold): EncodedAttribute {
    const known = this.#encoded.get(threshold);
    if (known !== undefined) return known;
    const attribute = EncodedAttribute.ofKey(THRESHOLD_KEY, formatThreshold(threshold));
    this.#encoded.set(threshold, attribute);
    return attribute;
  }
}

/** Returns the value of a string attribute. Attributes of other types are treated as missing. */
function textOf(value: ByteRange | undefined): string {
  const text = value && readAnyValue(value.bytes, value.start, value.end);
  return typeof text === 'string' ? text : '';
}
