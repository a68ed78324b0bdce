import { Buffer } from 'node:buffer';
import {
  type Batch,
  firstOfEachKey,
  forEachLogRecord,
  type LogRecordView,
  type AttributeValue as OtlpValue,
} from '@otelier/otlp';
import type { Attributes, AttributeValue, LogRow } from '@otelier/store';
import { jsonValue } from '../api/json.ts';

/**
 * Decodes the first `limit` log records of a batch as a store would return them. Cursors are unique but otherwise
 * meaningless, because the records are not stored yet.
 */
export function logRowsOf(batch: Batch, limit: number, nextCursor: () => string): LogRow[] {
  const rows: LogRow[] = [];
  if (limit === 0) return rows;
  const resources = new ResourceCache();
  for (const part of batch.parts) {
    if (rows.length >= limit) break;
    forEachLogRecord(part, (record) => {
      if (rows.length < limit) rows.push(rowOf(record, batch.context.arrivalMillis, nextCursor(), resources));
    });
  }
  return rows;
}

function rowOf(record: LogRecordView, arrivalMillis: number, cursor: string, resources: ResourceCache): LogRow {
  const { timeUnixNano, observedTimeUnixNano, resource } = record;
  const fallback = observedTimeUnixNano === 0n ? BigInt(arrivalMillis) * 1_000_000n : observedTimeUnixNano;
  return {
    cursor,
    time: timeUnixNano === 0n ? fallback : timeUnixNano,
    observedTime: observedTimeUnixNano === 0n ? undefined : observedTimeUnixNano,
    severityNumber: record.severityNumber | 0,
    severityText: record.severityText,
    body: bodyText(record.body),
    service: resource.serviceName ?? '',
    scopeName: record.scope.name,
    traceId: present(record.traceId),
    spanId: present(record.spanId),
    eventName: present(record.eventName),
    attributes: attributesOf(record.attributes),
    resourceAttributes: resources.attributesOf(record),
  };
}

/** Caches the attributes of the last resource. Records of the same resource are adjacent. */
class ResourceCache {
  #bytes: Uint8Array | undefined;
  #start = -1;
  #attributes: Attributes = {};

  attributesOf({ resource }: LogRecordView): Attributes {
    if (resource.bytes !== this.#bytes || resource.start !== this.#start) {
      this.#bytes = resource.bytes;
      this.#start = resource.start;
      this.#attributes = attributesOf(resource.attributes);
    }
    return this.#attributes;
  }
}

function attributesOf(entries: Iterable<readonly [string, OtlpValue]>): Attributes {
  return firstOfEachKey(Array.from(entries, ([key, value]) => [key, plain(value)] as const));
}

function plain(value: OtlpValue): AttributeValue {
  if (value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  return isList(value) ? value.map(plain) : attributesOf(Object.entries(value));
}

function bodyText(body: OtlpValue): string {
  if (body === undefined) return '';
  return typeof body === 'string' ? body : JSON.stringify(jsonValue(plain(body)));
}

function present(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function isList(value: readonly OtlpValue[] | { readonly [key: string]: OtlpValue }): value is readonly OtlpValue[] {
  return Array.isArray(value);
}
