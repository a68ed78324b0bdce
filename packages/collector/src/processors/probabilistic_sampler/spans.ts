import {
  ALWAYS_SAMPLE,
  type Decision,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  findFieldOrAttribute,
  type ItemCursor,
  NEVER_SAMPLE,
  payloadEnd,
  payloadStart,
  type Randomness,
  randomnessOfTraceId,
  readAnyValue,
  readString,
  replaceField,
  SPAN_FIELDS,
  sameBytes,
  type Threshold,
  TraceState,
  WireWriter,
} from '@otelier/otlp';
import { findTraceId } from '../../component/sampling/trace-id.ts';
import { parseGoFloat } from './go-float.ts';
import { MAX_RANDOMNESS, type Sampler, type SamplingDecision, type SamplingInfo } from './sampler.ts';

const { traceId, traceState, attributes } = SPAN_FIELDS;
const PRIORITY_KEY = encodeKey('sampling.priority');

/** Returns a hook that samples spans. Threshold and randomness are stored in the trace state, as `ot=th:…;rv:…`. */
export function sampleSpans(sampler: Sampler): (cursor: ItemCursor) => Decision {
  const field = new TraceStateField();
  return (cursor) => {
    const { bytes, start, end, splices } = cursor;
    // Most spans have neither a trace state nor a priority, which a single search detects.
    const first = findFieldOrAttribute(bytes, start, end, traceState, attributes, PRIORITY_KEY.length);
    const id = findTraceId(bytes, start, end, traceId);
    if (first < 0 && id >= 0 && !sampler.keepsTrace(bytes, id)) return 'drop';
    const stateValue = first < 0 ? -1 : findField(bytes, first, end, traceState);
    const priority = first < 0 ? undefined : priorityOf(bytes, first, end);
    const state = traceStateOf(bytes, stateValue);
    const decision = sampler.sample(samplingInfo(sampler, state, bytes, id), priority);
    if (decision.kind === 'drop') return 'drop';
    if (decision.kind === 'annotate') {
      // Only a 0 % sampler annotates spans with an invalid trace state, which it replaces.
      const known = typeof state === 'string' ? repairedState(bytes, stateValue) : state;
      const content = field.encode(known, decision, sampler.hashes);
      if (stateValue < 0) splices.insert(end, content);
      else if (!hasField(bytes, stateValue, content)) replaceField(splices, bytes, start, end, traceState, content);
    }
    return 'keep';
  };
}

/** Returns a span's trace state, given the offset of its value, or the reason why it is invalid. */
function traceStateOf(bytes: Uint8Array, value: number): TraceState | string {
  return value < 0 ? TraceState.empty : TraceState.parse(textAt(bytes, value));
}

/** Returns the trace state members that precede its invalid OpenTelemetry member. */
function repairedState(bytes: Uint8Array, value: number): TraceState {
  const [before = ''] = /^(?:[ \t]*(?!ot=)[^,]*,)*/.exec(textAt(bytes, value)) ?? [];
  const state = TraceState.parse(before);
  return typeof state === 'string' ? TraceState.empty : state;
}

function textAt(bytes: Uint8Array, value: number): string {
  return readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

function samplingInfo(sampler: Sampler, state: TraceState | string, bytes: Uint8Array, id: number): SamplingInfo {
  let own: Randomness | undefined;
  if (id >= 0) own = sampler.hashes ? sampler.hash(bytes, id, id + 16) : randomnessOfTraceId(bytes, id);
  if (typeof state === 'string') return { own, explicit: undefined, threshold: undefined, invalid: state };
  return { own, explicit: state.randomness, threshold: state.threshold, invalid: undefined };
}

const found = new FoundAttribute();

/**
 * Returns the threshold for OpenTracing's `sampling.priority` attribute: 0 drops the span, positive values keep it,
 * other values are ignored.
 */
function priorityOf(bytes: Uint8Array, start: number, end: number): Threshold | undefined {
  if (!findAttribute(bytes, start, end, attributes, PRIORITY_KEY, found)) return undefined;
  const value = readAnyValue(bytes, found.valueStart, found.valueEnd);
  const number = typeof value === 'string' ? parseGoFloat(value) : value;
  if (typeof number !== 'number' && typeof number !== 'bigint') return undefined;
  if (number > 0) return ALWAYS_SAMPLE;
  return Number(number) === 0 ? NEVER_SAMPLE : undefined;
}

/**
 * Encodes the `trace_state` field. For an empty trace state, which most spans have, only the randomness digits differ
 * from the previous result.
 */
class TraceStateField {
  readonly #writer = new WireWriter(256);
  #cachedThreshold: Threshold | undefined;
  #cached: Uint8Array = new Uint8Array();

  /** As in the Collector, the OpenTelemetry member comes first even if it has not changed. */
  encode(
    state: TraceState,
    { threshold, randomness = MAX_RANDOMNESS }: Extract<SamplingDecision, { kind: 'annotate' }>,
    writesRandomness: boolean,
  ): Uint8Array {
    if (state !== TraceState.empty || threshold === undefined) {
      const own = threshold === undefined ? state : state.withThreshold(threshold);
      return this.#field(writesRandomness ? own.withRandomness(randomness) : own);
    }
    if (this.#cachedThreshold !== threshold) {
      const sample = writesRandomness ? state.withRandomness(MAX_RANDOMNESS) : state;
      this.#cached = this.#field(sample.withThreshold(threshold));
      this.#cachedThreshold = threshold;
    }
    if (!writesRandomness) return this.#cached;
    const field = this.#cached.slice();
    writeDigits(field, RANDOMNESS_OFFSET, 6, randomness.high);
    writeDigits(field, RANDOMNESS_OFFSET + 6, 8, randomness.low);
    return field;
  }

  #field(state: TraceState): Uint8Array {
    this.#writer.stringField(traceState, state.toString());
    return this.#writer.finish();
  }
}

/** Reports whether the field with a one-byte tag whose value is at an offset equals an encoded field. */
function hasField(bytes: Uint8Array, value: number, field: Uint8Array): boolean {
  return payloadEnd(bytes, value) - value + 1 === field.length && sameBytes(bytes, value - 1, field);
}

/** Offset of the digits in an encoded `trace_state` field that starts with `ot=rv:`, including its tag and length. */
const RANDOMNESS_OFFSET = 2 + 'ot=rv:'.length;
const DIGITS = encodeKey('0123456789abcdef');

function writeDigits(target: Uint8Array, offset: number, count: number, value: number): void {
  let rest = value;
  for (let pos = offset + count - 1; pos >= offset; pos--) {
    target[pos] = DIGITS[rest & 15] as number;
    rest >>>= 4;
  }
}
