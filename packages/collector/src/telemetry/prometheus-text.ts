import type { OwnAttributes, OwnMetric, OwnMetrics } from '../component/observe/own-metric.ts';

/** How names and labels are formed (`readers.pull.exporter.prometheus` of the Collector). */
export interface PrometheusOptions {
  /** Leaves out the labels `otel_scope_name` and `otel_scope_version`. */
  readonly withoutScopeInfo: boolean;
  /** Leaves out the unit at the end of names, such as `_bytes`. */
  readonly withoutUnits: boolean;
  /** Leaves out `_total` at the end of counter names. */
  readonly withoutTypeSuffix: boolean;
  /** Reports whether a resource attribute becomes a label of every metric. */
  isConstantLabel(name: string): boolean;
}

/** Content type of `prometheusText`. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Encodes metrics in the Prometheus text format 0.0.4, with the names that the OpenTelemetry specification derives
 * ("Prometheus and OpenMetrics Compatibility"), and `target_info` with the resource.
 */
export function prometheusText({ resource, scope, metrics }: OwnMetrics, options: PrometheusOptions): string {
  const common = {
    ...(options.withoutScopeInfo ? {} : { otel_scope_name: scope.name, otel_scope_version: scope.version }),
    ...Object.fromEntries(Object.entries(resource).filter(([name]) => options.isConstantLabel(name))),
  };
  const families = metrics
    .filter(({ points }) => points.length > 0)
    .map((metric) => ({ metric, name: familyName(metric, options) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const blocks = families.map(({ metric, name }) =>
    [
      `# HELP ${name} ${metric.description.replace(/[\\\n]/g, (one) => (one === '\n' ? '\\n' : '\\\\'))}`,
      `# TYPE ${name} ${metric.kind}`,
      ...samples(metric, name, common),
    ].join('\n'),
  );
  const info = `# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info${labels(resource)} 1`;
  return `${[...blocks, info].join('\n')}\n`;
}

function samples(metric: OwnMetric, name: string, common: OwnAttributes): readonly string[] {
  if (metric.kind !== 'histogram')
    return metric.points.map(({ attributes, value }) => sample(name, { ...attributes, ...common }, value));
  return metric.points.flatMap(({ attributes, counts, sum }) => {
    const all = { ...attributes, ...common };
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      const le = bound(metric.bounds[index] ?? Number.POSITIVE_INFINITY);
      return sample(`${name}_bucket`, { ...all, le }, total);
    });
    return [...buckets, sample(`${name}_sum`, all, sum), sample(`${name}_count`, all, total)];
  });
}

function sample(name: string, attributes: OwnAttributes, value: number): string {
  return `${name}${labels(attributes)} ${number(value)}`;
}

/** Returns a bound as the Collector writes it, since it is part of the identity of a series: `1.048576e+06`. */
function bound(value: number): string {
  return Number.isFinite(value) && value >= 1e6 ? value.toExponential().replace(/\+(\d)$/, '+0$1') : number(value);
}

/** Unit suffixes of the units in use. Units in braces are annotations and have none. */
const UNITS: Readonly<Record<string, string>> = { By: 'bytes', s: 'seconds', '1': 'ratio' };

function familyName({ name, unit, kind }: OwnMetric, options: PrometheusOptions): string {
  let result = name.replace(/[^a-zA-Z0-9_:]/g, '_');
  const suffix = UNITS[unit];
  const hasUnit = suffix !== undefined && !(suffix === 'ratio' && kind === 'counter');
  if (hasUnit && !options.withoutUnits && !result.endsWith(`_${suffix}`)) result += `_${suffix}`;
  return kind === 'counter' && !options.withoutTypeSuffix ? `${result}_total` : result;
}

function labels(values: OwnAttributes): string {
  const pairs = Object.entries(values)
    .map(([name, value]) => [labelName(name), String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function labelName(name: string): string {
  const result = name.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(result) ? `key_${result}` : result;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
