import {
  ANY_VALUE_FIELDS,
  AttributeEditor,
  EncodedAttribute,
  encodeKey,
  findField,
  readFixed64,
  replaceField,
  SPAN_FIELDS,
  Splices,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import type { SpanPruningConfig } from './config.ts';
import type { SpanNode } from './span-node.ts';

/** The fields of a summary. Others, such as flags and dropped attribute counts, describe a single span only. */
const KEPT_FIELDS: ReadonlySet<number> = new Set([
  SPAN_FIELDS.traceId,
  SPAN_FIELDS.spanId,
  SPAN_FIELDS.traceState,
  SPAN_FIELDS.parentSpanId,
  SPAN_FIELDS.name,
  SPAN_FIELDS.kind,
  SPAN_FIELDS.startTimeUnixNano,
  SPAN_FIELDS.endTimeUnixNano,
  SPAN_FIELDS.attributes,
  SPAN_FIELDS.events,
  SPAN_FIELDS.links,
  SPAN_FIELDS.status,
]);

/** A summary, and the span that it takes the place of. */
export interface Summary {
  readonly template: SpanNode;
  /** The encoded span, without tag and length. */
  readonly span: Uint8Array;
}

/** Returns a function that encodes a group's summary: its longest span, with statistics over all spans. */
export function createSummarizer({
  aggregationAttributePrefix: prefix,
  aggregationHistogramBuckets: bounds,
}: Pick<SpanPruningConfig, 'aggregationAttributePrefix' | 'aggregationHistogramBuckets'>): (
  group: readonly SpanNode[],
  id: Uint8Array,
) => Summary {
  const attribute = (name: string, anyValue: Uint8Array) => EncodedAttribute.ofRaw(encodeKey(prefix + name), anyValue);
  const isSummary = attribute('is_summary', encodeBool());
  const bucketBounds = attribute(
    'histogram_bucket_bounds_s',
    encodeList(bounds, (bound) => writer.doubleField(ANY_VALUE_FIELDS.double, Number(bound) / NANOS_PER_SECOND)),
  );
  const editor = new AttributeEditor();
  return (group, id) => {
    const stats = statsOf(group, bounds);
    const { template } = stats;
    const { bytes, start, end } = template.range;
    const splices = new Splices();
    const reader = new TrustedReader(bytes, start, end);
    while (reader.next()) if (!KEPT_FIELDS.has(reader.field)) splices.remove(reader.start, reader.end);
    const set = (field: number, content: Uint8Array | undefined) =>
      replaceField(splices, bytes, start, end, field, content);
    set(SPAN_FIELDS.spanId, writer.bytesField(SPAN_FIELDS.spanId, id).finish());
    set(SPAN_FIELDS.parentSpanId, parentField(group));
    set(SPAN_FIELDS.startTimeUnixNano, timeField(SPAN_FIELDS.startTimeUnixNano, stats.earliestStart));
    set(SPAN_FIELDS.endTimeUnixNano, timeField(SPAN_FIELDS.endTimeUnixNano, stats.latestEnd));
    editor.reset(bytes, start, end, SPAN_FIELDS.attributes);
    editor.set(isSummary);
    const setInteger = (name: string, value: bigint) => editor.set(attribute(name, encodeInteger(value)));
    setInteger('span_count', BigInt(group.length));
    setInteger('duration_min_ns', stats.min);
    setInteger('duration_max_ns', stats.max);
    setInteger('duration_total_ns', stats.total);
    setInteger('duration_avg_ns', stats.total / BigInt(group.length));
    if (bounds.length > 0) {
      editor.set(bucketBounds);
      const counts = encodeList(stats.bucketCounts, (count) => writer.varintField(ANY_VALUE_FIELDS.int, count));
      editor.set(attribute('histogram_bucket_counts', counts));
    }
    editor.record(splices);
    return { template, span: splices.apply(bytes, start, end) };
  };
}

const NANOS_PER_SECOND = 1e9;

interface Stats {
  readonly template: SpanNode;
  readonly earliestStart: bigint;
  readonly latestEnd: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly total: bigint;
  /** Number of spans up to each bound, and in total. */
  readonly bucketCounts: readonly number[];
}

function statsOf(group: readonly SpanNode[], bounds: readonly bigint[]): Stats {
  const times = group.map((node) => timesOf(node));
  const durations = times.map(({ duration }) => duration);
  const max = maxOf(durations);
  return {
    template: group[durations.indexOf(max)] as SpanNode,
    earliestStart: minOf(times.map(({ start }) => start)),
    latestEnd: maxOf(times.map(({ end }) => end)),
    min: minOf(durations),
    max,
    total: BigInt.asIntN(
      64,
      durations.reduce((sum, duration) => sum + duration, 0n),
    ),
    bucketCounts: [
      ...bounds.map((bound) => durations.filter((duration) => duration <= bound).length),
      durations.length,
    ],
  };
}

function timesOf({ range }: SpanNode): { readonly start: bigint; readonly end: bigint; readonly duration: bigint } {
  const time = (field: number) => {
    const value = findField(range.bytes, range.start, range.end, field);
    return value < 0 ? 0n : readFixed64(range.bytes, value);
  };
  const start = time(SPAN_FIELDS.startTimeUnixNano);
  const end = time(SPAN_FIELDS.endTimeUnixNano);
  return { start, end, duration: BigInt.asIntN(64, end - start) };
}

function minOf([first = 0n, ...others]: readonly bigint[]): bigint {
  let min = first;
  for (const value of others) if (value < min) min = value;
  return min;
}

function maxOf([first = 0n, ...others]: readonly bigint[]): bigint {
  let max = first;
  for (const value of others) if (value > max) max = value;
  return max;
}

const writer = new WireWriter(256);

/** Encodes the parent of a group's first span, or the summary that replaces that parent. */
function parentField([first]: readonly SpanNode[]): Uint8Array | undefined {
  const id = first?.parent?.summaryId ?? bytesOf(first?.parentId ?? '');
  return id.length === 0 ? undefined : writer.bytesField(SPAN_FIELDS.parentSpanId, id).finish();
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function timeField(field: number, nanos: bigint): Uint8Array | undefined {
  return nanos === 0n ? undefined : writer.fixed64Field(field, nanos).finish();
}

function encodeBool(): Uint8Array {
  return writer.varintField(ANY_VALUE_FIELDS.bool, 1).finish();
}

function encodeInteger(value: bigint): Uint8Array {
  return writer.bigIntField(ANY_VALUE_FIELDS.int, value).finish();
}

/** Encodes a list `AnyValue` whose elements are written by `write`. */
function encodeList<T>(values: readonly T[], write: (value: T) => void): Uint8Array {
  writer.open(ANY_VALUE_FIELDS.array);
  for (const value of values) {
    writer.open(1);
    write(value);
    writer.close();
  }
  writer.close();
  return writer.finish();
}
