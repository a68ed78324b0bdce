import { LOG_RECORD_FIELDS, LogRecordView } from '@otelier/otlp';
import type { SelectedLog } from '../../items.ts';
import type { AttributeValue } from '../../values.ts';
import { NANOS } from '../shared/context.ts';
import { attributesIn, valueIn } from './attributes.ts';
import { bytesOf, GroupReader } from './groups.ts';

/** The columns of `itemRows` from which log records are decoded, in this order. */
export const LOG_PARTS: readonly string[] = [`${NANOS} AS nanos`, 'item', 'resource', 'scope'];

/** Decodes log records. Records of one query share the objects of equal resources. */
export class LogReader {
  readonly #groups = new GroupReader();
  readonly #record = new LogRecordView();

  /** Returns a log record. `values` begin with `LOG_PARTS`. */
  row([time, item, resource, scope]: readonly unknown[]): SelectedLog {
    const record = this.#record.reset(bytesOf(item));
    const { service, attributes } = this.#groups.resource(String(resource));
    return {
      time: BigInt(String(time)),
      observedTime: record.observedTimeUnixNano === 0n ? undefined : record.observedTimeUnixNano,
      severityNumber: record.severityNumber,
      severityText: record.severityText,
      body: bodyText(valueIn(record, LOG_RECORD_FIELDS.body)),
      service,
      scopeName: this.#groups.scope(String(scope)).name,
      traceId: idText(record.traceId),
      spanId: idText(record.spanId),
      eventName: record.eventName === '' ? undefined : record.eventName,
      attributes: attributesIn(record, LOG_RECORD_FIELDS.attributes),
      resourceAttributes: attributes,
    };
  }
}

function bodyText(body: AttributeValue): string {
  if (body === null) return '';
  return typeof body === 'string' ? body : plainJson(body);
}

/** Formats plain data as JSON. Integers keep all digits. */
function plainJson(value: AttributeValue): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainJson).join(',')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}:${plainJson(entry)}`);
  return `{${entries.join(',')}}`;
}

function idText(id: string): string | undefined {
  return /[^0]/.test(id) ? id : undefined;
}
