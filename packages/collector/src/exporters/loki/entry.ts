import type { AttributesView, AttributeValue, LogRecordView } from '@otelier/otlp';
import { labelName } from '@otelier/query/prometheus-wire';
import { attributeText } from '../../json/attribute-json.ts';
import { jsonLine, type LineSource, logfmtLine } from './line.ts';

/** The labels that streams have beside those that hints name. */
export interface DefaultLabels {
  readonly exporter: boolean;
  readonly job: boolean;
  readonly instance: boolean;
  readonly level: boolean;
}

/** An entry with its stream and its tenant. */
export interface LokiEntry {
  readonly timeUnixNano: bigint;
  readonly line: string;
  /** Labels in the syntax of Loki, sorted. */
  readonly labels: string;
  /** Empty without a hint. */
  readonly tenant: string;
}

/** Attributes that say how to convert a record. They are not sent. */
const HINTS = {
  attributes: 'loki.attribute.labels',
  resources: 'loki.resource.labels',
  tenant: 'loki.tenant',
  format: 'loki.format',
} as const;
const HINT_NAMES: ReadonlySet<string> = new Set(Object.values(HINTS));
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

type Attributes = ReadonlyMap<string, AttributeValue>;

/** Converts a log record to an entry, as the Collector's exporter did. Returns why it cannot. */
export function lokiEntry(record: LogRecordView, defaults: DefaultLabels, receivedNanos: bigint): LokiEntry | string {
  const resource = mapOf(record.resource.attributes);
  const attributes = mapOf(record.attributes);
  const { severityNumber } = record;
  const hasLevel = defaults.level && severityNumber > 0 && severityNumber <= 24;
  if (hasLevel && !attributes.has('level')) attributes.set('level', levelOf(severityNumber));
  const format = resource.get(HINTS.format) ?? attributes.get(HINTS.format) ?? 'json';
  if (format !== 'json' && format !== 'logfmt' && format !== 'raw')
    return `${HINTS.format}: expected json, logfmt or raw, got ${JSON.stringify(format)}`;
  const labels = labelsOf(resource, attributes, defaults);
  if (hasLevel) labels.set('level', attributeText(attributes.get('level')));
  const tenant = tenantOf(resource, attributes);
  const source: LineSource = {
    record,
    attributes: without(attributes, labels),
    resource: without(resource, labels),
  };
  const lines = { json: jsonLine, logfmt: logfmtLine, raw: () => attributeText(record.body) };
  return {
    timeUnixNano: record.timeUnixNano || record.observedTimeUnixNano || receivedNanos,
    line: lines[format](source),
    labels: labelText(labels),
    tenant,
  };
}

function mapOf(attributes: AttributesView): Map<string, AttributeValue> {
  return new Map(attributes);
}

function levelOf(severityNumber: number): string {
  const step = (severityNumber - 1) % 4;
  return `${LEVELS[(severityNumber - 1) >> 2] ?? 'UNSPECIFIED'}${step === 0 ? '' : step + 1}`;
}

function labelsOf(resource: Attributes, attributes: Attributes, defaults: DefaultLabels): Map<string, string> {
  const labels = new Map<string, string>();
  if (defaults.exporter) labels.set('exporter', 'OTLP');
  const service = attributeText(resource.get('service.name'));
  const namespace = attributeText(resource.get('service.namespace'));
  if (defaults.job && service !== '') labels.set('job', namespace === '' ? service : `${namespace}/${service}`);
  const instance = resource.get('service.instance.id');
  if (defaults.instance && instance !== undefined) labels.set('instance', attributeText(instance));
  addHinted(labels, resource, resource.get(HINTS.resources));
  addHinted(labels, resource, attributes.get(HINTS.resources));
  addHinted(labels, attributes, attributes.get(HINTS.attributes));
  const tenantHint = resource.get(HINTS.tenant);
  if (tenantHint === undefined) addHinted(labels, attributes, attributes.get(HINTS.tenant));
  else addHinted(labels, resource, tenantHint);
  return labels;
}

/** Makes the attributes that a hint names labels: a text with commas, or a list. */
function addHinted(labels: Map<string, string>, attributes: Attributes, hint: AttributeValue): void {
  if (hint === undefined) return;
  const names = Array.isArray(hint) ? hint.map((name) => attributeText(name)) : attributeText(hint).split(',');
  for (const name of names.map((each) => each.trim())) {
    const value = attributes.get(name) ?? nested(name, attributes);
    if (value !== undefined) labels.set(name, attributeText(value));
  }
}

/** Finds `a.b` in the map `a`. */
function nested(name: string, attributes: Attributes): AttributeValue {
  const [first = '', ...rest] = name.split('.');
  let value = attributes.get(first);
  for (const part of rest) {
    if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined;
    const map = value as { readonly [key: string]: AttributeValue };
    value = Object.hasOwn(map, part) ? map[part] : undefined;
  }
  return rest.length === 0 ? undefined : value;
}

function tenantOf(resource: Attributes, attributes: Attributes): string {
  const hint = resource.get(HINTS.tenant) ?? attributes.get(HINTS.tenant);
  if (typeof hint !== 'string') return '';
  const tenant = resource.get(hint) ?? attributes.get(hint);
  // It is sent as a header.
  return typeof tenant === 'string' && /^[\x20-\x7e]+$/.test(tenant) ? tenant : '';
}

function without(attributes: Attributes, labels: ReadonlyMap<string, string>): Attributes {
  return new Map([...attributes].filter(([key]) => !labels.has(key) && !HINT_NAMES.has(key)));
}

function labelText(labels: ReadonlyMap<string, string>): string {
  const normalized = new Map([...labels].map(([name, value]) => [labelName(name, 'plain'), value]));
  const sorted = [...normalized].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${name}=${JSON.stringify(value.toWellFormed())}`).join(', ')}}`;
}
