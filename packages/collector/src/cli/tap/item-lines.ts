/** OTLP/JSON, as far as lines show it. */
interface Json {
  readonly [key: string]: unknown;
}

/** Fields that contain the parts of a request, by signal. */
const FIELDS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

/** Returns a line for each span, log record or metric of a request in OTLP/JSON: its time, service, name and attributes. */
export function itemLines(signal: string, request: object): string[] {
  const fields = FIELDS[signal as keyof typeof FIELDS] as readonly [string, string, string] | undefined;
  if (fields === undefined) return [JSON.stringify(request)];
  const [resources, scopes, items] = fields;
  return listIn(request as Json, resources).flatMap((resource) => {
    const service = attributesIn((resource['resource'] as Json | undefined) ?? {}).get('service.name') ?? '';
    return listIn(resource, scopes).flatMap((scope) => listIn(scope, items).map((item) => lineOf(service, item)));
  });
}

function lineOf(service: string, item: Json): string {
  const nanos = item['startTimeUnixNano'] ?? item['timeUnixNano'] ?? item['observedTimeUnixNano'];
  const millis = typeof nanos === 'string' ? Number(BigInt(nanos) / 1_000_000n) : Number.NaN;
  const time = Number.isFinite(millis) && millis > 0 && millis < 8.64e15 ? new Date(millis).toISOString() : '-';
  const name = typeof item['name'] === 'string' ? item['name'] : valueText(item['body']);
  const severity = typeof item['severityText'] === 'string' ? [item['severityText']] : [];
  const trace = typeof item['traceId'] === 'string' && item['traceId'] !== '' ? [`trace=${item['traceId']}`] : [];
  const attributes = [...attributesIn(item)].map(([key, value]) => `${key}=${value}`);
  return [time, service, ...severity, name, ...trace, ...attributes].join('  ').replace(/\s*\n\s*/g, ' ');
}

function listIn(json: Json, field: string): readonly Json[] {
  const list = json[field];
  return Array.isArray(list) ? list : [];
}

function attributesIn(json: Json): ReadonlyMap<string, string> {
  return new Map(listIn(json, 'attributes').map(({ key, value }) => [String(key), valueText(value)]));
}

/** Formats an `AnyValue`: scalars as text, others as JSON. */
function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const [only, ...others] = Object.values(value);
  if (only === undefined || others.length > 0) return '';
  return typeof only === 'object' ? JSON.stringify(only) : String(only);
}
