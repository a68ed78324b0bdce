import {
  findField,
  forEachPayload,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  readString,
  readVarintLow,
  replaceField,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import type { AttributesRedaction } from './attributes.ts';
import type { RedactionRules } from './rules.ts';
import { clusterUrl } from './url.ts';

const writer = new WireWriter(256);

/** Redacts the event attributes of the span at the cursor and records the changes. */
export function redactEvents(attributes: AttributesRedaction, { bytes, start, end, splices }: ItemCursor): void {
  forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to, fieldStart) => {
    const changes = new Splices();
    if (!attributes.redact(bytes, from, to, SPAN_EVENT_FIELDS.attributes).record(changes)) return;
    writer.bytesField(SPAN_FIELDS.events, changes.apply(bytes, from, to));
    splices.replace(fieldStart, to, writer.finish());
  });
}

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;

/** Attributes of HTTP request spans. */
const HTTP_KEYS = [
  'http.route',
  'http.request.method',
  'http.request.method_original',
  'http.response.status_code',
  'url.full',
  'http.scheme',
  'http.target',
  'http.method',
  'http.url',
];

/** The settings for sanitizing span names. */
export interface NameSettings {
  readonly urls: boolean;
  readonly databases: boolean;
}

/** Sanitizes the name of the span at the cursor, whose attributes have been redacted, and records the change. */
export function sanitizeName(
  rules: RedactionRules,
  settings: NameSettings,
  attributes: AttributesRedaction,
  cursor: ItemCursor,
): void {
  const { bytes, start, end, splices } = cursor;
  const at = findField(bytes, start, end, SPAN_FIELDS.name);
  const name = at < 0 ? '' : readString(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
  if (rules.isAllowed(name)) return;
  const kindAt = findField(bytes, start, end, SPAN_FIELDS.kind);
  const kind = kindAt < 0 ? 0 : readVarintLow(bytes, kindAt);
  const sanitized =
    (settings.urls ? urlName(name, kind, attributes) : undefined) ??
    (settings.databases ? databaseName(name, kind, attributes, rules) : undefined);
  if (sanitized === undefined || sanitized === '' || sanitized === '...') return;
  writer.stringField(SPAN_FIELDS.name, sanitized);
  replaceField(splices, bytes, start, end, SPAN_FIELDS.name, writer.finish());
}

/** Returns the sanitized name of an HTTP request span. If nothing would remain of the name, it is left unchanged. */
function urlName(name: string, kind: number, attributes: AttributesRedaction): string | undefined {
  if (kind !== CLIENT && kind !== SERVER) return undefined;
  if (!name.includes('/') && !HTTP_KEYS.some((key) => attributes.has(key))) return undefined;
  const sanitized = clusterUrl(name);
  const segments = sanitized.split('/').filter((segment) => segment !== '');
  const isNothingLeft = segments.length > 0 && segments.every((segment) => segment === '*');
  return sanitized === name || isNothingLeft ? undefined : sanitized;
}

function databaseName(
  name: string,
  kind: number,
  attributes: AttributesRedaction,
  rules: RedactionRules,
): string | undefined {
  if (kind !== CLIENT && kind !== SERVER && kind !== INTERNAL) return undefined;
  const { system } = attributes;
  const sanitized = system === '' ? name : rules.databases.spanName(name, system);
  return sanitized === name ? undefined : sanitized;
}
