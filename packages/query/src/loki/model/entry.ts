import type { Attributes, AttributeValue, SelectedLog } from '@otelier/store';
import type { LabelMap } from '../../logql/pipeline/entry-labels.ts';
import type { LogEntry } from '../../logql/pipeline/stage.ts';
import { detectLevel } from './level.ts';
import {
  INDEX_ATTRIBUTES,
  LEVEL_LABEL,
  labelName,
  SERVICE_LABEL,
  STREAM_LABELS_HINT,
  UNKNOWN_SERVICE,
} from './names.ts';

const INDEXED: ReadonlySet<string> = new Set(INDEX_ATTRIBUTES);

/**
 * Converts a stored log record to an entry, by Loki's rules for OTLP: some attributes of the resource are labels of the
 * stream; other attributes and fields are structured metadata.
 */
export function entryOf(row: SelectedLog): LogEntry {
  const { stream, metadata: ofResource } = resourceLabels(row.service, row.resourceAttributes);
  const metadata = new Map<string, string>();
  addFields(metadata, row);
  for (const [key, value] of Object.entries(row.attributes)) addAttribute(metadata, labelName(key), value);
  for (const [name, value] of ofResource) metadata.set(name, value);
  if (row.scopeName !== '') metadata.set('scope_name', row.scopeName);
  if (!metadata.has(LEVEL_LABEL)) {
    metadata.set(LEVEL_LABEL, detectLevel(stream, metadata, row.severityNumber, row.body));
  }
  return { time: row.time, line: row.body, stream, metadata };
}

/** The labels and structured metadata that the records of a resource share. */
export interface ResourceLabels {
  readonly stream: LabelMap;
  readonly metadata: LabelMap;
}

/** Records of one resource share the object of its attributes. */
const converted = new WeakMap<Attributes, ResourceLabels & { readonly service: string }>();

/** Returns the labels of the stream and the structured metadata of a resource. */
export function resourceLabels(service: string, attributes: Attributes): ResourceLabels {
  const known = converted.get(attributes);
  if (known?.service === service) return known;
  const stream = new Map<string, string>([[SERVICE_LABEL, service === '' ? UNKNOWN_SERVICE : service]]);
  const metadata = new Map<string, string>();
  const hint = attributes[STREAM_LABELS_HINT];
  const hinted = typeof hint === 'string' ? hint.split(',') : [];
  for (const [key, value] of Object.entries(attributes)) {
    if (key === STREAM_LABELS_HINT || key === 'service.name') continue;
    const target = INDEXED.has(key) || hinted.includes(key) ? stream : metadata;
    addAttribute(target, labelName(key), value);
  }
  const labels = { service, stream, metadata };
  converted.set(attributes, labels);
  return labels;
}

function addFields(metadata: Map<string, string>, row: SelectedLog): void {
  if (row.observedTime !== undefined) metadata.set('observed_timestamp', row.observedTime.toString());
  if (row.severityNumber > 0) metadata.set('severity_number', String(row.severityNumber));
  if (row.severityText !== '') metadata.set('severity_text', row.severityText);
  if (row.traceId !== undefined) metadata.set('trace_id', row.traceId);
  if (row.spanId !== undefined) metadata.set('span_id', row.spanId);
  if (row.eventName !== undefined) metadata.set('event_name', row.eventName);
}

/** Adds an attribute; the keys of nested ones are joined by `_`. */
function addAttribute(target: Map<string, string>, name: string, value: AttributeValue): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const text = attributeText(value);
    if (text !== '') target.set(name, text);
    return;
  }
  for (const [key, inner] of Object.entries(value)) addAttribute(target, `${name}_${labelName(key)}`, inner);
}

function attributeText(value: AttributeValue): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
}
