import type { ComponentCases, Configuration, Step } from '../cases.ts';
import { generatedSteps } from '../inputs.ts';
import { integer, send, spanSource, text } from '../spans.ts';

const signals = ['traces>metrics'];
const span = spanSource();
/** A wait that ends between two runs of every timer, so that results do not depend on timing. */
const UNTIL_FLUSH: Step = { waitMillis: 1500 };
const NEXT_FLUSH: Step = { waitMillis: 1000 };
const BASE = { metrics_flush_interval: '1s', store_expiration_loop: '300ms', store: { ttl: '100ms' } };

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = { status: { code: 2 } };

const service = (name: string, ...attributes: readonly object[]) => [text('service.name', name), ...attributes];
let lastTrace = 0;

interface Side {
  readonly resource: readonly object[];
  readonly nanos?: number;
  readonly kind?: number;
  readonly fields?: object;
}

/** Returns the client and server spans of one request. */
function pair(client: Side | undefined, server: Side | undefined) {
  const traceId = (++lastTrace).toString(16).padStart(32, 'a');
  const spanId = lastTrace.toString(16).padStart(16, 'b');
  return {
    client: client && {
      resource: client.resource,
      spans: [span(client.nanos ?? 5e6, { traceId, spanId, kind: client.kind ?? CLIENT, ...client.fields })],
    },
    server: server && {
      resource: server.resource,
      spans: [
        span(server.nanos ?? 3e6, { traceId, parentSpanId: spanId, kind: server.kind ?? SERVER, ...server.fields }),
      ],
    },
  };
}

/** Returns requests with the client's span first, then the server's span first, then both in a single request. */
function both(client: Side, server: Side): readonly Step[] {
  const [first, second, third] = [pair(client, server), pair(client, server), pair(client, server)];
  const one = (group: (typeof first)['client']) => (group === undefined ? send() : send(group));
  return [
    one(first.client),
    one(first.server),
    one(second.server),
    one(second.client),
    send(...[third.client, third.server].filter((group) => group !== undefined)),
  ];
}

/** Returns a request with an unpaired span. */
function alone(side: 'client' | 'server', what: Side): Step {
  const group = side === 'client' ? pair(what, undefined).client : pair(undefined, what).server;
  return group === undefined ? send() : send(group);
}

const DURATIONS = [0, 1, 1_999_999, 2_000_000, 2_000_001, 6e6, 1e9, 1_400_000_000, 2e9, 15e9, 15_000_000_001, 3_600e9];
const shop = { resource: service('shop') };
const payments = { resource: service('payments', text('region', 'eu')) };

const requests = [
  ...both(shop, payments),
  ...both({ ...shop, kind: PRODUCER }, { ...payments, kind: CONSUMER }),
  ...both({ ...shop, kind: PRODUCER }, payments),
  ...both(shop, { ...payments, kind: CONSUMER }),
  ...both({ ...shop, fields: ERROR }, payments),
  ...both(shop, { ...payments, fields: ERROR }),
];
const durations = DURATIONS.flatMap((nanos) => both({ ...shop, nanos }, { ...payments, nanos: Math.floor(nanos / 2) }));

const database = (...attributes: readonly object[]) => alone('client', { ...shop, fields: { attributes } });
const databases = [
  database(text('db.name', 'orders')),
  database(text('db.name', 'orders'), text('db.system', 'pg')),
  database(integer('db.name', 5), text('db.namespace', 'ns')),
  database(text('db.namespace', 'ns')),
  database(text('db.name', '')),
  alone('client', { ...shop, kind: PRODUCER, fields: { attributes: [text('db.name', 'queue')] } }),
  alone('client', { resource: service('shop', text('db.name', 'of the resource')) }),
  alone('client', { ...shop, fields: { attributes: [text('db.name', 'orders')], ...ERROR } }),
];

const peers = [
  alone('client', { ...shop, fields: { attributes: [text('peer.service', 'mail'), text('db.system', 'pg')] } }),
  alone('client', { ...shop, fields: { attributes: [text('db.system', 'redis')] } }),
  alone('client', { ...shop, fields: { attributes: [text('server.address', 'a.example.com')] } }),
  alone('client', shop),
  alone('client', { ...shop, fields: ERROR }),
  alone('client', { ...shop, kind: PRODUCER }),
  alone('client', { resource: service('') }),
  alone('client', { resource: service('shop', text('peer.service', 'of the resource')) }),
  alone('server', payments),
  alone('server', { ...payments, fields: { parentSpanId: '' } }),
  alone('server', { ...payments, fields: { parentSpanId: '0'.repeat(16) } }),
  alone('server', { ...payments, kind: CONSUMER, fields: { parentSpanId: '', ...ERROR } }),
  alone('server', { resource: service(''), fields: { parentSpanId: '' } }),
];

const labelled = (key: string, value: string, ...more: readonly object[]) => ({
  fields: { attributes: [text(key, value), ...more] },
});
const dimensions = [
  ...both({ ...shop, ...labelled('region', 'us') }, { ...payments, ...labelled('region', 'ignored') }),
  ...both({ ...shop, ...labelled('tier', '1', integer('number', 5)) }, { ...payments, ...labelled('tier', '2') }),
  ...both({ ...shop, ...labelled('tier', '1', text('number', '5')) }, { ...payments, ...labelled('tier', '2') }),
  ...both({ ...shop, ...labelled('region', 'us', text('region', 'again')) }, payments),
  alone('client', { ...shop, ...labelled('region', 'us', text('peer.service', 'mail')) }),
];

const others = [
  send({ resource: [], spans: [span(1e6, { kind: CLIENT })] }),
  send({ spans: [0, 1, 6, 99].map((kind) => span(1e6, { kind })) }),
  ...both({ resource: [integer('service.name', 7)] }, payments),
  ...both({ resource: service('') }, payments),
  ...both(shop, { resource: service('') }),
  ...both(shop, shop),
  // Both spans are clients of the same request.
  send({
    resource: service('shop'),
    spans: [
      span(1e6, { kind: CLIENT, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), ...ERROR }),
      span(2e6, { kind: CLIENT, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }),
      span(3e6, { kind: SERVER, traceId: 'c'.repeat(32), parentSpanId: 'd'.repeat(16) }),
    ],
  }),
  // Spans without IDs.
  send({
    resource: service('no ids'),
    spans: [
      span(1e6, { kind: CLIENT, traceId: '', spanId: '' }),
      span(1e6, { kind: SERVER, traceId: '', parentSpanId: '' }),
      span(1e6, { kind: SERVER, traceId: '0'.repeat(32), parentSpanId: '' }),
    ],
  }),
];

/** Generated requests without spans that end before they start. These are a separate case. */
const generated: readonly Step[] = generatedSteps('traces').map((step): Step => {
  if (!('send' in step)) return step;
  const request = JSON.parse(JSON.stringify(step.send), (_key, value) => {
    const { startTimeUnixNano: start, endTimeUnixNano: end } = value ?? {};
    if (start === undefined && end === undefined) return value;
    return BigInt(end ?? 0) < BigInt(start ?? 0) ? { ...value, endTimeUnixNano: start } : value;
  });
  return { send: request };
});

const flushes = [UNTIL_FLUSH, NEXT_FLUSH];
const all = [...requests, ...databases, ...peers, ...others, ...flushes];

function configuration(name: string, config: object, ...steps: readonly Step[]): Configuration {
  return { name, signals, config: { ...BASE, ...config }, steps: steps.length === 0 ? all : steps };
}

/** Returns a configuration that is rejected. */
function refused(name: string, config: object): Configuration {
  return { name, signals, config: { ...config }, steps: [] };
}

/** Test cases for `service_graph`. Generated spans contain few pairs, so most cases have their own spans. */
export const cases: ComponentCases = {
  kind: 'connector',
  type: 'service_graph',
  configurations: [
    configuration('defaults', {}),
    configuration('generated', {}, ...generated, ...flushes),
    configuration(
      'generated with dimensions',
      { dimensions: ['http.request.method', 'host.name'], virtual_node_peer_attributes: ['user.email'] },
      ...generated,
      ...flushes,
    ),
    configuration('requests', {}, ...requests, ...flushes, ...requests, NEXT_FLUSH),
    configuration('durations', {}, ...durations, ...flushes),
    configuration('buckets', { latency_histogram_buckets: ['1ms', '1400ms', '2s'] }, ...durations, ...flushes),
    configuration('buckets as numbers', { latency_histogram_buckets: [1, 2000000] }, ...durations, ...flushes),
    configuration('buckets out of order', { latency_histogram_buckets: ['2s', '1ms', '1s'] }, ...durations, ...flushes),
    configuration('no buckets', { latency_histogram_buckets: [] }, ...durations, ...flushes),
    configuration('exponential', { exponential_histogram_max_size: 160 }, ...durations, ...flushes),
    configuration('exponential, small', { exponential_histogram_max_size: 2 }, ...durations, ...flushes),
    configuration('exponential, 1', { exponential_histogram_max_size: 1 }, ...durations, ...flushes),
    configuration('exponential, all', { exponential_histogram_max_size: 20 }),
    configuration(
      'negative size with buckets',
      { exponential_histogram_max_size: -1, latency_histogram_buckets: ['1s'] },
      ...durations,
      ...flushes,
    ),
    configuration('databases', {}, ...databases, ...flushes),
    configuration(
      'names of databases',
      { database_name_attributes: ['db.namespace', 'db.name'] },
      ...databases,
      ...flushes,
    ),
    configuration('no names of databases', { database_name_attributes: [] }, ...databases, ...flushes),
    configuration('peers', {}, ...peers, ...flushes),
    configuration('peers with label', { virtual_node_extra_label: true }, ...peers, ...requests, ...flushes),
    configuration(
      'other peers',
      { virtual_node_peer_attributes: ['server.address', 'db.system'], virtual_node_extra_label: true },
      ...peers,
      ...flushes,
    ),
    configuration('no peers', { virtual_node_peer_attributes: [] }, ...peers, ...requests, ...flushes),
    configuration('dimensions', { dimensions: ['region', 'tier', 'number'] }, ...dimensions, ...flushes),
    configuration('dimension of services', { dimensions: ['service.name', 'region'] }, ...dimensions, ...flushes),
    configuration('dimensions with label', { dimensions: ['region'], virtual_node_extra_label: true }),
    configuration('span that ends before it starts', {}, ...both({ ...shop, nanos: -5 }, payments), ...flushes),
    configuration('other spans', {}, ...others, ...flushes),
    configuration('full store', { store: { ttl: '100ms', max_items: 2 } }, ...peers, ...requests, ...flushes),
    configuration('no store', { store: { ttl: '100ms', max_items: 0 } }, ...databases, ...requests, ...flushes),
    configuration('negative store', { store: { ttl: '100ms', max_items: -5 } }, ...databases, ...flushes),
    configuration('long wait', { store: { ttl: '1h' } }, ...peers, ...flushes, ...requests, NEXT_FLUSH),
    configuration('no wait', { store: { ttl: 0 } }, ...peers, ...flushes),
    configuration('negative wait', { store: { ttl: '-1s' } }, ...peers, ...flushes),
    configuration('default loops', { store_expiration_loop: 0, cache_loop: '-1s' }, ...requests, ...flushes),
    configuration('cache loop', { cache_loop: '200ms' }, ...requests, ...flushes),
    configuration('emit at once', { metrics_flush_interval: 0 }, ...requests, ...databases),
    configuration('negative interval', { metrics_flush_interval: '-5s' }, ...databases),
    configuration('offset', { metrics_timestamp_offset: '1h' }, ...requests, ...flushes),
    configuration('negative offset', { metrics_timestamp_offset: '-1h' }, ...requests, ...flushes),
    refused('buckets and exponential', {
      latency_histogram_buckets: ['1s'],
      exponential_histogram_max_size: 5,
    }),
    refused('no buckets and exponential', { latency_histogram_buckets: [], exponential_histogram_max_size: 5 }),
    refused('negative size', { exponential_histogram_max_size: -1 }),
    refused('invalid duration', { store: { ttl: 'soon' } }),
    refused('duration without unit', { cache_loop: '5' }),
    refused('size of another type', { store: { max_items: 'many' } }),
    refused('unknown option', { nope: true }),
  ],
};
