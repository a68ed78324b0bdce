import {
  AttributeEditor,
  anyValueKind,
  DATA_POINT_FIELDS,
  type Decision,
  EncodedAttribute,
  encodeKey,
  findField,
  type ItemCursor,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  METRIC_KINDS,
  type MetricKind,
  payloadEnd,
  payloadStart,
  readString,
  readVarintLow,
  Splices,
  seededHash,
  TrustedReader,
} from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { type CardinalityLimitConfig, type EnforcementMode, modeOf } from './config.ts';
import { addPoint } from './merge-points.ts';
import type { Trackers } from './trackers.ts';

/** The data of a metric within a request. */
interface Data {
  readonly kind: MetricKind;
  /** Offset of its length prefix. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** Returns a hook that limits the attributes of a metric's points. */
export function limitAttributes(config: CardinalityLimitConfig, trackers: Trackers): (cursor: ItemCursor) => Decision {
  const mode = modeOf(config);
  const protectedKeys = new Set(config.neverDropLabels);
  const editor = new AttributeEditor();
  const canonical = new CanonicalKey();

  /** Returns the keys of a point's attributes that have too many values. */
  const excess = (metric: string, bytes: Uint8Array, start: number, end: number, field: number): Uint8Array[] => {
    const keys: Uint8Array[] = [];
    const reader = new TrustedReader(bytes, start, end);
    while (reader.next()) {
      if (reader.field !== field) continue;
      const at = findField(bytes, reader.valueStart, reader.end, 1);
      const key = at < 0 ? EMPTY : bytes.subarray(payloadStart(bytes, at), payloadEnd(bytes, at));
      const name = readString(key, 0, key.length);
      if (protectedKeys.has(name)) continue;
      const text = textOf(bytes, findField(bytes, reader.valueStart, reader.end, 2));
      if (trackers.isExcess(metric, name, mixed(seededHash(1, text)), mixed(seededHash(2, text)))) keys.push(key);
    }
    return keys;
  };

  const edited = (point: Uint8Array, field: number, keys: readonly Uint8Array[], effective: EnforcementMode) => {
    editor.reset(point, 0, point.length, field);
    if (effective === 'tag_only') editor.set(OVERFLOW_TAG);
    else
      for (const key of keys) {
        if (effective === 'strip_and_reaggregate') editor.delete(key);
        else editor.set(EncodedAttribute.ofKey(key, OVERFLOW_VALUE));
      }
    const splices = new Splices();
    editor.record(splices);
    return splices.apply(point);
  };

  return ({ bytes, metricStart, metricEnd }) => {
    const data = dataOf(bytes, metricStart, metricEnd);
    if (data === undefined) return 'keep';
    const name = nameOf(bytes, metricStart, metricEnd);
    const field = DATA_POINT_FIELDS[data.kind].attributes;
    const merges = mode !== 'tag_only' && canMerge(bytes, data);
    const effective = merges ? mode : 'tag_only';
    const points: Uint8Array[] = [];
    let isChanged = false;
    const reader = new TrustedReader(bytes, data.start, data.end);
    while (reader.next()) {
      if (reader.field !== METRIC_DATA_FIELDS.dataPoints) continue;
      const keys = excess(name, bytes, reader.valueStart, reader.end, field);
      const point = bytes.subarray(reader.valueStart, reader.end);
      isChanged ||= keys.length > 0;
      points.push(keys.length === 0 ? point : edited(point, field, keys, effective));
    }
    if (!isChanged) return 'keep';
    const kept = merges
      ? mergeEqual(points, data.kind === 'sum', (point) => canonical.attributes(point, 0, point.length, field).finish())
      : points;
    return withPoints(bytes, metricStart, metricEnd, data, kept);
  };
}

const EMPTY = new Uint8Array();
const OVERFLOW_TAG = EncodedAttribute.of('otel.metric.overflow', true);
const OVERFLOW_VALUE = 'otel.cardinality_overflow';

/** Returns the points, merged by key. `undefined` marks a point that was merged into another. */
function mergeEqual(
  points: readonly Uint8Array[],
  isSum: boolean,
  keyOf: (point: Uint8Array) => string,
): (Uint8Array | undefined)[] {
  const first = new Map<string, number>();
  const merged: (Uint8Array | undefined)[] = [];
  for (const point of points) {
    const key = keyOf(point);
    const at = first.get(key);
    const other = at === undefined ? undefined : merged[at];
    if (at === undefined || other === undefined) {
      first.set(key, merged.length);
      merged.push(point);
    } else {
      merged[at] = addPoint(other, point, isSum);
      merged.push(undefined);
    }
  }
  return merged;
}

/** Returns a copy of the metric with different points. */
function withPoints(
  bytes: Uint8Array,
  metricStart: number,
  metricEnd: number,
  data: Data,
  points: readonly (Uint8Array | undefined)[],
): Uint8Array {
  const splices = new Splices();
  splices.open(data.value);
  const reader = new TrustedReader(bytes, data.start, data.end);
  let index = 0;
  while (reader.next()) {
    if (reader.field !== METRIC_DATA_FIELDS.dataPoints) continue;
    const point = points[index++];
    if (point === undefined) splices.remove(reader.start, reader.end);
    else splices.replaceValue(reader.lengthStart, reader.end, point);
  }
  splices.close(data.start, data.end);
  return splices.apply(bytes, metricStart, metricEnd);
}

function dataOf(bytes: Uint8Array, start: number, end: number): Data | undefined {
  for (const kind of METRIC_KINDS) {
    const value = findField(bytes, start, end, METRIC_FIELDS[kind]);
    if (value >= 0) return { kind, value, start: payloadStart(bytes, value), end: payloadEnd(bytes, value) };
  }
  return undefined;
}

function canMerge(bytes: Uint8Array, { kind, start, end }: Data): boolean {
  if (kind !== 'sum') return kind === 'gauge';
  const temporality = findField(bytes, start, end, METRIC_DATA_FIELDS.aggregationTemporality);
  return temporality >= 0 && readVarintLow(bytes, temporality) === TEMPORALITY.delta;
}

function nameOf(bytes: Uint8Array, start: number, end: number): string {
  const name = findField(bytes, start, end, METRIC_FIELDS.name);
  return name < 0 ? '' : readString(bytes, payloadStart(bytes, name), payloadEnd(bytes, name));
}

/** Returns the value at an offset as bytes. */
function textOf(bytes: Uint8Array, value: number): Uint8Array {
  if (value < 0) return EMPTY;
  const start = payloadStart(bytes, value);
  const end = payloadEnd(bytes, value);
  if (anyValueKind(bytes, start, end) === 'string') {
    const at = findField(bytes, start, end, 1);
    return bytes.subarray(payloadStart(bytes, at), payloadEnd(bytes, at));
  }
  return encodeKey(attributeText(readValue(bytes, start, end)));
}

/** Mixes the bits of a hash, because hashes of similar strings are similar (the finalizer of MurmurHash3). */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85eb_ca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
