/** An OTLP/JSON value. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface Group {
  readonly resource?: { readonly attributes?: Json };
  readonly scopeLogs?: readonly {
    readonly scope?: { readonly name?: string };
    readonly logRecords?: readonly Json[];
  }[];
}

/** Fields that depend on the time of a run. */
const VOLATILE = new Set(['observedTimeUnixNano', 'droppedAttributesCount']);
/** Scope that the Collector sets if no operator does. */
const DEFAULT_SCOPE = /opentelemetry-collector-contrib\/receiver\//;

/** Returns the records of export requests in JSON as sorted lines, which have the same form in both programs. */
export function recordLines(requests: readonly unknown[], directory: string): string[] {
  const lines: string[] = [];
  for (const request of requests) {
    const { resourceLogs = [] } = request as { readonly resourceLogs?: readonly Group[] };
    for (const { resource, scopeLogs = [] } of resourceLogs)
      for (const { scope, logRecords = [] } of scopeLogs) {
        const name = scope?.name ?? '';
        const around = { resource: resource?.attributes ?? [], scope: DEFAULT_SCOPE.test(name) ? '' : name };
        for (const record of logRecords)
          lines.push(JSON.stringify(canonical({ ...around, record })).replaceAll(directory, 'DIR'));
      }
  }
  return lines.sort();
}

function canonical(json: Json): Json {
  if (Array.isArray(json)) {
    const values = json.map(canonical);
    // An empty key is missing.
    const isKeyed = values.every(
      (value) => typeof value === 'object' && value !== null && ('key' in value || 'value' in value),
    );
    return isKeyed ? values.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : values;
  }
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json as { readonly [key: string]: Json })
    .filter(([key, value]) => !VOLATILE.has(key) && !isDefault(value))
    .map(([key, value]): [string, Json] => [key, key === 'intValue' ? String(value) : canonical(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** Empty values may be missing. A value that is an empty text is one. */
function isDefault(value: Json): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}
