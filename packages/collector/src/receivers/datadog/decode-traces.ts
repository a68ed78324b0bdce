import { MessagePackError, MessagePackReader } from '../../fluent/message-pack-reader.ts';
import type { Value, ValueMap } from '../../ottl/values/value.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import type { DatadogChunk, DatadogSpan, TracerPayload } from './span.ts';
import { chunksOf, idOf, integerOf, listOf, mapOf, spanOf, textOf } from './span-values.ts';

/** Decodes a request to `/v0.3/traces` or `/v0.4/traces` in MessagePack. Throws a `MalformedSpansError`. */
export function decodeTraces(body: Uint8Array): readonly DatadogChunk[] {
  return decodeMessagePack(body, (reader) => chunksOf(reader.value()));
}

/** Decodes a request to `/v0.3/traces` or `/v0.4/traces` in JSON. Throws a `MalformedSpansError`. */
export function decodeJsonTraces(body: Uint8Array): readonly DatadogChunk[] {
  return chunksOf(parseJson(body));
}

/** Decodes a request to `/v0.7/traces`. Throws a `MalformedSpansError`. */
export function decodeTracerPayload(body: Uint8Array): TracerPayload {
  return decodeMessagePack(body, (reader) => {
    const payload = mapOf(reader.value(), 'payload');
    const text = (key: string): string => textOf(payload.get(key), key);
    return {
      containerId: text('container_id'),
      languageName: text('language_name'),
      languageVersion: text('language_version'),
      tracerVersion: text('tracer_version'),
      env: text('env'),
      hostname: text('hostname'),
      appVersion: text('app_version'),
      tags: textMap(payload.get('tags'), 'tags'),
      chunks: listOf(payload.get('chunks'), 'chunks').map((chunk, index) => {
        const where = `chunks[${index}]`;
        const fields = mapOf(chunk, where);
        return {
          tags: textMap(fields.get('tags'), `${where}.tags`),
          spans: listOf(fields.get('spans'), `${where}.spans`).map((span, i) => spanOf(span, `${where}.spans[${i}]`)),
        };
      }),
    };
  });
}

/** Number of fields of a span in version 0.5. */
const FIELDS = 12;

/** Decodes a request to `/v0.5/traces`: a dictionary of texts, and spans that refer to them. Throws a `MalformedSpansError`. */
export function decodeDictionaryTraces(body: Uint8Array): readonly DatadogChunk[] {
  return decodeMessagePack(body, (reader) => {
    if (reader.array('payload') !== 2) throw new MalformedSpansError('payload: expected a dictionary and traces');
    const texts: string[] = [];
    for (let left = reader.array('dictionary'); left > 0; left--) texts.push(reader.text('dictionary'));
    const chunks: DatadogChunk[] = [];
    for (let left = reader.array('traces'); left > 0; left--) {
      const spans: DatadogSpan[] = [];
      for (let spanCount = reader.array('trace'); spanCount > 0; spanCount--) spans.push(dictionarySpan(reader, texts));
      chunks.push({ tags: new Map(), spans });
    }
    return chunks;
  });
}

function dictionarySpan(reader: MessagePackReader, texts: readonly string[]): DatadogSpan {
  const count = reader.array('span');
  if (count !== FIELDS) throw new MalformedSpansError(`span: expected ${FIELDS} fields, got ${count}`);
  const text = (): string => {
    const index = Number(integerOf(reader.value(), 'dictionary'));
    const found = texts[index];
    if (found === undefined)
      throw new MalformedSpansError(`dictionary: expected a text ${index}, got ${texts.length} texts`);
    return found;
  };
  const meta = new Map<string, string>();
  const metrics = new Map<string, number>();
  const [service, name, resource] = [text(), text(), text()];
  const [traceId, spanId, parentId] = [id(reader), id(reader), id(reader)];
  const [start, duration, error] = [integer(reader), integer(reader), integer(reader)];
  for (let left = reader.map('meta'); left > 0; left--) meta.set(text(), text());
  for (let left = reader.map('metrics'); left > 0; left--) {
    const key = text();
    const value = reader.value();
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw new MalformedSpansError(`metrics: expected a number, got ${typeof value}`);
    metrics.set(key, Number(value));
  }
  const identity = { service, name, resource, traceId, spanId, parentId, start, duration, error };
  return { ...identity, meta, metrics, type: text(), structs: new Map(), links: [], events: [] };
}

function id(reader: MessagePackReader): bigint {
  return idOf(reader.value(), 'span');
}

function integer(reader: MessagePackReader): bigint {
  return integerOf(reader.value(), 'span');
}

function textMap(value: Value, where: string): ReadonlyMap<string, string> {
  return new Map([...mapOf(value, where)].map(([key, text]) => [key, textOf(text, `${where}.${key}`)]));
}

/** Decodes MessagePack. Throws a `MalformedSpansError`. */
export function decodeMessagePack<T>(body: Uint8Array, decode: (reader: MessagePackReader) => T): T {
  try {
    return decode(new MessagePackReader(body, { keepsBinary: true }));
  } catch (error) {
    if (!(error instanceof MessagePackError)) throw error;
    throw new MalformedSpansError(`body: expected MessagePack: ${error.message}`, { cause: error });
  }
}

/** Parses JSON, with integers of 64 bits. Throws a `MalformedSpansError`. */
export function parseJson(body: Uint8Array): Value {
  try {
    return ofJson(
      JSON.parse(Buffer.from(body).toString('utf8'), (_, value: unknown, context?: { readonly source?: string }) =>
        typeof value === 'number' && /^-?\d{1,20}$/.test(context?.source ?? '') ? BigInt(context?.source ?? 0) : value,
      ),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new MalformedSpansError(`body: expected JSON: ${error.message}`, { cause: error });
  }
}

function ofJson(json: unknown): Value {
  if (json === null || json === undefined) return undefined;
  if (Array.isArray(json)) return json.map(ofJson);
  if (typeof json !== 'object') return json as string | number | boolean | bigint;
  const map: ValueMap = new Map();
  for (const [key, value] of Object.entries(json)) map.set(key, ofJson(value));
  return map;
}
