import {
  AttributeEditor,
  anyValueAsText,
  anyValueKind,
  type ByteRange,
  type Decision,
  EncodedAttribute,
  encodeKey,
  findField,
  formatRandomness,
  formatThreshold,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  MIN_PROBABILITY,
  parseRandomness,
  parseThreshold,
  payloadEnd,
  payloadStart,
  type Randomness,
  randomnessOfTraceId,
  readAnyValue,
  type Threshold,
  thresholdOfProbability,
} from '@otelier/otlp';
import type { Evidence, Sampler } from './sampler.ts';
import { findTraceId } from './trace-id.ts';

/** What only log records have, of the processor's configuration. */
export interface LogSamplingConfig {
  readonly attributeSource: 'traceID' | 'record';
  readonly fromAttribute: string;
  readonly samplingPriority: string;
  readonly samplingPrecision: number;
}

const RANDOMNESS_KEY = encodeKey('sampling.randomness');
const THRESHOLD_KEY = encodeKey('sampling.threshold');

/** Samples log records: threshold and randomness stand in their attributes. */
export function logRecordSampling(sampler: Sampler, config: LogSamplingConfig): (cursor: ItemCursor) => Decision {
  const editor = new AttributeEditor();
  const priorityKey = config.samplingPriority === '' ? undefined : encodeKey(config.samplingPriority);
  const ownRandomness = ownRandomnessOf(sampler, config);
  return (cursor) => {
    editor.reset(cursor.bytes, cursor.start, cursor.end, LOG_RECORD_FIELDS.attributes);
    const evidence = evidenceOf(editor, ownRandomness(editor, cursor));
    const priority = priorityKey && priorityOf(editor.value(priorityKey), config.samplingPrecision);
    const verdict = sampler.check(evidence, priority);
    if (verdict.kind === 'drop') return 'drop';
    if (verdict.kind === 'note') {
      const { threshold, randomness } = verdict;
      if (randomness !== undefined) editor.set(EncodedAttribute.ofKey(RANDOMNESS_KEY, formatRandomness(randomness)));
      editor.set(EncodedAttribute.ofKey(THRESHOLD_KEY, formatThreshold(threshold)));
      editor.record(cursor.splices);
    }
    return 'keep';
  };
}

type OwnRandomness = (editor: AttributeEditor, cursor: ItemCursor) => Randomness | undefined;

/** Only the hash can make use of an attribute: its values are not uniformly distributed. */
function ownRandomnessOf(sampler: Sampler, { attributeSource, fromAttribute }: LogSamplingConfig): OwnRandomness {
  if (!sampler.hashes) {
    return (_editor, { bytes, start, end }) => {
      const id = findTraceId(bytes, start, end, LOG_RECORD_FIELDS.traceId);
      return id < 0 ? undefined : randomnessOfTraceId(bytes, id);
    };
  }
  const key = fromAttribute === '' ? undefined : encodeKey(fromAttribute);
  return (editor, { bytes, start, end }) => {
    const id = attributeSource === 'traceID' ? findTraceId(bytes, start, end, LOG_RECORD_FIELDS.traceId) : -1;
    if (id >= 0) return sampler.hash(bytes, id, id + 16);
    const value = key === undefined ? undefined : editor.value(key);
    const hashed = value && hashedRange(value);
    return hashed && hashed.end > hashed.start ? sampler.hash(hashed.bytes, hashed.start, hashed.end) : undefined;
  };
}

const encoder = new TextEncoder();

/** Bytes are hashed as they are, everything else as text. */
function hashedRange({ bytes, start, end }: ByteRange): ByteRange {
  const kind = anyValueKind(bytes, start, end);
  if (kind === 'bytes' || kind === 'string') {
    const value = findField(bytes, start, end, kind === 'bytes' ? 7 : 1);
    return { bytes, start: payloadStart(bytes, value), end: payloadEnd(bytes, value) };
  }
  const text = encoder.encode(anyValueAsText(bytes, start, end));
  return { bytes: text, start: 0, end: text.length };
}

/** The order in which the two are first asked for is that in which they are written. */
function evidenceOf(editor: AttributeEditor, own: Randomness | undefined): Evidence {
  const rv = textOf(editor.value(RANDOMNESS_KEY));
  const th = textOf(editor.value(THRESHOLD_KEY));
  const explicit = rv === '' ? undefined : parseRandomness(rv);
  const threshold = th === '' ? undefined : parseThreshold(th);
  const malformed =
    malformedMessage('sampling.threshold', '1 to 14', th, threshold) ??
    malformedMessage('sampling.randomness', '14', rv, explicit);
  return { own, explicit, threshold, malformed };
}

function malformedMessage(key: string, digits: string, text: string, parsed: object | undefined): string | undefined {
  return text === '' || parsed !== undefined
    ? undefined
    : `expected ${digits} hexadecimal digits in "${key}", got ${JSON.stringify(text.slice(0, 40))}`;
}

/** Attributes of other types than text are as good as none. */
function textOf(value: ByteRange | undefined): string {
  const text = value && readAnyValue(value.bytes, value.start, value.end);
  return typeof text === 'string' ? text : '';
}

/** The record's own percentage. One that is 0, or that no threshold expresses, leaves the decision open. */
function priorityOf(range: ByteRange | undefined, precision: number): Threshold | undefined {
  const value = range && readAnyValue(range.bytes, range.start, range.end);
  if (typeof value !== 'number') return undefined;
  const probability = value / 100;
  return probability >= MIN_PROBABILITY && probability <= 1
    ? thresholdOfProbability(probability, precision)
    : undefined;
}
