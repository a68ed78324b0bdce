import type { LogRecordView, MessageView } from '@otelier/otlp';
import {
  findField,
  forEachLogRecord,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
} from '@otelier/otlp';
import type { MessagePackWriter } from '../../fluent/message-pack-writer.ts';
import { readMap, readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { formatTimeRfc3339 } from '../../ottl/values/time.ts';
import { Time, type ValueMap } from '../../ottl/values/value.ts';

/** What an entry contains beside the attributes of its log record. */
export interface RecordOptions {
  /** Fields of the log record by name: `timestamp`, `level`, `message`. */
  readonly labels: readonly string[];
  readonly kubernetes: { readonly key: string; readonly includePodLabels: boolean } | undefined;
  now(): number;
}

const POD_LABELS = 'k8s.pod.labels.';
/** Names of the Kubernetes metadata of Fluentd, with their resource attributes. */
const KUBERNETES = [
  ['namespace_name', 'k8s.namespace.name'],
  ['container_name', 'k8s.container.name'],
  ['pod_name', 'k8s.pod.name'],
  ['host', 'k8s.node.name'],
] as const;

type Fields = Map<string, string | Fields>;

/** Writes the log records of requests as entries, an array of time and record each, and returns their number. */
export function writeEntries(writer: MessagePackWriter, parts: readonly Uint8Array[], options: RecordOptions): number {
  let count = 0;
  for (const part of parts)
    forEachLogRecord(part, (record) => {
      count += 1;
      writer.array(2).eventTime(timeOf(record, options));
      writeFields(writer, fieldsOf(record, options));
    });
  return count;
}

function timeOf({ timeUnixNano, observedTimeUnixNano }: LogRecordView, { now }: RecordOptions): bigint {
  return timeUnixNano || observedTimeUnixNano || BigInt(Math.floor(now())) * 1_000_000n;
}

function fieldsOf(record: LogRecordView, { labels, kubernetes }: RecordOptions): Fields {
  const fields: Fields = new Map();
  for (const label of labels) {
    if (label === 'timestamp') fields.set(label, formatTimeRfc3339(new Time(record.timeUnixNano)));
    else if (label === 'level') fields.set(label, record.severityText);
    else if (label === 'message') fields.set(label, bodyText(record));
  }
  for (const [key, value] of attributesOf(record, LOG_RECORD_FIELDS.attributes)) fields.set(key, attributeText(value));
  if (kubernetes === undefined) return fields;
  const resource = attributesOf(record.resource, RESOURCE_FIELDS.attributes);
  const metadata: Fields = new Map(KUBERNETES.map(([name, key]) => [name, attributeText(resource.get(key))]));
  if (kubernetes.includePodLabels) {
    const podLabels = [...resource].filter(([key]) => key.startsWith(POD_LABELS));
    metadata.set(
      'labels',
      new Map(podLabels.map(([key, value]) => [key.slice(POD_LABELS.length), attributeText(value)])),
    );
  }
  return fields.set(kubernetes.key, metadata);
}

function attributesOf({ bytes, start, end }: MessageView, field: number): ValueMap {
  return readMap(bytes, start, end, field);
}

function bodyText({ bytes, start, end }: MessageView): string {
  const body = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
  return body < 0 ? '' : attributeText(readValue(bytes, payloadStart(bytes, body), payloadEnd(bytes, body)));
}

function writeFields(writer: MessagePackWriter, fields: Fields): void {
  writer.map(fields.size);
  for (const [key, value] of fields) {
    writer.text(key);
    if (typeof value === 'string') writer.text(value);
    else writeFields(writer, value);
  }
}
