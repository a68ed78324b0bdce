/** An OTLP/JSON value. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface JsonObject {
  readonly [key: string]: Json;
}

interface Metric extends JsonObject {
  readonly name: string;
}

interface Request {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly { readonly metrics?: readonly Metric[] }[];
  }[];
}

/** Times before this one are those of lines; later ones depend on the run. */
const RUN_NANOS = 1_690_000_000_000_000_000n;

/**
 * Returns the points of export requests in JSON as sorted lines, which have the same form in both programs. Points of one
 * sender are in one group.
 */
export function pointLines(requests: readonly unknown[]): string[] {
  const groups: string[] = [];
  for (const { resourceMetrics = [] } of requests as readonly Request[])
    for (const { scopeMetrics = [] } of resourceMetrics) {
      const points = scopeMetrics.flatMap(({ metrics = [] }) => metrics.flatMap(linesOf)).sort();
      if (points.length > 0) groups.push(points.join('\n'));
    }
  return groups.sort().flatMap((group) => group.split('\n').concat('--'));
}

function linesOf(metric: Metric): string[] {
  const { name, ...rest } = metric;
  return Object.entries(rest).flatMap(([kind, data]) => {
    if (typeof data !== 'object' || data === null) return [];
    const { dataPoints = [], ...options } = data as JsonObject;
    return (dataPoints as readonly JsonObject[]).map((point) =>
      JSON.stringify(canonical({ name, kind, options, point })),
    );
  });
}

function canonical(json: Json): Json {
  if (Array.isArray(json)) return json.map(canonical);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json as JsonObject)
    .map(([key, value]): [string, Json] => [key, field(key, value)])
    .filter(([, value]) => !isDefault(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function field(key: string, value: Json): Json {
  if (key === 'timeUnixNano' || key === 'startTimeUnixNano') return BigInt(String(value)) > RUN_NANOS ? 'now' : value;
  if (key === 'asInt' || key === 'count' || key === 'zeroCount') return String(value);
  if (key === 'bucketCounts') return (value as readonly Json[]).map(String);
  return canonical(value);
}

/** Default values may be missing. */
function isDefault(value: Json): boolean {
  if (value === '0' || value === 0 || value === false || value === '' || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
