import { readAnyOf, readCondition } from '../../data/conditions.ts';
import type { Aggregate, Metric } from './aggregates.ts';

/** What the builder asks for. */
export interface BuilderQuery {
  readonly metric: Metric;
  readonly aggregate: Aggregate;
  readonly by: readonly string[];
  readonly where: readonly string[];
}

/**
 * Writes the query of the builder in PromQL, with the names of OpenTelemetry, which PromQL takes in quotes. Conditions
 * that PromQL cannot express are left out.
 */
export function promqlOf(query: BuilderQuery): string {
  const { kind } = query.metric;
  return kind.includes('histogram') || kind === 'summary' ? ofHistogram(query) : ofNumber(query);
}

function ofHistogram({ metric, aggregate, by, where }: BuilderQuery): string {
  const isNative = metric.kind === 'exponential_histogram';
  const select = selectorOf({ metric, where });
  const total = `sum${grouping(by)}`;
  const part = metric.kind === 'summary' ? undefined : (PARTS.get(aggregate) ?? quantileOf(aggregate));
  if (part !== undefined) {
    return isNative
      ? `histogram_quantile(${part}, ${total} (rate(${select('')}[$__rate_interval])))`
      : `histogram_quantile(${part}, sum${grouping(by, ['le'])} (rate(${select('_bucket')}[$__rate_interval])))`;
  }
  const change = (of: 'count' | 'sum', name = 'rate', range = '$__rate_interval'): string =>
    isNative ? `histogram_${of}(${name}(${select('')}[${range}]))` : `${name}(${select(`_${of}`)}[${range}])`;
  if (aggregate === 'rate') return `${total} (${change('count')})`;
  if (aggregate === 'count') return `${total} (${change('count', 'increase', '$__interval')})`;
  return `${total} (${change('sum')}) / ${total} (${change('count')})`;
}

function quantileOf(aggregate: Aggregate): string | undefined {
  const percent = /^p(\d+)$/.exec(aggregate)?.[1];
  return percent === undefined ? undefined : `0.${percent}`;
}

/** The smallest and largest measurements are the ends of the buckets. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['min', '0'],
  ['max', '1'],
]);

function ofNumber({ metric, aggregate, by, where }: BuilderQuery): string {
  const selector = selectorOf({ metric, where })('');
  const group = grouping(by);
  const over = (name: string): string => `${name}_over_time(${selector}[$__interval])`;
  switch (aggregate) {
    case 'rate':
      return `sum${group} (rate(${selector}[$__rate_interval]))`;
    case 'count':
      return `sum${group} (${over('count')})`;
    case 'sum':
      return `sum${group} (${metric.monotonic ? `increase(${selector}[$__rate_interval])` : selector})`;
    case 'min':
    case 'max':
      return `${aggregate}${group} (${over(aggregate)})`;
    case 'last':
      return `sum${group} (${selector})`;
    default:
      return `avg${group} (${selector})`;
  }
}

function grouping(by: readonly string[], more: readonly string[] = []): string {
  const labels = [...more, ...by.map(labelOf)];
  return labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
}

/** Returns a function that selects the metric with a suffix of its name. */
function selectorOf({ metric, where }: Pick<BuilderQuery, 'metric' | 'where'>): (suffix: string) => string {
  return (suffix) => `{${[JSON.stringify(metric.name + suffix), ...where.flatMap(matcherOf)].join(', ')}}`;
}

/** Writes the query for a histogram's buckets over time. */
export function bucketsOf({ metric, where }: Pick<BuilderQuery, 'metric' | 'where'>): string {
  const select = selectorOf({ metric, where });
  return metric.kind === 'exponential_histogram'
    ? `sum(increase(${select('')}[$__rate_interval]))`
    : `sum by (le) (increase(${select('_bucket')}[$__rate_interval]))`;
}

/** Returns the label for a key to group by. `service` is `job`, as everywhere in PromQL. */
function labelOf(key: string): string {
  return key === 'service' ? 'job' : /^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key);
}

function matcherOf(text: string): readonly string[] {
  const condition = readCondition(text);
  if (condition === undefined) return [];
  const { field, op, value } = condition;
  const key = field.replace(/^(?:attributes|resource)\./, '').replace(/^"(.*)"$/s, '$1');
  // A job is the namespace and the name of a service.
  if (key === 'service' && op === '=') return [`job=~${JSON.stringify(`(.+/)?${escaped(value)}`)}`];
  const label = labelOf(key);
  const several = op === '~' ? readAnyOf(condition) : undefined;
  if (several !== undefined) return [`${label}=~${JSON.stringify(several.map(escaped).join('|'))}`];
  switch (op) {
    case '=':
    case '!=':
      return [`${label}${op}${JSON.stringify(value)}`];
    case '~':
    case '!~':
      return [`${label}${op === '~' ? '=~' : '!~'}${JSON.stringify(`.*(?:${value}).*`)}`];
    case 'exists':
      return [`${label}!=""`];
    default:
      return [];
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
