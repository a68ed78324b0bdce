import type { Attributes, AttributeValue } from '@otelier/store';
import type { JsonAttributes, JsonValue } from './api.ts';

/**
 * Converts attributes to JSON. As in OTLP/JSON, integers beyond 2^53 and non-finite numbers become strings (`"NaN"`).
 */
export function jsonAttributes(attributes: Attributes): JsonAttributes {
  const result: Record<string, JsonValue> = {};
  // Not `result[key] = …`: the key `__proto__` would set the prototype and disappear.
  for (const key of Object.keys(attributes)) define(result, key, jsonValue(attributes[key]));
  return result;
}

/** Converts an attribute value to JSON. */
export function jsonValue(value: AttributeValue | undefined): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      if (value === null) return null;
      return isList(value) ? value.map(jsonValue) : jsonAttributes(value);
    default:
      return value ?? null;
  }
}

/** Converts nanoseconds since the Unix epoch to milliseconds. */
export function millisOf(nanos: bigint): number {
  return Number(nanos / 1000n) / 1000;
}

/** Replaces the gaps in a series with `null`. */
export function sparse(values: readonly (number | undefined)[]): (number | null)[] {
  return values.map((value) => value ?? null);
}

/** Content type of JSON responses. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Creates a JSON response. Long lists are serialized in chunks, so that a long response is never held in memory as one
 * string and the first bytes are sent immediately.
 */
export function jsonResponse(response: object): Response {
  if (response instanceof Response) return response;
  if (response instanceof JsonText) {
    return new Response(streamOf(response.pieces), { headers: { 'content-type': JSON_TYPE, ...response.headers } });
  }
  const headers = { 'content-type': JSON_TYPE };
  if (!Object.values(response).some(isLong)) return new Response(JSON.stringify(response), { headers });
  return new Response(streamOf(encoded(response)), { headers });
}

/** A response body of serialized JSON, or of another content type that `headers` name, in chunks. */
export class JsonText {
  readonly pieces: AsyncIterableIterator<Uint8Array>;

  readonly headers: Readonly<Record<string, string>>;

  constructor(pieces: AsyncIterableIterator<Uint8Array>, headers: Readonly<Record<string, string>> = {}) {
    this.pieces = pieces;
    this.headers = headers;
  }
}

function streamOf(pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 2 },
  );
}

function* encoded(response: object): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const piece of jsonPieces(response)) yield encoder.encode(piece);
}

const PIECE_ENTRIES = 500;

/** Yields the result of `JSON.stringify(response)` in chunks. */
export function* jsonPieces(response: object): Generator<string> {
  let separator = '{';
  for (const [key, value] of Object.entries(response)) {
    if (value === undefined) continue;
    const head = `${separator}${JSON.stringify(key)}:`;
    separator = ',';
    if (!isLong(value)) {
      yield head + JSON.stringify(value);
      continue;
    }
    for (let from = 0; from < value.length; from += PIECE_ENTRIES) {
      const entries = JSON.stringify(value.slice(from, from + PIECE_ENTRIES)).slice(1, -1);
      yield `${from === 0 ? `${head}[` : ','}${entries}`;
    }
    yield ']';
  }
  yield separator === '{' ? '{}' : '}';
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > PIECE_ENTRIES;
}

function isList(value: readonly AttributeValue[] | Attributes): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function define(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
