interface AnyJson {
  readonly [key: string]: unknown;
}

interface AttributeJson {
  readonly key: string;
  readonly value?: AnyJson;
}

/** Values of points that differ from scrape to scrape. */
const VARIABLE: ReadonlySet<string> = new Set(['scrape_duration_seconds']);
/** Times after this one are those of scrapes, in nanoseconds. Pages have earlier ones. */
const SCRAPED_SINCE = 1_750_000_000_000_000_000n;

/**
 * Returns the points of OTLP/JSON requests as sorted lines, without what depends on the moment and the machine: times of
 * scrapes, the address of the target, and the names of scopes that the receivers set themselves.
 */
export function normalizePoints(requests: readonly AnyJson[], address: string): string[] {
  const lines: string[] = [];
  for (const { resourceMetrics = [] } of requests as readonly { resourceMetrics?: readonly AnyJson[] }[]) {
    for (const { resource = {}, scopeMetrics } of resourceMetrics) {
      const from = attributesOf((resource as AnyJson)['attributes']);
      for (const { scope = {}, schemaUrl = '', metrics } of (scopeMetrics ?? []) as readonly AnyJson[]) {
        const where = scopeOf(scope as AnyJson, String(schemaUrl));
        for (const metric of (metrics ?? []) as readonly AnyJson[]) lines.push(...metricLines(metric, from, where));
      }
    }
  }
  const port = address.split(':')[1] ?? '';
  return lines
    .map((line) => line.replaceAll(address, 'TARGET').replaceAll(`"server.port":"${port}"`, '"server.port":"PORT"'))
    .sort();
}

function scopeOf({ name = '', version = '', attributes }: AnyJson, schemaUrl: string): unknown {
  const isOwn = name === 'otelier' || String(name).endsWith('/prometheusreceiver');
  return isOwn ? 'receiver' : [name, version, schemaUrl, attributesOf(attributes)];
}

function metricLines(metric: AnyJson, from: unknown, where: unknown): string[] {
  const { name, description = '', unit = '', metadata, ...data } = metric;
  const [[kind, body] = ['', {}]] = Object.entries(data) as [string, AnyJson][];
  const {
    dataPoints = [],
    aggregationTemporality,
    isMonotonic,
  } = body as { dataPoints?: readonly AnyJson[] } & AnyJson;
  const shared = {
    name,
    description,
    unit,
    kind,
    aggregationTemporality,
    isMonotonic,
    metadata: attributesOf(metadata),
  };
  return dataPoints.map((point) => JSON.stringify({ ...shared, from, where, ...pointOf(point, String(name)) }));
}

function pointOf(point: AnyJson, name: string): AnyJson {
  const { attributes, timeUnixNano, exemplars = [], ...rest } = point;
  const fields = Object.entries(rest)
    .filter(([, value]) => !isEmpty(value))
    .map(([key, value]) => [key, key === 'asDouble' && VARIABLE.has(name) ? '*' : value])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return {
    attributes: attributesOf(attributes),
    time: timeOf(timeUnixNano),
    ...Object.fromEntries(fields),
    exemplars: (exemplars as readonly AnyJson[]).map(({ timeUnixNano: time, filteredAttributes, ...one }) => ({
      time: timeOf(time),
      ...Object.fromEntries(
        Object.entries(one)
          .filter(([, value]) => !isEmpty(value))
          .sort(),
      ),
      attributes: attributesOf(filteredAttributes),
    })),
  };
}

/** Empty lists, zero counts and absent buckets can be left out. */
function isEmpty(value: unknown): boolean {
  if (value === '' || value === '0' || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => isEmpty(one) || one === 0);
}

function timeOf(nanos: unknown): unknown {
  return BigInt((nanos as string | undefined) ?? 0) > SCRAPED_SINCE ? 'scrape' : nanos;
}

function attributesOf(list: unknown): Readonly<Record<string, unknown>> {
  const entries = ((list ?? []) as readonly AttributeJson[]).map(({ key, value = {} }) => [
    key,
    Object.values(value)[0],
  ]);
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
