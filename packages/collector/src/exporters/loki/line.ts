import { type AttributeValue, encodeHex, type LogRecordView } from '@otelier/otlp';
import { attributeJson, attributeText } from '../../json/attribute-json.ts';

/** What a line is made of: a log record, and the attributes that are no labels. */
export interface LineSource {
  readonly record: LogRecordView;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly resource: ReadonlyMap<string, AttributeValue>;
}

/** Writes a line of JSON. Empty members are left out. */
export function jsonLine({ record, attributes, resource }: LineSource): string {
  const { body, severityText, flags, scope } = record;
  return attributeJson({
    ...(body !== undefined && { body }),
    ...(record.traceId !== '' && { traceid: encodeHex(record.traceIdBytes) }),
    ...(record.spanId !== '' && { spanid: encodeHex(record.spanIdBytes) }),
    ...(severityText !== '' && { severity: severityText }),
    ...(flags !== 0 && { flags }),
    ...(attributes.size > 0 && { attributes: objectOf(attributes) }),
    ...(resource.size > 0 && { resources: objectOf(resource) }),
    ...(scope.name !== '' && {
      instrumentation_scope: { name: scope.name, ...(scope.version !== '' && { version: scope.version }) },
    }),
  });
}

function objectOf(attributes: ReadonlyMap<string, AttributeValue>): Readonly<Record<string, AttributeValue>> {
  return Object.fromEntries([...attributes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes a line of logfmt. A body that is logfmt keeps its pairs; any other text is the value of `msg`. */
export function logfmtLine({ record, attributes, resource }: LineSource): string {
  const pairs = bodyPairs(record.body);
  if (record.traceId !== '') pairs.set('traceID', encodeHex(record.traceIdBytes));
  if (record.spanId !== '') pairs.set('spanID', encodeHex(record.spanIdBytes));
  if (record.severityText !== '') pairs.set('severity', record.severityText);
  if (record.flags !== 0) pairs.set('flags', String(record.flags));
  for (const [key, value] of attributes) addPairs(pairs, `attribute_${key}`, value);
  for (const [key, value] of resource) addPairs(pairs, `resource_${key}`, value);
  const { name, version } = record.scope;
  if (name !== '') pairs.set('instrumentation_scope_name', name);
  if (name !== '' && version !== '') pairs.set('instrumentation_scope_version', version);
  return [...pairs].map(([key, value]) => `${keyOf(key)}=${quoted(value)}`).join(' ');
}

function bodyPairs(body: AttributeValue): Map<string, string> {
  const pairs = new Map<string, string>();
  if (typeof body === 'string') return parseLogfmt(body) ?? pairs.set('msg', body);
  const isList = Array.isArray(body);
  if (typeof body !== 'object' || body instanceof Uint8Array) {
    if (body !== undefined) pairs.set('msg', attributeText(body));
  } else addPairs(pairs, isList ? 'body' : '', body);
  return pairs;
}

/** Adds a value; the parts of maps and lists have names with underscores. */
function addPairs(pairs: Map<string, string>, key: string, value: AttributeValue): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value instanceof Uint8Array) {
    pairs.set(key, attributeText(value));
    return;
  }
  const prefix = key === '' ? '' : `${key}_`;
  for (const [part, element] of Object.entries(value)) addPairs(pairs, prefix + part, element);
}

const PAIR = /([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)\s*/y;

/** Parses pairs such as `level=info msg="it works"`; `undefined` if the text is anything else. */
function parseLogfmt(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  const trimmed = text.trim();
  for (PAIR.lastIndex = 0; PAIR.lastIndex < trimmed.length; ) {
    const match = PAIR.exec(trimmed);
    if (match === null) return undefined;
    const [, key = '', inQuotes, plain = ''] = match;
    pairs.set(key, inQuotes === undefined ? plain : unescaped(inQuotes));
  }
  return pairs.size === 0 ? undefined : pairs;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => ESCAPES.get(character) ?? character);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function keyOf(key: string): string {
  return key.replace(/[\s="]/g, '') || '_';
}

function quoted(value: string): string {
  return /[\s="\\\p{Cc}]/u.test(value) ? JSON.stringify(value) : value;
}
