import type { JsonAttributes, JsonValue, Span } from '@otelier/query';
import { decodeTraces } from './decode-protobuf.ts';

/** A span with the ID of its trace. */
export interface FileSpan extends Span {
  readonly traceId: string;
}

/**
 * Reads the spans of a file: OTLP/JSON, one or several requests, of which each may be a line, or an export request in
 * protobuf. Throws an error if it is neither.
 */
export function readTraces(bytes: Uint8Array): readonly FileSpan[] {
  const spans = requestsOf(bytes).flatMap(spansOf);
  if (spans.length === 0) throw new Error('expected spans in OTLP/JSON or protobuf, got none');
  return spans;
}

type Json = Readonly<Record<string, unknown>>;

const OPENING_BRACE = 0x7b;

function requestsOf(bytes: Uint8Array): readonly Json[] {
  const first = bytes.find((byte) => byte > 0x20 && byte < 0x7f);
  if (first !== OPENING_BRACE || bytes[0] === 0x0a) {
    try {
      return [decodeTraces(bytes)];
    } catch (error) {
      if (first !== OPENING_BRACE) throw error;
    }
  }
  const text = new TextDecoder().decode(bytes);
  try {
    return [JSON.parse(text) as Json];
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw error;
    return lines.map((line) => JSON.parse(line) as Json);
  }
}

function spansOf(request: Json): readonly FileSpan[] {
  // Tempo wraps a trace, and names its resources batches.
  const whole = isObject(request['trace']) ? request['trace'] : request;
  return listOf(whole['resourceSpans'] ?? whole['batches']).flatMap((resourceSpans) => {
    const resource = attributesOf(objectOf(resourceSpans['resource'])['attributes']);
    return listOf(resourceSpans['scopeSpans']).flatMap((scopeSpans) => {
      const scopeName = textOf(objectOf(scopeSpans['scope'])['name']);
      return listOf(scopeSpans['spans']).map((span) => spanOf(span, resource, scopeName));
    });
  });
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];

function spanOf(span: Json, resource: JsonAttributes, scopeName: string): FileSpan {
  const status = objectOf(span['status']);
  const startNanos = nanosOf(span['startTimeUnixNano']);
  const parentSpanId = idOf(span['parentSpanId'], 16);
  const message = textOf(status['message']);
  return {
    traceId: idOf(span['traceId'], 32) ?? '0'.repeat(32),
    spanId: idOf(span['spanId'], 16) ?? '0'.repeat(16),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(textOf(span['traceState']) === '' ? {} : { traceState: textOf(span['traceState']) }),
    name: textOf(span['name']),
    kind: enumOf(span['kind'], KINDS, 'SPAN_KIND_'),
    startNanos: startNanos.toString(),
    durationNanos: Number(nanosOf(span['endTimeUnixNano']) - startNanos),
    statusCode: enumOf(status['code'], CODES, 'STATUS_CODE_'),
    ...(message === '' ? {} : { statusMessage: message }),
    service: String(resource['service.name'] ?? ''),
    scopeName,
    attributes: attributesOf(span['attributes']),
    resourceAttributes: resource,
    events: listOf(span['events']).map((event) => ({
      timeNanos: nanosOf(event['timeUnixNano']).toString(),
      name: textOf(event['name']),
      attributes: attributesOf(event['attributes']),
    })),
    links: listOf(span['links']).map((link) => ({
      traceId: idOf(link['traceId'], 32) ?? '',
      spanId: idOf(link['spanId'], 16) ?? '',
      attributes: attributesOf(link['attributes']),
    })),
  };
}

function attributesOf(list: unknown): JsonAttributes {
  return Object.fromEntries(listOf(list).map(({ key, value }) => [textOf(key), valueFrom(objectOf(value))]));
}

function valueFrom(value: Json): JsonValue {
  if (typeof value['stringValue'] === 'string') return value['stringValue'];
  if (typeof value['boolValue'] === 'boolean') return value['boolValue'];
  if (value['intValue'] !== undefined) {
    const number = Number(value['intValue']);
    return Number.isSafeInteger(number) ? number : String(value['intValue']);
  }
  if (value['doubleValue'] !== undefined)
    return typeof value['doubleValue'] === 'number' ? value['doubleValue'] : String(value['doubleValue']);
  if (value['arrayValue'] !== undefined) return listOf(objectOf(value['arrayValue'])['values']).map(valueFrom);
  if (value['kvlistValue'] !== undefined) return attributesOf(objectOf(value['kvlistValue'])['values']);
  if (value['bytesValue'] !== undefined) return { bytes: textOf(value['bytesValue']) };
  return null;
}

function enumOf(value: unknown, names: readonly string[], prefix: string): string {
  if (typeof value === 'string' && value.startsWith(prefix)) return value.slice(prefix.length);
  return names[Number(value ?? 0)] ?? names[0] ?? '';
}

/** Returns an ID in lowercase hex, which some senders write in base64, or `undefined` if it is empty. */
function idOf(value: unknown, digits: number): string | undefined {
  const text = textOf(value);
  if (/^[0-9a-f]*$/i.test(text) && text.length <= digits)
    return text === '' || /^0+$/.test(text) ? undefined : text.toLowerCase().padStart(digits, '0');
  try {
    const hex = Array.from(atob(text), (one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    return hex.slice(0, digits).padStart(digits, '0');
  } catch {
    return undefined;
  }
}

function nanosOf(value: unknown): bigint {
  return /^\d{1,20}$/.test(String(value)) ? BigInt(String(value)) : 0n;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
