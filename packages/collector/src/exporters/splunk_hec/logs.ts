import { encodeHex, type LogRecordView } from '@otelier/otlp';
import {
  addField,
  defaultOrigin,
  type EventFields,
  type EventOptions,
  type EventOrigin,
  type HecEvent,
  readAttributes,
  secondsOf,
} from './event.ts';

/** Converts a log record to an event; `undefined` if it has no body, which Splunk does not accept. */
export function logEvent(
  record: LogRecordView,
  options: EventOptions,
): { readonly event: HecEvent; readonly origin: EventOrigin } | undefined {
  const { body } = record;
  if (body === undefined || body === '') return undefined;
  const origin = defaultOrigin(options);
  const fields: EventFields = {};
  if (record.spanId !== '') fields['span_id'] = encodeHex(record.spanIdBytes);
  if (record.traceId !== '') fields['trace_id'] = encodeHex(record.traceIdBytes);
  if (record.severityText !== '') fields[options.severityText] = record.severityText;
  if (record.severityNumber !== 0) fields[options.severityNumber] = record.severityNumber;
  const add = (key: string, value: Parameters<typeof addField>[2]) => addField(fields, key, value);
  readAttributes(record.resource.attributes, origin, options, add);
  readAttributes(record.attributes, origin, options, add);
  const time = secondsOf(record.timeUnixNano || record.observedTimeUnixNano);
  const { host, source, sourcetype, index } = origin;
  return { event: { time, host, source, sourcetype, index, event: body, fields }, origin };
}
