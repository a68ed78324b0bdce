import type { ComponentCases, Configuration, Step } from '../cases.ts';
import { generatedSteps } from '../inputs.ts';
import { integer, send, spanSource, text } from '../spans.ts';

const signals = ['traces>metrics'];
const span = spanSource();
/** Excludes the instance ID, which is random. */
const NO_ID = { exclude_dimensions: ['collector.instance.id'], metrics_flush_interval: '1s' };
/** A wait that ends between two flushes, so that results do not depend on timing. */
const UNTIL_FLUSH: Step = { waitMillis: 1500 };
const NEXT_FLUSH: Step = { waitMillis: 1000 };

const generated = generatedSteps('traces');
const TWICE: readonly Step[] = [...generated, UNTIL_FLUSH, ...generated.slice(0, 8), NEXT_FLUSH, NEXT_FLUSH];

const DURATIONS = [0, 1, 1_999_999, 2_000_000, 2_000_001, 6e6, 10e6, 1e9, 1_024_000_000, 2e9, 3_600e9, 40_000e9, -5];
const durations = send({ spans: DURATIONS.map((nanos) => span(nanos)) });

const KINDS = [0, 1, 2, 3, 4, 5, 6, 77];
const CODES = [0, 1, 2, 3, 99];
const kinds = send({
  spans: KINDS.flatMap((kind) => CODES.map((code) => span(1e6, { kind, status: { code, message: 'x' } }))),
});

const VALUES = [
  { stringValue: '5' },
  { intValue: 5 },
  { doubleValue: 5 },
  { doubleValue: 5.5 },
  { boolValue: true },
  { stringValue: 'true' },
  { bytesValue: 'BQ==' },
  { stringValue: 'BQ==' },
  { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a' }] } },
  { kvlistValue: { values: [text('b', '1'), text('a', '2')] } },
  {},
];
const values = send(
  { spans: VALUES.map((value) => span(3e6, { attributes: [{ key: 'value', value }] })) },
  { spans: [span(3e6), span(3e6, { attributes: [text('value', '')] })] },
  { resource: [text('service.name', 'shop'), text('value', 'of the resource')], spans: [span(4e6), span(5e6)] },
);

const globs = send({
  resource: [
    text('service.name', 'shop'),
    text('k8s.cluster.name', 'c1'),
    text('k8s.cluster.label.name', 'no'),
    text('db.system', 'of the resource'),
  ],
  spans: [
    span(1e6, { attributes: [text('db.system', 'pg'), text('db.client.pool.name', 'main'), text('other', '1')] }),
    span(1e6, { attributes: [text('db.client.pool.name', 'main'), text('db.system', 'pg'), text('other', '2')] }),
    span(1e6, { attributes: [text('k8s.pod.name', 'p'), text('ab', 'x'), text('cb', 'x'), text('{b', 'y')] }),
    span(1e6, { attributes: [text('a,b', '1'), text('a-b', '2'), text('a*b', '3'), text('a.b', '4'), text('é', '5')] }),
  ],
});

const services = send(
  { resource: [], spans: [span(1e6)] },
  { resource: [integer('service.name', 7)], spans: [span(1e6)] },
  { resource: [text('service.name', ''), text('host', 'a')], spans: [span(1e6)] },
  { resource: [text('host', 'a'), text('service.name', 'shop')], spans: [span(1e6)] },
  { resource: [text('service.name', 'shop'), text('host', 'a')], spans: [span(1e6)] },
  { resource: [text('service.name', 'shop'), text('host', 'b'), integer('pid', 1)], spans: [span(1e6)] },
  { resource: [text('service.name', 'shop'), text('host', 'b'), integer('pid', 2)], spans: [span(1e6)] },
);

const scopes = send(
  { scope: { name: 'express', version: '4.1' }, spans: [span(1e6), span(1e6, { name: 'a' })] },
  { scope: { name: 'express' }, spans: [span(1e6), span(1e6, { name: 'b' })] },
  { scope: { name: 'http', version: '1' }, spans: [span(1e6), span(1e6, { name: 'c' })] },
  { scope: {}, spans: [span(1e6), span(1e6, { name: 'd' })] },
);

const events = send({
  resource: [text('service.name', 'shop'), text('exception.type', 'of the resource'), text('host', 'a')],
  spans: [
    span(1e6, {
      events: [
        { name: 'exception', attributes: [text('exception.type', 'IOException'), integer('code', 5)] },
        { name: 'exception', attributes: [text('exception.type', 'IOException'), text('code', '5')] },
        { name: 'exception', attributes: [text('exception.type', 'First'), text('exception.type', 'Last')] },
        { name: 'nothing' },
      ],
    }),
    span(1e6, {
      attributes: [text('exception.type', 'of the span')],
      events: [{ name: 'exception', attributes: [text('exception.type', 'ignored')] }],
    }),
    span(1e6),
  ],
});

const traceStates = [
  '',
  'ot=th:8',
  'ot=th:c;rv:abcdabcdabcdab,vendor=1',
  'vendor=ot',
  'ot=rv:abcdabcdabcdab',
  'ot=th:0',
  'ot=th:x',
  'nope',
  'ot=th:ff',
];
const sampled = send({ spans: traceStates.map((traceState) => span(2e6, { traceState })) });

const exemplars = send({
  spans: [
    ...Array.from({ length: 9 }, (_, index) => span(index * 1e6)),
    span(1e6, { traceId: '', name: 'no trace' }),
    span(1e6, { traceId: '0'.repeat(32), name: 'zero trace' }),
    span(1e6, { spanId: '', name: 'no span' }),
  ],
});

const names = (from: number, to: number) =>
  send({ spans: Array.from({ length: to - from }, (_, index) => span(1e6, { name: `name ${from + index}` })) });

function configuration(name: string, config: object, ...steps: readonly Step[]): Configuration {
  return { name, signals, config: { ...NO_ID, ...config }, steps: steps.length === 0 ? TWICE : steps };
}

/** Returns a configuration that is rejected. */
function refused(name: string, config: object): Configuration {
  return { name, signals, config: { ...config }, steps: [] };
}

const flushes = [UNTIL_FLUSH, NEXT_FLUSH];
const delta = { aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' };

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'span_metrics',
  configurations: [
    configuration('defaults', {}),
    configuration('defaults, durations', {}, durations, ...flushes),
    configuration('seconds', { histogram: { unit: 's' } }, durations, ...flushes),
    configuration(
      'unit in capitals',
      { histogram: { unit: 'MS', explicit: { buckets: ['1ms'] } } },
      durations,
      ...flushes,
    ),
    configuration('buckets', { histogram: { explicit: { buckets: ['100us', '1ms', '2ms', '1s', '1m'] } } }),
    configuration(
      'buckets in seconds',
      { histogram: { unit: 's', explicit: { buckets: ['1.5ms', '1s'] } } },
      durations,
      ...flushes,
    ),
    configuration(
      'buckets out of order',
      { histogram: { explicit: { buckets: ['1s', '1ms', '10ms', '2ms'] } } },
      durations,
      ...flushes,
    ),
    configuration('no buckets', { histogram: { explicit: {} } }, durations, ...flushes),
    configuration('exponential', { histogram: { exponential: {} } }),
    configuration('exponential, durations', { histogram: { exponential: { max_size: 0 } } }, durations, ...flushes),
    configuration(
      'exponential in seconds',
      { histogram: { unit: 's', exponential: { max_size: 10 } } },
      durations,
      ...flushes,
    ),
    configuration('exponential, small', { histogram: { exponential: { max_size: 1 } } }, durations, ...flushes),
    configuration(
      'exponential, negative size',
      { histogram: { exponential: { max_size: -3 } } },
      durations,
      ...flushes,
    ),
    configuration('no histogram', { histogram: { disable: true } }),
    configuration('kinds and status codes', {}, kinds, ...flushes),
    configuration('dimensions', {
      dimensions: [
        { name: 'http.request.method', default: 'GET' },
        { name: 'http.response.status_code' },
        { name: 'user.email', default: '' },
        { name: 'host.name' },
      ],
    }),
    configuration('dimension of all kinds', { dimensions: [{ name: 'value' }] }, values, ...flushes),
    configuration(
      'dimension of all kinds, delta',
      { ...delta, dimensions: [{ name: 'value', default: 'none' }] },
      values,
      UNTIL_FLUSH,
      values,
      NEXT_FLUSH,
    ),
    configuration('dimensions of each metric', {
      dimensions: [{ name: 'http.request.method' }],
      calls_dimensions: [{ name: 'http.response.status_code' }],
      histogram: { dimensions: [{ name: 'host.name', default: 'unknown' }] },
    }),
    configuration(
      'globs',
      {
        dimensions: [{ glob: 'k8s.*.name' }, { glob: 'db.**.name' }],
        calls_dimensions: [{ glob: '{db.sys*,o?her}' }],
        histogram: { dimensions: [{ glob: '[ac]b' }, { name: 'other' }] },
      },
      globs,
      ...flushes,
    ),
    configuration(
      'more globs',
      { dimensions: [{ glob: 'a[,-.]b' }, { glob: String.raw`a\*b` }, { glob: '?' }, { glob: '[!a]b' }] },
      globs,
      ...flushes,
    ),
    configuration('open alternatives', { dimensions: [{ glob: '{a[!x]b,o*' }] }, globs, ...flushes),
    configuration('generated with globs', { dimensions: [{ glob: 'http.**' }, { glob: 'user.*' }] }),
    configuration('excluded dimensions', {
      exclude_dimensions: ['collector.instance.id', 'service.name', 'span.name', 'span.kind', 'status.code'],
    }),
    configuration('services and hosts', {}, services, ...flushes),
    configuration(
      'resources by name',
      { resource_metrics_key_attributes: ['service.name'], dimensions: [{ name: 'host' }] },
      services,
      ...flushes,
    ),
    configuration(
      'resources by a missing attribute',
      { resource_metrics_key_attributes: ['nope'] },
      services,
      ...flushes,
    ),
    configuration(
      'one resource kept',
      { resource_metrics_cache_size: 1 },
      services,
      UNTIL_FLUSH,
      services,
      NEXT_FLUSH,
      NEXT_FLUSH,
    ),
    configuration(
      'two resources kept',
      { resource_metrics_cache_size: 2, resource_metrics_key_attributes: ['service.name'] },
      services,
      UNTIL_FLUSH,
      NEXT_FLUSH,
      services,
      NEXT_FLUSH,
    ),
    configuration('delta', delta),
    configuration('delta, exponential', { ...delta, histogram: { exponential: { max_size: 20 } } }),
    configuration('delta, few times kept', { ...delta, metric_timestamp_cache_size: 2 }),
    configuration('other temporality', { aggregation_temporality: 'something' }),
    configuration('namespace', { namespace: 'spans' }, durations, ...flushes),
    configuration('no namespace', { namespace: '' }, durations, ...flushes),
    configuration(
      'exemplars',
      { exemplars: { enabled: true } },
      exemplars,
      UNTIL_FLUSH,
      exemplars,
      NEXT_FLUSH,
      NEXT_FLUSH,
    ),
    configuration(
      'few exemplars',
      { exemplars: { enabled: true, max_per_data_point: 2 }, histogram: { exponential: {} } },
      exemplars,
      ...flushes,
    ),
    configuration('no exemplars', { exemplars: { enabled: true, max_per_data_point: 0 } }, exemplars, ...flushes),
    configuration(
      'exemplars, delta',
      { ...delta, exemplars: { enabled: true } },
      exemplars,
      UNTIL_FLUSH,
      exemplars,
      NEXT_FLUSH,
    ),
    configuration(
      'exemplars beyond the limit',
      { exemplars: { enabled: true }, aggregation_cardinality_limit: 1 },
      names(0, 4),
      ...flushes,
    ),
    configuration(
      'events',
      { events: { enabled: true, dimensions: [{ name: 'exception.type' }, { name: 'code' }] } },
      events,
      ...flushes,
    ),
    configuration(
      'events by glob',
      {
        exemplars: { enabled: true },
        dimensions: [{ name: 'host' }],
        events: { enabled: true, dimensions: [{ glob: 'exception.*' }, { name: 'code', default: 'none' }] },
      },
      events,
      UNTIL_FLUSH,
      events,
      NEXT_FLUSH,
    ),
    configuration('generated events', {
      events: { enabled: true, dimensions: [{ name: 'exception.type', default: 'none' }, { glob: '*' }] },
    }),
    configuration('scopes', { include_instrumentation_scope: ['express', ''] }, scopes, ...flushes),
    configuration(
      'limit',
      { aggregation_cardinality_limit: 3, calls_dimensions: [{ name: 'nope' }] },
      names(0, 6),
      UNTIL_FLUSH,
      names(2, 8),
      NEXT_FLUSH,
    ),
    configuration(
      'limit, delta',
      { ...delta, aggregation_cardinality_limit: 2, events: { enabled: true, dimensions: [{ name: 'code' }] } },
      names(0, 6),
      events,
      UNTIL_FLUSH,
      names(4, 8),
      NEXT_FLUSH,
    ),
    configuration('sampled spans', {}, sampled, ...flushes),
    configuration(
      'sampling method',
      { enable_metrics_sampling_method: true, histogram: { exponential: {} } },
      sampled,
      ...flushes,
    ),
    configuration(
      'resources expire',
      { metrics_expiration: '1200ms' },
      services,
      UNTIL_FLUSH,
      durations,
      NEXT_FLUSH,
      NEXT_FLUSH,
      NEXT_FLUSH,
    ),
    configuration(
      'series expire',
      { series_expiration: '1200ms' },
      names(0, 3),
      UNTIL_FLUSH,
      names(2, 5),
      NEXT_FLUSH,
      NEXT_FLUSH,
      names(0, 2),
      NEXT_FLUSH,
    ),
    configuration(
      'deprecated options',
      { dimensions_cache_size: 5, add_resource_attributes: true },
      services,
      ...flushes,
    ),
    refused('explicit and exponential', {
      histogram: { explicit: { buckets: ['1ms'] }, exponential: { max_size: 3 } },
    }),
    refused('unit', { histogram: { unit: 'h' } }),
    refused('negative flush interval', { metrics_flush_interval: '-1s' }),
    refused('no flush interval', { metrics_flush_interval: '0s' }),
    refused('negative expiration', { metrics_expiration: '-20s' }),
    refused('negative series expiration', { series_expiration: '-20s' }),
    refused('negative limit', { aggregation_cardinality_limit: -1 }),
    refused('negative exemplars', { exemplars: { enabled: true, max_per_data_point: -1 } }),
    configuration('negative exemplars, disabled', { exemplars: { max_per_data_point: -1 } }, durations, ...flushes),
    refused('no times kept', { ...delta, metric_timestamp_cache_size: 0 }),
    configuration('no times kept, cumulative', { metric_timestamp_cache_size: 0 }, durations, ...flushes),
    refused('no resources kept', { resource_metrics_cache_size: 0 }),
    refused('reserved dimension', { dimensions: [{ name: 'span.kind' }] }),
    refused('reserved instance', { dimensions: [{ name: 'collector.instance.id' }] }),
    refused('dimension twice', { dimensions: [{ name: 'a' }, { name: 'a' }] }),
    refused('calls dimension twice', { calls_dimensions: [{ name: 'a' }, { name: 'a' }] }),
    configuration('dimension in two lists', {
      dimensions: [{ name: 'host.name' }],
      calls_dimensions: [{ name: 'host.name', default: 'x' }],
    }),
    refused('name and glob', { dimensions: [{ name: 'a', glob: 'b' }] }),
    refused('neither name nor glob', { dimensions: [{ default: 'a' }] }),
    refused('default of a glob', { dimensions: [{ glob: 'a', default: 'b' }] }),
    refused('invalid glob', { dimensions: [{ glob: 'a[' }] }),
    refused('empty range', { dimensions: [{ glob: 'a[]' }] }),
    refused('range in reverse', { dimensions: [{ glob: 'a[z-a]' }] }),
    refused('glob of a reserved dimension', { histogram: { dimensions: [{ glob: 'span.*' }] } }),
    refused('glob of a named dimension', { dimensions: [{ glob: 'http.**' }, { name: 'http.a.b' }] }),
    refused('events without dimensions', { events: { enabled: true } }),
    configuration(
      'invalid dimensions of disabled events',
      { events: { dimensions: [{ name: 'a' }, { name: 'a' }] } },
      events,
      ...flushes,
    ),
    refused('unknown option', { nope: 1 }),
    refused('default of another type', { dimensions: [{ name: 'a', default: 5 }] }),
  ],
};
