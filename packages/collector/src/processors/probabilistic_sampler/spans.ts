import {
  ALWAYS_SAMPLE,
  type Decision,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
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
  type Threshold,
  TraceState,
  WireWriter,
} from '@otelier/otlp';
import { parseGoFloat } from './go-float.ts';
import { MAX_RANDOMNESS, type Sampler, type SamplingDecision, type SamplingInfo } from './sampler.ts';
import { findTraceId } from './trace-id.ts';

const PRIORITY_KEY = encodeKey('sampling.priority');

/** Returns the hook that samples spans. Threshold and randomness are in the trace state, as `ot=th:…;rv:…`. */
export function sampleSpans(sampler: Sampler): (cursor: ItemCursor) => Decision {
  const field = new TraceStateField();
  return (cursor) => {
    const { bytes, start, end, splices } = cursor;
    const state = traceStateOf(bytes, start, end);
    const decision = sampler.sample(samplingInfo(sampler, state, bytes, start, end), priorityOf(bytes, start, end));
    if (decision.kind === 'drop') return 'drop';
    // An invalid trace state is forwarded unchanged.
    if (decision.kind === 'annotate' && typeof state !== 'string')
      replaceField(splices, bytes, start, end, SPAN_FIELDS.traceState, field.encode(state, decision, sampler.hashes));
    return 'keep';
  };
}

/** Returns the trace state of a span, or the reason why it is invalid. */
function traceStateOf(bytes: Uint8Array, start: number, end: number): TraceState | string {
  const value = findField(bytes, start, end, SPAN_FIELDS.traceState);
  return value < 0
    ? TraceState.empty
    : TraceState.parse(readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)));
}

function samplingInfo(
  sampler: Sampler,
  state: TraceState | string,
  bytes: Uint8Array,
  start: number,
  end: number,
): SamplingInfo {
  const id = findTraceId(bytes, start, end, SPAN_FIELDS.traceId);
  let own: Randomness | undefined;
  if (id >= 0) own = sampler.hashes ? sampler.hash(bytes, id, id + 16) : randomnessOfTraceId(bytes, id);
  if (typeof state === 'string') return { own, explicit: undefined, threshold: undefined, invalid: state };
  return { own, explicit: state.randomness, threshold: state.threshold, invalid: undefined };
}

const found = new FoundAttribute();

/** Returns the threshold for OpenTracing's attribute `sampling.priority`: 0 drops, positive keeps, others are ignored. */
function priorityOf(bytes: Uint8Array, start: number, end: number): Threshold | undefined {
  if (!findAttribute(bytes, start, end, SPAN_FIELDS.attributes, PRIORITY_KEY, found)) return undefined;
  const value = readAnyValue(bytes, found.valueStart, found.valueEnd);
  const number = typeof value === 'string' ? parseGoFloat(value) : value;
  if (typeof number !== 'number' && typeof number !== 'bigint') return undefined;
  if (number > 0) return ALWAYS_SAMPLE;
  return Number(number) === 0 ? NEVER_SAMPLE : undefined;
}

/** Encodes the field `trace_state`. The last result for an empty trace state is cached, because most spans have none. */
class TraceStateField {
  readonly #writer = new WireWriter(256);
  #cachedThreshold: Threshold | undefined;
  #cached: Uint8Array = new Uint8Array();

  encode(
    state: TraceState,
    { threshold, randomness }: Extract<SamplingDecision, { kind: 'annotate' }>,
    writesRandomness: boolean,
  ): Uint8Array {
    if (writesRandomness)
      return this.#field(state.withRandomness(randomness ?? MAX_RANDOMNESS).withThreshold(threshold));
    if (state !== TraceState.empty) return this.#field(state.withThreshold(threshold));
    if (this.#cachedThreshold !== threshold) {
      this.#cached = this.#field(state.withThreshold(threshold));
      this.#cachedThreshold = threshold;
    }
    return this.#cached;
  }

  #field(state: TraceState): Uint8Array {
    this.#writer.stringField(SPAN_FIELDS.traceState, state.toString());
    return this.#writer.finish();
  }
}
