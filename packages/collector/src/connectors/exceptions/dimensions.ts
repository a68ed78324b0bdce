import {
  type Batch,
  encodeAnyValue,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  forEachItem,
  forEachPayload,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  readVarintLow,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  STATUS_FIELDS,
} from '@otelier/otlp';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';

/** The dimensions common to all exceptions. */
export const FIXED_DIMENSIONS: readonly string[] = ['service.name', 'span.name', 'span.kind', 'status.code'];

/** A configured dimension. */
export interface Dimension {
  readonly name: string;
  readonly key: Uint8Array;
  readonly standard: Uint8Array | undefined;
}

/** Encodes the keys and default values of dimensions. */
export function compileDimensions(
  dimensions: readonly { readonly name: string; readonly default?: string | undefined }[],
): readonly Dimension[] {
  return dimensions.map(({ name, default: standard }) => ({
    name,
    key: encodeKey(name),
    standard: standard === undefined ? undefined : encodeAnyValue(standard),
  }));
}

/** An `exception` event of a span. */
export interface ExceptionEvent {
  readonly cursor: ItemCursor;
  readonly start: number;
  readonly end: number;
  /** The values of the fixed dimensions. */
  readonly fixed: readonly string[];
}

/** Calls `visit` for each exception in a batch whose resource has a service name. */
export function forEachException({ signal, parts }: Batch, visit: (event: ExceptionEvent) => void): void {
  for (const part of parts) {
    forEachItem(signal, part, (cursor) => {
      let fixed: readonly string[] | undefined;
      const { bytes } = cursor;
      forEachPayload(bytes, cursor.start, cursor.end, SPAN_FIELDS.events, (start, end) => {
        if (textField(bytes, start, end, SPAN_EVENT_FIELDS.name) !== 'exception') return;
        fixed ??= fixedDimensionsOf(cursor);
        if (fixed !== undefined && fixed.length > 0) visit({ cursor, start, end, fixed });
      });
    });
  }
}

/** Returns the values of a span's fixed dimensions; none if there is no service name. */
function fixedDimensionsOf({ bytes, start, end, resourceStart, resourceEnd }: ItemCursor): readonly string[] {
  if (!findAttribute(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes, SERVICE_NAME, found)) return [];
  const service = readValue(bytes, found.valueStart, found.valueEnd);
  const status = findField(bytes, start, end, SPAN_FIELDS.status);
  const code =
    status < 0 ? 0 : enumField(bytes, payloadStart(bytes, status), payloadEnd(bytes, status), STATUS_FIELDS.code);
  return [
    typeof service === 'string' ? service : '',
    textField(bytes, start, end, SPAN_FIELDS.name),
    SPAN_KINDS[enumField(bytes, start, end, SPAN_FIELDS.kind)] ?? '',
    STATUS_CODES[code] ?? '',
  ];
}

/** Returns a dimension's encoded value, taken from the span, the event or the resource, or its default. */
export function dimensionValue(
  { key, standard }: Dimension,
  { cursor, start, end }: ExceptionEvent,
): Uint8Array | undefined {
  const { bytes } = cursor;
  const isFound =
    findAttribute(bytes, cursor.start, cursor.end, SPAN_FIELDS.attributes, key, found) ||
    findAttribute(bytes, start, end, SPAN_EVENT_FIELDS.attributes, key, found) ||
    findAttribute(bytes, cursor.resourceStart, cursor.resourceEnd, RESOURCE_FIELDS.attributes, key, found);
  return isFound ? bytes.subarray(found.valueStart, found.valueEnd) : standard;
}

/** Returns an event attribute as a string; empty if it is missing. */
export function eventText({ cursor, start, end }: ExceptionEvent, key: Uint8Array): string {
  const { bytes } = cursor;
  if (!findAttribute(bytes, start, end, SPAN_EVENT_FIELDS.attributes, key, found)) return '';
  return attributeText(readValue(bytes, found.valueStart, found.valueEnd));
}

function textField(bytes: Uint8Array, start: number, end: number, field: number): string {
  const value = findField(bytes, start, end, field);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

function enumField(bytes: Uint8Array, start: number, end: number, field: number): number {
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0 : readVarintLow(bytes, value);
}

const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'].map((code) => `STATUS_CODE_${code}`);
const SERVICE_NAME = encodeKey('service.name');
const found = new FoundAttribute();
