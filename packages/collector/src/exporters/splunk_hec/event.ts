import type { AttributesView, AttributeValue } from '@otelier/otlp';
import { attributeJson } from '../../json/attribute-json.ts';
import { type MetadataAttributes, TOKEN_ATTRIBUTE } from '../../splunk/metadata.ts';

/** How telemetry becomes events. */
export interface EventOptions {
  readonly source: string;
  readonly sourcetype: string;
  readonly index: string;
  readonly attributes: MetadataAttributes;
  /** Names of the fields for the severity of log records. */
  readonly severityText: string;
  readonly severityNumber: string;
}

/** Fields of an event by name. */
export type EventFields = Record<string, AttributeValue | null>;

/** An event before it is encoded. Empty members are left out, except the host. */
export interface HecEvent {
  /** Seconds since the epoch, to the millisecond; 0 if unknown. */
  readonly time: number;
  host: string;
  source: string;
  sourcetype: string;
  index: string;
  readonly event: unknown;
  readonly fields: EventFields;
}

/** The metadata of events, and the token that sends them, if it is not that of the exporter. */
export interface EventOrigin {
  host: string;
  source: string;
  sourcetype: string;
  index: string;
  token: string | undefined;
}

/** Returns the metadata of events whose attributes say nothing. */
export function defaultOrigin({ source, sourcetype, index }: EventOptions): EventOrigin {
  return { host: 'unknown', source, sourcetype, index, token: undefined };
}

/** Takes the metadata from attributes, and passes the others to `add`. */
export function readAttributes(
  attributes: AttributesView,
  origin: EventOrigin,
  { attributes: names }: EventOptions,
  add: (key: string, value: AttributeValue) => void,
): void {
  for (const [key, value] of attributes) {
    const text = typeof value === 'string' ? value : '';
    if (key === names.host) origin.host = text;
    else if (key === names.source) origin.source = text;
    else if (key === names.sourcetype) origin.sourcetype = text;
    else if (key === names.index) origin.index = text;
    else if (key === TOKEN_ATTRIBUTE) origin.token = text === '' ? undefined : text;
    else add(key, value);
  }
}

/** Adds a value under its name. Maps become names with dots, and lists of lists or maps become texts, as in the Collector. */
export function addField(fields: EventFields, key: string, value: AttributeValue): void {
  if (Array.isArray(value)) {
    const isNested = value.some((element) => isMap(element) || Array.isArray(element));
    fields[key] = isNested ? attributeJson(value) : value;
  } else if (isMap(value)) {
    for (const [name, element] of Object.entries(value)) addField(fields, `${key}.${name}`, element);
  } else {
    fields[key] = value ?? null;
  }
}

function isMap(value: AttributeValue): value is { readonly [key: string]: AttributeValue } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Converts nanoseconds to seconds, to the millisecond. */
export function secondsOf(nanos: bigint): number {
  return Number((nanos + 500_000n) / 1_000_000n) / 1000;
}

/** Encodes an event. */
export function eventJson({ time, host, source, sourcetype, index, event, fields }: HecEvent): string {
  return attributeJson({
    ...(time !== 0 && { time }),
    host,
    ...(source !== '' && { source }),
    ...(sourcetype !== '' && { sourcetype }),
    ...(index !== '' && { index }),
    event,
    ...(Object.keys(fields).length > 0 && { fields }),
  });
}
