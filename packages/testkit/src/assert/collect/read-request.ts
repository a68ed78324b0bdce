import { requestToJson } from '@otelier/otlp';
import type { AnyValueJson, KeyValueJson } from '../../otlp-json.ts';
import type { Attributes, AttributeValue, RecordedLog, RecordedSpan, SpanKind } from '../telemetry.ts';

/** A span as it is received: its place and children are not known yet. */
export type ReceivedSpan = Omit<RecordedSpan, 'place' | 'children'>;

/** The resource and scope of an item. */
interface Origin {
  readonly resource: Attributes;
  readonly scope: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the spans of a normalized request. */
export function readSpans(request: Uint8Array): readonly ReceivedSpan[] {
  return itemsOf(requestToJson('traces', request), ['resourceSpans', 'scopeSpans', 'spans'], readSpan);
}

/** Reads the log records of a normalized request. */
export function readLogs(request: Uint8Array): readonly RecordedLog[] {
  return itemsOf(requestToJson('logs', request), ['resourceLogs', 'scopeLogs', 'logRecords'], readLog);
}

/** Calls `read` with every item of a request in OTLP/JSON, and returns the results. */
export function itemsOf<T>(
  json: string,
  [resources, scopes, items]: readonly [resources: string, scopes: string, items: string],
  read: (item: Json, origin: Origin) => T,
): readonly T[] {
  return listOf(JSON.parse(json)[resources]).flatMap((ofResource) => {
    const resource = readAttributes((ofResource['resource'] as Json | undefined)?.['attributes']);
    return listOf(ofResource[scopes]).flatMap((ofScope) => {
      const scope = textOf((ofScope['scope'] as Json | undefined)?.['name']);
      return listOf(ofScope[items]).map((item) => read(item, { resource, scope }));
    });
  });
}

const KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'] as const;

function readSpan(span: Json, origin: Origin): ReceivedSpan {
  const status = (span['status'] ?? {}) as Json;
  const startNanos = nanosOf(span['startTimeUnixNano']);
  return {
    ...origin,
    traceId: textOf(span['traceId']),
    spanId: textOf(span['spanId']),
    parentSpanId: textOf(span['parentSpanId']) || undefined,
    name: textOf(span['name']),
    kind: KINDS[Number(span['kind'] ?? 0)] ?? 'unspecified',
    status: STATUSES[Number(status['code'] ?? 0)] ?? 'unset',
    statusMessage: textOf(status['message']),
    attributes: readAttributes(span['attributes']),
    events: listOf(span['events']).map((event) => ({
      name: textOf(event['name']),
      attributes: readAttributes(event['attributes']),
    })),
    links: listOf(span['links']).map((link) => ({
      traceId: textOf(link['traceId']),
      spanId: textOf(link['spanId']),
      attributes: readAttributes(link['attributes']),
    })),
    startNanos,
    durationMillis: Number(nanosOf(span['endTimeUnixNano']) - startNanos) / 1e6,
  };
}

function readLog(record: Json, origin: Origin): RecordedLog {
  return {
    ...origin,
    severityNumber: Number(record['severityNumber'] ?? 0),
    severityText: textOf(record['severityText']),
    body: readValue(record['body'] as AnyValueJson | undefined),
    eventName: textOf(record['eventName']),
    attributes: readAttributes(record['attributes']),
    traceId: textOf(record['traceId']) || undefined,
    spanId: textOf(record['spanId']) || undefined,
    timeNanos: nanosOf(record['timeUnixNano'] ?? record['observedTimeUnixNano']),
  };
}

/** Reads attributes in OTLP/JSON. */
export function readAttributes(list: unknown): Attributes {
  const entries = listOf(list) as readonly KeyValueJson[];
  return Object.fromEntries(entries.map(({ key = '', value }) => [key, readValue(value)]));
}

function readValue(value: AnyValueJson | undefined): AttributeValue {
  if (value === undefined) return undefined;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue);
  if (value.kvlistValue !== undefined) return readAttributes(value.kvlistValue.values);
  if (value.intValue !== undefined) return readInteger(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  return value.stringValue ?? value.boolValue ?? value.bytesValue;
}

function readInteger(value: string | number | bigint): number | bigint {
  const exact = BigInt(value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/** Returns a list of messages in OTLP/JSON. */
export function listOf(list: unknown): readonly Json[] {
  return (list ?? []) as readonly Json[];
}

/** Returns a text in OTLP/JSON, where the empty text is missing. */
export function textOf(text: unknown): string {
  return (text ?? '') as string;
}

function nanosOf(time: unknown): bigint {
  return BigInt((time ?? 0) as string);
}
