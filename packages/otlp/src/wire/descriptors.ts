import type { Signal } from '../signals.ts';
import {
  enumeration,
  type FieldDescriptor,
  id,
  message,
  oneof,
  optional,
  repeated,
  scalar,
} from './field-descriptors.ts';
import { MESSAGE_NAMES, type MessageName } from './message-names.ts';
import { PROFILE_MESSAGES } from './profile-messages.ts';

export type { FieldDescriptor, MessageField, ScalarField, ScalarKind } from './field-descriptors.ts';
export type { MessageName } from './message-names.ts';

/** An OTLP message type. */
export interface MessageDescriptor {
  readonly name: MessageName;
  /** Fields, ordered by number. */
  readonly fields: readonly FieldDescriptor[];
  readonly byNumber: ReadonlyMap<number, FieldDescriptor>;
  readonly byJsonName: ReadonlyMap<string, FieldDescriptor>;
}

/**
 * Every message in the requests and responses of traces, logs and metrics (opentelemetry-proto 1.11.0). Profiles are in
 * development and pass through unchanged, so `ExportProfilesServiceRequest` lists only the path to each profile;
 * `ProfilesData`, which has the same encoding, lists all of it.
 */
export const MESSAGES: Readonly<Record<MessageName, MessageDescriptor>> = describe({
  AnyValue: [
    oneof('value', scalar(1, 'string_value', 'string')),
    oneof('value', scalar(2, 'bool_value', 'bool')),
    oneof('value', scalar(3, 'int_value', 'int64')),
    oneof('value', scalar(4, 'double_value', 'double')),
    oneof('value', message(5, 'array_value', 'ArrayValue')),
    oneof('value', message(6, 'kvlist_value', 'KeyValueList')),
    oneof('value', scalar(7, 'bytes_value', 'bytes')),
    oneof('value', scalar(8, 'string_value_strindex', 'int32')),
  ],
  ArrayValue: [repeated(message(1, 'values', 'AnyValue'))],
  KeyValueList: [repeated(message(1, 'values', 'KeyValue'))],
  KeyValue: [scalar(1, 'key', 'string'), message(2, 'value', 'AnyValue'), scalar(3, 'key_strindex', 'int32')],
  InstrumentationScope: [
    scalar(1, 'name', 'string'),
    scalar(2, 'version', 'string'),
    repeated(message(3, 'attributes', 'KeyValue')),
    scalar(4, 'dropped_attributes_count', 'uint32'),
  ],
  EntityRef: [
    scalar(1, 'schema_url', 'string'),
    scalar(2, 'type', 'string'),
    repeated(scalar(3, 'id_keys', 'string')),
    repeated(scalar(4, 'description_keys', 'string')),
  ],
  Resource: [
    repeated(message(1, 'attributes', 'KeyValue')),
    scalar(2, 'dropped_attributes_count', 'uint32'),
    repeated(message(3, 'entity_refs', 'EntityRef')),
  ],

  ExportTraceServiceRequest: [repeated(message(1, 'resource_spans', 'ResourceSpans'))],
  ResourceSpans: resourceLevel('scope_spans', 'ScopeSpans'),
  ScopeSpans: scopeLevel('spans', 'Span'),
  Span: [
    id(1, 'trace_id', 16),
    id(2, 'span_id', 8),
    scalar(3, 'trace_state', 'string'),
    id(4, 'parent_span_id', 8),
    scalar(5, 'name', 'string'),
    enumeration(6, 'kind', 'SpanKind'),
    scalar(7, 'start_time_unix_nano', 'fixed64'),
    scalar(8, 'end_time_unix_nano', 'fixed64'),
    repeated(message(9, 'attributes', 'KeyValue')),
    scalar(10, 'dropped_attributes_count', 'uint32'),
    repeated(message(11, 'events', 'Span.Event')),
    scalar(12, 'dropped_events_count', 'uint32'),
    repeated(message(13, 'links', 'Span.Link')),
    scalar(14, 'dropped_links_count', 'uint32'),
    message(15, 'status', 'Status'),
    scalar(16, 'flags', 'fixed32'),
  ],
  'Span.Event': [
    scalar(1, 'time_unix_nano', 'fixed64'),
    scalar(2, 'name', 'string'),
    repeated(message(3, 'attributes', 'KeyValue')),
    scalar(4, 'dropped_attributes_count', 'uint32'),
  ],
  'Span.Link': [
    id(1, 'trace_id', 16),
    id(2, 'span_id', 8),
    scalar(3, 'trace_state', 'string'),
    repeated(message(4, 'attributes', 'KeyValue')),
    scalar(5, 'dropped_attributes_count', 'uint32'),
    scalar(6, 'flags', 'fixed32'),
  ],
  Status: [scalar(2, 'message', 'string'), enumeration(3, 'code', 'StatusCode')],
  ExportTraceServiceResponse: [message(1, 'partial_success', 'ExportTracePartialSuccess')],
  ExportTracePartialSuccess: [scalar(1, 'rejected_spans', 'int64'), scalar(2, 'error_message', 'string')],

  ExportLogsServiceRequest: [repeated(message(1, 'resource_logs', 'ResourceLogs'))],
  ResourceLogs: resourceLevel('scope_logs', 'ScopeLogs'),
  ScopeLogs: scopeLevel('log_records', 'LogRecord'),
  LogRecord: [
    scalar(1, 'time_unix_nano', 'fixed64'),
    enumeration(2, 'severity_number', 'SeverityNumber'),
    scalar(3, 'severity_text', 'string'),
    message(5, 'body', 'AnyValue'),
    repeated(message(6, 'attributes', 'KeyValue')),
    scalar(7, 'dropped_attributes_count', 'uint32'),
    scalar(8, 'flags', 'fixed32'),
    id(9, 'trace_id', 16),
    id(10, 'span_id', 8),
    scalar(11, 'observed_time_unix_nano', 'fixed64'),
    scalar(12, 'event_name', 'string'),
  ],
  ExportLogsServiceResponse: [message(1, 'partial_success', 'ExportLogsPartialSuccess')],
  ExportLogsPartialSuccess: [scalar(1, 'rejected_log_records', 'int64'), scalar(2, 'error_message', 'string')],

  ExportMetricsServiceRequest: [repeated(message(1, 'resource_metrics', 'ResourceMetrics'))],
  ResourceMetrics: resourceLevel('scope_metrics', 'ScopeMetrics'),
  ScopeMetrics: scopeLevel('metrics', 'Metric'),
  Metric: [
    scalar(1, 'name', 'string'),
    scalar(2, 'description', 'string'),
    scalar(3, 'unit', 'string'),
    oneof('data', message(5, 'gauge', 'Gauge')),
    oneof('data', message(7, 'sum', 'Sum')),
    oneof('data', message(9, 'histogram', 'Histogram')),
    oneof('data', message(10, 'exponential_histogram', 'ExponentialHistogram')),
    oneof('data', message(11, 'summary', 'Summary')),
    repeated(message(12, 'metadata', 'KeyValue')),
  ],
  Gauge: [repeated(message(1, 'data_points', 'NumberDataPoint'))],
  Sum: [
    repeated(message(1, 'data_points', 'NumberDataPoint')),
    enumeration(2, 'aggregation_temporality', 'AggregationTemporality'),
    scalar(3, 'is_monotonic', 'bool'),
  ],
  Histogram: [
    repeated(message(1, 'data_points', 'HistogramDataPoint')),
    enumeration(2, 'aggregation_temporality', 'AggregationTemporality'),
  ],
  ExponentialHistogram: [
    repeated(message(1, 'data_points', 'ExponentialHistogramDataPoint')),
    enumeration(2, 'aggregation_temporality', 'AggregationTemporality'),
  ],
  Summary: [repeated(message(1, 'data_points', 'SummaryDataPoint'))],
  NumberDataPoint: [
    scalar(2, 'start_time_unix_nano', 'fixed64'),
    scalar(3, 'time_unix_nano', 'fixed64'),
    oneof('value', scalar(4, 'as_double', 'double')),
    repeated(message(5, 'exemplars', 'Exemplar')),
    oneof('value', scalar(6, 'as_int', 'sfixed64')),
    repeated(message(7, 'attributes', 'KeyValue')),
    scalar(8, 'flags', 'uint32'),
  ],
  HistogramDataPoint: [
    scalar(2, 'start_time_unix_nano', 'fixed64'),
    scalar(3, 'time_unix_nano', 'fixed64'),
    scalar(4, 'count', 'fixed64'),
    optional(scalar(5, 'sum', 'double')),
    repeated(scalar(6, 'bucket_counts', 'fixed64')),
    repeated(scalar(7, 'explicit_bounds', 'double')),
    repeated(message(8, 'exemplars', 'Exemplar')),
    repeated(message(9, 'attributes', 'KeyValue')),
    scalar(10, 'flags', 'uint32'),
    optional(scalar(11, 'min', 'double')),
    optional(scalar(12, 'max', 'double')),
  ],
  ExponentialHistogramDataPoint: [
    repeated(message(1, 'attributes', 'KeyValue')),
    scalar(2, 'start_time_unix_nano', 'fixed64'),
    scalar(3, 'time_unix_nano', 'fixed64'),
    scalar(4, 'count', 'fixed64'),
    optional(scalar(5, 'sum', 'double')),
    scalar(6, 'scale', 'sint32'),
    scalar(7, 'zero_count', 'fixed64'),
    message(8, 'positive', 'ExponentialHistogramDataPoint.Buckets'),
    message(9, 'negative', 'ExponentialHistogramDataPoint.Buckets'),
    scalar(10, 'flags', 'uint32'),
    repeated(message(11, 'exemplars', 'Exemplar')),
    optional(scalar(12, 'min', 'double')),
    optional(scalar(13, 'max', 'double')),
    scalar(14, 'zero_threshold', 'double'),
  ],
  'ExponentialHistogramDataPoint.Buckets': [
    scalar(1, 'offset', 'sint32'),
    repeated(scalar(2, 'bucket_counts', 'uint64')),
  ],
  SummaryDataPoint: [
    scalar(2, 'start_time_unix_nano', 'fixed64'),
    scalar(3, 'time_unix_nano', 'fixed64'),
    scalar(4, 'count', 'fixed64'),
    scalar(5, 'sum', 'double'),
    repeated(message(6, 'quantile_values', 'SummaryDataPoint.ValueAtQuantile')),
    repeated(message(7, 'attributes', 'KeyValue')),
    scalar(8, 'flags', 'uint32'),
  ],
  'SummaryDataPoint.ValueAtQuantile': [scalar(1, 'quantile', 'double'), scalar(2, 'value', 'double')],
  Exemplar: [
    scalar(2, 'time_unix_nano', 'fixed64'),
    oneof('value', scalar(3, 'as_double', 'double')),
    id(4, 'span_id', 8),
    id(5, 'trace_id', 16),
    oneof('value', scalar(6, 'as_int', 'sfixed64')),
    repeated(message(7, 'filtered_attributes', 'KeyValue')),
  ],
  ExportMetricsServiceResponse: [message(1, 'partial_success', 'ExportMetricsPartialSuccess')],
  ExportMetricsPartialSuccess: [scalar(1, 'rejected_data_points', 'int64'), scalar(2, 'error_message', 'string')],

  ExportProfilesServiceRequest: [repeated(message(1, 'resource_profiles', 'ResourceProfiles'))],
  ResourceProfiles: [repeated(message(2, 'scope_profiles', 'ScopeProfiles'))],
  ScopeProfiles: [repeated(message(2, 'profiles', 'Profile'))],
  Profile: [],
  ...PROFILE_MESSAGES,
});

/** The request message of each signal; `undefined` for signals that pass through unchanged. */
export const REQUEST_MESSAGES: Readonly<Record<Signal, MessageDescriptor | undefined>> = {
  traces: MESSAGES.ExportTraceServiceRequest,
  metrics: MESSAGES.ExportMetricsServiceRequest,
  logs: MESSAGES.ExportLogsServiceRequest,
  profiles: undefined,
};

function resourceLevel(scopeName: string, scopeMessage: MessageName): readonly FieldDescriptor[] {
  return [
    message(1, 'resource', 'Resource'),
    repeated(message(2, scopeName, scopeMessage)),
    scalar(3, 'schema_url', 'string'),
  ];
}

function scopeLevel(itemName: string, itemMessage: MessageName): readonly FieldDescriptor[] {
  return [
    message(1, 'scope', 'InstrumentationScope'),
    repeated(message(2, itemName, itemMessage)),
    scalar(3, 'schema_url', 'string'),
  ];
}

function describe(
  fields: Readonly<Record<MessageName, readonly FieldDescriptor[]>>,
): Record<MessageName, MessageDescriptor> {
  const descriptors = MESSAGE_NAMES.map((name): [MessageName, MessageDescriptor] => [
    name,
    {
      name,
      fields: fields[name],
      byNumber: new Map(fields[name].map((f) => [f.number, f])),
      byJsonName: new Map(fields[name].map((f) => [f.jsonName, f])),
    },
  ]);
  return Object.fromEntries(descriptors) as Record<MessageName, MessageDescriptor>;
}
