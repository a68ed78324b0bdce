/** A signal whose items can be read from rows. */
export type MappedSignal = 'traces' | 'logs';

/** How the columns of a file become fields of items: field path by column. */
export interface Mapping {
  readonly signal: MappedSignal;
  readonly fields: ReadonlyMap<string, string>;
}

/** A mapping that is not valid, or a file whose columns are unknown. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
}

const COMMON = {
  service_name: 'resource.attributes.service.name',
  resource_attributes: 'resource.attributes',
  scope_name: 'scope.name',
  scope_version: 'scope.version',
  attributes: 'attributes',
};

/** The columns of the SQL relation `spans` and `logs`, and of the tables of the Collector's ClickHouse exporter. */
const PRESETS: readonly {
  readonly signal: MappedSignal;
  readonly required: readonly string[];
  readonly fields: Record<string, string>;
}[] = [
  {
    signal: 'traces',
    required: ['trace_id', 'span_id', 'start_time'],
    fields: {
      ...COMMON,
      ...same('trace_id', 'span_id', 'parent_span_id', 'trace_state', 'name', 'kind', 'start_time', 'end_time'),
      duration_ns: 'duration',
      status_code: 'status.code',
      status_message: 'status.message',
    },
  },
  {
    signal: 'logs',
    required: ['time', 'body'],
    fields: {
      ...COMMON,
      ...same('time', 'observed_time', 'severity_number', 'severity_text', 'body', 'trace_id', 'span_id', 'event_name'),
    },
  },
  {
    signal: 'traces',
    required: ['Timestamp', 'TraceId', 'SpanId', 'SpanName'],
    fields: {
      ...{ Timestamp: 'start_time', TraceId: 'trace_id', SpanId: 'span_id', ParentSpanId: 'parent_span_id' },
      ...{ TraceState: 'trace_state', SpanName: 'name', SpanKind: 'kind', Duration: 'duration' },
      ...{ ServiceName: 'resource.attributes.service.name', ResourceAttributes: 'resource.attributes' },
      ...{ ScopeName: 'scope.name', ScopeVersion: 'scope.version', SpanAttributes: 'attributes' },
      ...{ StatusCode: 'status.code', StatusMessage: 'status.message' },
    },
  },
  {
    signal: 'logs',
    required: ['Timestamp', 'Body', 'SeverityText'],
    fields: {
      ...{ Timestamp: 'time', Body: 'body', SeverityText: 'severity_text', SeverityNumber: 'severity_number' },
      ...{ TraceId: 'trace_id', SpanId: 'span_id', ServiceName: 'resource.attributes.service.name' },
      ...{ ResourceAttributes: 'resource.attributes', ScopeName: 'scope.name', ScopeVersion: 'scope.version' },
      ...{ LogAttributes: 'attributes', EventName: 'event_name' },
    },
  },
];

const FIELDS: Readonly<Record<MappedSignal, RegExp>> = {
  traces:
    /^(trace_id|span_id|parent_span_id|trace_state|name|kind|start_time|end_time|duration|status\.code|status\.message)$/,
  logs: /^(time|observed_time|severity_number|severity_text|body|trace_id|span_id|event_name)$/,
};
const SHARED_FIELDS = /^(attributes(\..+)?|resource\.attributes(\..+)?|scope\.name|scope\.version)$/;

/** Returns the mapping for a file: the explicit one (`column=path`), or the preset that its columns fit. */
export function mappingFor(
  columns: readonly string[],
  explicit: readonly string[],
  signal: string | undefined,
): Mapping {
  if (explicit.length > 0) return parseMapping(columns, explicit, signal);
  const preset = PRESETS.find(
    (one) => one.required.every((name) => columns.includes(name)) && (signal === undefined || one.signal === signal),
  );
  if (preset === undefined) {
    throw new MappingError(
      `expected the columns of spans or logs, of otel_traces or otel_logs, or --map, got ${columns.slice(0, 20).join(', ')}`,
    );
  }
  const known = Object.entries(preset.fields).filter(([column]) => columns.includes(column));
  return { signal: preset.signal, fields: new Map(known) };
}

function parseMapping(columns: readonly string[], explicit: readonly string[], signal: string | undefined): Mapping {
  if (signal !== 'traces' && signal !== 'logs') {
    throw new MappingError('--map: expected --signal traces or --signal logs with it');
  }
  const fields = new Map<string, string>();
  for (const text of explicit) {
    const at = text.lastIndexOf('=');
    const [column, path] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1) throw new MappingError(`--map: expected COLUMN=PATH, got "${text}"`);
    if (!columns.includes(column)) {
      throw new MappingError(`--map ${text}: expected one of the columns ${columns.slice(0, 20).join(', ')}`);
    }
    if (!FIELDS[signal].test(path) && !SHARED_FIELDS.test(path)) {
      throw new MappingError(
        `--map ${text}: expected a field of ${signal} such as name or attributes.KEY, got "${path}"`,
      );
    }
    fields.set(column, path);
  }
  return { signal, fields };
}

function same(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}
