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
import { type Evidence, MAX_RANDOMNESS, type Sampler, type Verdict } from './sampler.ts';
import { findTraceId } from './trace-id.ts';

const PRIORITY_KEY = encodeKey('sampling.priority');

/** Samples spans: threshold and randomness stand in their trace state as `ot=th:…;rv:…`. */
export function spanSampling(sampler: Sampler): (cursor: ItemCursor) => Decision {
  const field = new TraceStateField();
  return (cursor) => {
    const { bytes, start, end, splices } = cursor;
    const state = traceStateOf(bytes, start, end);
    const verdict = sampler.check(evidenceOf(sampler, state, bytes, start, end), priorityOf(bytes, start, end));
    if (verdict.kind === 'drop') return 'drop';
    // A trace state that cannot be read is left to those who can.
    if (verdict.kind === 'note' && typeof state !== 'string')
      replaceField(splices, bytes, start, end, SPAN_FIELDS.traceState, field.encode(state, verdict, sampler.hashes));
    return 'keep';
  };
}

/** What the span says, or in a sentence why it cannot be read. */
function traceStateOf(bytes: Uint8Array, start: number, end: number): TraceState | string {
  const value = findField(bytes, start, end, SPAN_FIELDS.traceState);
  return value < 0
    ? TraceState.empty
    : TraceState.parse(readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)));
}

function evidenceOf(
  sampler: Sampler,
  state: TraceState | string,
  bytes: Uint8Array,
  start: number,
  end: number,
): Evidence {
  const id = findTraceId(bytes, start, end, SPAN_FIELDS.traceId);
  let own: Randomness | undefined;
  if (id >= 0) own = sampler.hashes ? sampler.hash(bytes, id, id + 16) : randomnessOfTraceId(bytes, id);
  if (typeof state === 'string') return { own, explicit: undefined, threshold: undefined, malformed: state };
  return { own, explicit: state.randomness, threshold: state.threshold, malformed: undefined };
}

const found = new FoundAttribute();

/** The attribute `sampling.priority` of OpenTracing: 0 drops, more keeps, whatever else leaves the decision open. */
function priorityOf(bytes: Uint8Array, start: number, end: number): Threshold | undefined {
  if (!findAttribute(bytes, start, end, SPAN_FIELDS.attributes, PRIORITY_KEY, found)) return undefined;
  const value = readAnyValue(bytes, found.valueStart, found.valueEnd);
  const number = typeof value === 'string' ? parseGoFloat(value) : value;
  if (typeof number !== 'number' && typeof number !== 'bigint') return undefined;
  if (number > 0) return ALWAYS_SAMPLE;
  return Number(number) === 0 ? NEVER_SAMPLE : undefined;
}

/** Encodes the field `trace_state`; spans that arrive without one mostly get the same, which is made once. */
class TraceStateField {
  readonly #writer = new WireWriter(256);
  #threshold: Threshold | undefined;
  #usual: Uint8Array = new Uint8Array();

  encode(
    state: TraceState,
    { threshold, randomness }: Extract<Verdict, { kind: 'note' }>,
    notesRandomness: boolean,
  ): Uint8Array {
    if (notesRandomness)
      return this.#field(state.withRandomness(randomness ?? MAX_RANDOMNESS).withThreshold(threshold));
    if (state !== TraceState.empty) return this.#field(state.withThreshold(threshold));
    if (this.#threshold !== threshold) {
      this.#usual = this.#field(state.withThreshold(threshold));
      this.#threshold = threshold;
    }
    return this.#usual;
  }

  #field(state: TraceState): Uint8Array {
    this.#writer.stringField(SPAN_FIELDS.traceState, state.toString());
    return this.#writer.finish();
  }
}
