import type { Attributes, AttributeValue, LogRow } from '@otelier/store';
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
export function entryOf(row: LogRow): LogEntry {
  const stream = new Map<string, string>([[SERVICE_LABEL, row.service === '' ? UNKNOWN_SERVICE : row.service]]);
  const metadata = new Map<string, string>();
  const hint = row.resourceAttributes[STREAM_LABELS_HINT];
  const hinted = typeof hint === 'string' ? hint.split(',') : [];
  addFields(metadata, row);
  for (const [key, value] of Object.entries(row.attributes)) addAttribute(metadata, labelName(key), value);
  addResource(row.resourceAttributes, hinted, stream, metadata);
  if (row.scopeName !== '') metadata.set('scope_name', row.scopeName);
  if (!metadata.has(LEVEL_LABEL)) {
    metadata.set(LEVEL_LABEL, detectLevel(stream, metadata, row.severityNumber, row.body));
  }
  return { time: row.time, line: row.body, stream, metadata };
}

function addResource(
  attributes: Attributes,
  hinted: readonly string[],
  stream: Map<string, string>,
  metadata: Map<string, string>,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === STREAM_LABELS_HINT || key === 'service.name') continue;
    const target = INDEXED.has(key) || hinted.includes(key) ? stream : metadata;
    addAttribute(target, labelName(key), value);
  }
}

function addFields(metadata: Map<string, string>, row: LogRow): void {
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
