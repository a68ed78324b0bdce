import { encodeBase64 } from '@otelier/otlp';
import { isEmptyId } from '../../../spans/write-spans.ts';
import { divideTime } from './divide-time.ts';
import type { OutgoingReference, OutgoingSpan, OutgoingTag } from './outgoing-span.ts';

/** Encodes a span in the JSON form of `jaeger.api_v2.Span`: IDs are base64, and fields with default values are left out. */
export function encodeSpanJson(span: OutgoingSpan): string {
  const { process } = span;
  return JSON.stringify({
    traceId: encodeBase64(span.traceId),
    spanId: idJson(span.spanId),
    operationName: span.operationName || undefined,
    references: listOf(span.references.map(referenceJson)),
    flags: span.flags || undefined,
    startTime: timeText(span.startNanos),
    duration: span.durationNanos === 0n ? undefined : durationText(span.durationNanos),
    tags: listOf(span.tags.map(tagJson)),
    logs: listOf(
      span.logs.map(({ timeNanos, fields }) => ({
        timestamp: timeText(timeNanos),
        fields: fields.map(tagJson),
      })),
    ),
    process: { serviceName: process.serviceName || undefined, tags: listOf(process.tags.map(tagJson)) },
  });
}

/** An ID of a span is a number, which is left out if it is 0. */
function idJson(spanId: Uint8Array): string | undefined {
  return isEmptyId(spanId) ? undefined : encodeBase64(spanId);
}

function listOf<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function referenceJson({ traceId, spanId, isChildOf }: OutgoingReference): object {
  const type = isChildOf ? {} : { refType: 'FOLLOWS_FROM' };
  return { traceId: encodeBase64(traceId), spanId: idJson(spanId), ...type };
}

function tagJson([name, value]: OutgoingTag): object {
  const key = name || undefined;
  if (typeof value === 'string') return { key, vStr: value || undefined };
  if (typeof value === 'boolean') return { key, vType: 'BOOL', vBool: value || undefined };
  if (typeof value === 'bigint') return { key, vType: 'INT64', vInt64: value === 0n ? undefined : String(value) };
  if (typeof value === 'number') return { key, vType: 'FLOAT64', vFloat64: doubleJson(value) };
  return { key, vType: 'BINARY', vBinary: value.length === 0 ? undefined : encodeBase64(value) };
}

function doubleJson(value: number): number | string | undefined {
  if (value === 0) return undefined;
  return Number.isFinite(value) ? value : String(value);
}

/** Formats a time as RFC 3339, with as many groups of three digits of a second as it needs. */
function timeText(nanos: bigint): string {
  const { seconds, rest } = divideTime(nanos);
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}${fraction(rest)}Z`;
}

function durationText(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  const { seconds, rest } = divideTime(size);
  return `${sign}${seconds}${fraction(rest)}s`;
}

function fraction(nanos: number): string {
  const digits = String(nanos)
    .padStart(9, '0')
    .replace(/(000)+$/, '');
  return digits === '' ? '' : `.${digits}`;
}
