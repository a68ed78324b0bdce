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
import { findTraceId } from '../../component/sampling/trace-id.ts';
import type { SamplerConfig } from './config.ts';
import type { Sampler, SamplingInfo } from './sampler.ts';

const RANDOMNESS_KEY = encodeKey('sampling.randomness');
const THRESHOLD_KEY = encodeKey('sampling.threshold');

/** Returns a hook that samples log records. Threshold and randomness are stored as attributes of the record. */
export function sampleLogRecords(sampler: Sampler, config: SamplerConfig): (cursor: ItemCursor) => Decision {
  const editor = new AttributeEditor();
  const priorityKey = config.samplingPriority === '' ? undefined : encodeKey(config.samplingPriority);
  const readRandomness = randomnessReader(sampler, config);
  return (cursor) => {
    editor.reset(cursor.bytes, cursor.start, cursor.end, LOG_RECORD_FIELDS.attributes);
    const info = samplingInfo(editor, readRandomness(editor, cursor));
    const priority = priorityKey && priorityOf(editor.value(priorityKey), config.samplingPrecision);
    const decision = sampler.sample(info, priority);
    if (decision.kind === 'drop') return 'drop';
    if (decision.kind === 'annotate') {
      const { threshold, randomness } = decision;
      if (randomness !== undefined) editor.set(EncodedAttribute.ofKey(RANDOMNESS_KEY, formatRandomness(randomness)));
      if (threshold !== undefined) editor.set(EncodedAttribute.ofKey(THRESHOLD_KEY, formatThreshold(threshold)));
      editor.record(cursor.splices);
    }
    return 'keep';
  };
}

type RandomnessReader = (editor: AttributeEditor, cursor: ItemCursor) => Randomness | undefined;

/**
 * Returns a function that reads a record's randomness. An attribute is used only in mode `hash_seed`, because its
 * values are not uniformly distributed unless hashed.
 */
function randomnessReader(sampler: Sampler, { attributeSource, fromAttribute }: SamplerConfig): RandomnessReader {
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

/** Returns the bytes to hash: bytes and strings verbatim, other values in string form. */
function hashedRange({ bytes, start, end }: ByteRange): ByteRange {
  const kind = anyValueKind(bytes, start, end);
  if (kind === 'bytes' || kind === 'string') {
    const value = findField(bytes, start, end, kind === 'bytes' ? 7 : 1);
    return { bytes, start: payloadStart(bytes, value), end: payloadEnd(bytes, value) };
  }
  const text = encoder.encode(anyValueAsText(bytes, start, end));
  return { bytes: text, start: 0, end: text.length };
}

/**
 * Reads the sampling state. The randomness is read first, because the editor writes attributes in the order in which
 * they were first read.
 */
function samplingInfo(editor: AttributeEditor, own: Randomness | undefined): SamplingInfo {
  const rv = textOf(editor.value(RANDOMNESS_KEY));
  const th = textOf(editor.value(THRESHOLD_KEY));
  const explicit = rv === '' ? undefined : parseRandomness(rv);
  const threshold = th === '' ? undefined : parseThreshold(th);
  const invalid =
    invalidMessage('sampling.threshold', '1 to 14', th, threshold) ??
    invalidMessage('sampling.randomness', '14', rv, explicit);
  return { own, explicit, threshold, invalid };
}

function invalidMessage(key: string, digits: string, text: string, parsed: object | undefined): string | undefined {
  return text === '' || parsed !== undefined
    ? undefined
    : `expected ${digits} hexadecimal digits in "${key}", got ${JSON.stringify(text.slice(0, 40))}`;
}

/** Returns the value of a string attribute. Attributes of other types are treated as missing. */
function textOf(value: ByteRange | undefined): string {
  const text = value && readAnyValue(value.bytes, value.start, value.end);
  return typeof text === 'string' ? text : '';
}

/** Returns the threshold for a record's percentage. 0 and percentages that no threshold can express are ignored. */
function priorityOf(range: ByteRange | undefined, precision: number): Threshold | undefined {
  const value = range && readAnyValue(range.bytes, range.start, range.end);
  if (typeof value !== 'number') return undefined;
  const probability = value / 100;
  return probability >= MIN_PROBABILITY && probability <= 1
    ? thresholdOfProbability(probability, precision)
    : undefined;
}
