import { readFileSync } from 'node:fs';
import { type Attributes, type AttributeValue, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

type Levels = Readonly<Record<string, string>>;

interface Metric {
  readonly instrument: string;
  readonly unit: string;
  readonly boundaries?: readonly number[];
  readonly attributes: Levels;
}

/** What `tools/semantic-conventions/run.ts` has read from the semantic conventions' own model. */
const TABLE = JSON.parse(readFileSync(new URL('conventions.testing.json', import.meta.url), 'utf8')) as {
  readonly attributes: Readonly<Record<string, string>>;
  readonly spans: Readonly<Record<string, Levels>>;
  readonly metrics: Readonly<Record<string, Metric>>;
};

/** Returns how a span of HTTP or of a database deviates from the semantic conventions. */
export function spanDeviations(span: ReadableSpan): readonly string[] {
  const { attributes, kind, status, name } = span;
  const group = groupOf(span);
  const levels = group === undefined ? undefined : TABLE.spans[group];
  if (levels === undefined) return [];
  const found = [...attributeDeviations(attributes, levels, isRegistered)];
  const requires = (key: string, when: boolean) => {
    if (when !== (attributes[key] !== undefined)) found.push(`${key}: expected ${when ? 'a value' : 'none'}`);
  };
  requires('error.type', status.code === SpanStatusCode.ERROR);
  if (attributes['server.address'] === undefined) requires('server.port', false);
  if (attributes['network.peer.address'] === undefined) requires('network.peer.port', false);
  if (group?.startsWith('span.http')) found.push(...httpDeviations(attributes, name, kind));
  return found.map((each) => `${name}: ${each}`);
}

/** The rules that the model states as text. */
function* httpDeviations(attributes: Attributes, name: string, kind: SpanKind): Generator<string> {
  const { 'http.request.method': method, 'http.request.method_original': original, 'http.route': route } = attributes;
  if ((method === '_OTHER') !== (original !== undefined))
    yield 'http.request.method_original: only for unknown methods';
  const verb = method === '_OTHER' ? 'HTTP' : method;
  const expected = kind === SpanKind.SERVER && route !== undefined ? `${verb} ${route}` : String(verb);
  if (name !== expected) yield `name: expected ${expected}`;
  if (String(attributes['url.path']).includes('?')) yield 'url.path: contains a query';
  if (String(attributes['url.query']).startsWith('?')) yield 'url.query: contains the question mark';
  if (['1.1', '1.0', '2', '3', undefined].includes(attributes['network.protocol.version'] as string)) return;
  yield `network.protocol.version: got ${attributes['network.protocol.version']}`;
}

/** Returns how a metric of HTTP or of a database deviates from the semantic conventions. */
export function metricDeviations(data: MetricData): readonly string[] {
  const { descriptor, dataPoints } = data;
  const metric = TABLE.metrics[descriptor.name];
  if (metric === undefined) return /^(http|db)\./.test(descriptor.name) ? [`${descriptor.name}: unknown metric`] : [];
  const found: string[] = [];
  const type = instrumentOf(data);
  if (type !== metric.instrument) found.push(`instrument: expected ${metric.instrument}, got ${type}`);
  if (descriptor.unit !== metric.unit) found.push(`unit: expected ${metric.unit}, got ${descriptor.unit}`);
  for (const { attributes, value } of dataPoints) {
    found.push(...attributeDeviations(attributes, metric.attributes, () => false));
    const { buckets } = value as { readonly buckets?: { readonly boundaries: readonly number[] } };
    if (metric.boundaries !== undefined && String(buckets?.boundaries) !== String(metric.boundaries))
      found.push(`boundaries: expected ${metric.boundaries}, got ${buckets?.boundaries}`);
  }
  return found.map((each) => `${descriptor.name}: ${each}`);
}

function instrumentOf(data: MetricData): string {
  if (data.dataPointType === DataPointType.SUM) return data.isMonotonic ? 'counter' : 'updowncounter';
  return data.dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram';
}

function* attributeDeviations(
  attributes: Attributes,
  levels: Levels,
  isAllowed: (name: string) => boolean,
): Generator<string> {
  for (const [name, level] of Object.entries(levels))
    if (level === 'required' && attributes[name] === undefined) yield `${name}: required, but missing`;
  for (const [name, value] of Object.entries(attributes)) {
    const key = templateOf(name);
    // Those of the tests.
    if (name.startsWith('app.') || value === undefined) continue;
    if (levels[key] === undefined && !isAllowed(key)) yield `${name}: not part of the conventions`;
    const type = TABLE.attributes[key]?.replace(/^template\[(.*)\]$/, '$1');
    if (type !== undefined && type !== typeOf(value, type))
      yield `${name}: expected ${type}, got ${typeOf(value, type)}`;
  }
}

function isRegistered(name: string): boolean {
  return TABLE.attributes[name] !== undefined || ADDITIONS.has(name);
}

/**
 * Attributes of ours that the conventions do not have: MySQL reports an SQLSTATE beside the number of the error, and query
 * builders send statements of a driver.
 */
const ADDITIONS = new Set(['db.response.sqlstate', 'db.query.builder', 'db.query.builder.operation']);

/** Returns the template of a name with a key in it, such as `http.request.header` of `http.request.header.accept`. */
function templateOf(name: string): string {
  const parent = name.replace(/^(http\.(?:request|response)\.header)\..*/, '$1');
  return parent.replace(/^(db\.(?:query\.parameter|operation\.parameter))\..*/, '$1');
}

function typeOf(value: AttributeValue | undefined, expected: string): string {
  if (Array.isArray(value)) return `${typeOf(value[0] ?? '', '')}[]`;
  if (typeof value !== 'number') return typeof value;
  return Number.isInteger(value) && expected !== 'double' ? 'int' : 'double';
}

function groupOf({ attributes, kind }: ReadableSpan): string | undefined {
  if (attributes['http.request.method'] !== undefined)
    return kind === SpanKind.SERVER ? 'span.http.server' : 'span.http.client';
  const system = attributes['db.system.name'];
  if (system === undefined) return undefined;
  const own = `span.db.${String(system).replace('microsoft.', '')}.client`;
  return TABLE.spans[own] === undefined ? 'span.db.client' : own;
}
