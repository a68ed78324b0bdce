import { createRandom, type Random } from '@otelier/testkit';

/** The signals that have documents. */
export const SIGNALS = ['logs', 'traces', 'metrics'] as const;

/** Configurations of the exporter, beside its endpoint. */
export const CONFIGURATIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  otel: {},
  ecs: { mapping: { allowed_modes: ['ecs'] } },
  none: { mapping: { allowed_modes: ['none'] } },
  raw: { mapping: { allowed_modes: ['raw'] } },
  bodymap: { mapping: { allowed_modes: ['bodymap'] } },
  indices: { logs_index: 'my-logs', traces_index: 'my-traces', metrics_index: 'my-metrics' },
  identified: {
    logs_dynamic_id: { enabled: true },
    traces_dynamic_id: { enabled: true },
    logs_dynamic_pipeline: { enabled: true },
    pipeline: 'all',
  },
  dated: { logstash_format: { enabled: true, prefix_separator: '_', date_format: 'dated' } },
  modes: {},
};

/** A request of OTLP/JSON for one signal of a configuration. */
export interface ElasticCase {
  readonly name: string;
  readonly configuration: string;
  readonly signal: (typeof SIGNALS)[number];
  readonly request: object;
}

type AnyValue = Readonly<Record<string, unknown>>;

const TEXTS = ['', 'plain', 'ü😀 "quoted" <b>', 'a\nb', 'UPPER', 'x'.repeat(120)];
const DOUBLES = [0, 1, -1.5, 0.1, 1e21, 1e-7, 123456789, 5e-324];

function value(random: Random, depth = 0): AnyValue {
  switch (random(depth > 2 ? 6 : 8)) {
    case 0:
      return {};
    case 1:
      return { boolValue: random(2) === 0 };
    case 2:
      return { intValue: String([0n, -5n, 2n ** 62n][random(3)]) };
    case 3:
      return { doubleValue: pick(DOUBLES, random) };
    case 4:
      return { bytesValue: Buffer.from([1, 254, random(256)]).toString('base64') };
    case 6:
      return { arrayValue: { values: many(3, random, () => value(random, depth + 1)) } };
    case 7:
      return {
        kvlistValue: {
          values: distinct(many(3, random, () => pick(['a', 'b', 'value', 'c.d'], random))).map((key) => ({
            key,
            value: value(random, depth + 1),
          })),
        },
      };
    default:
      return { stringValue: pick(TEXTS, random) };
  }
}

/** Names that mean something to the exporter, that conflict with each other, or that are like others. */
const NAMES = [
  ...['a', 'a.b', 'a.b.c', 'user', 'user.name', 'http.response.body.size', 'event.name', 'host.name', 'host.hostname'],
  ...['service.name', 'service.instance.id', 'deployment.environment', 'telemetry.sdk.name', 'telemetry.sdk.language'],
  ...['k8s.pod.name', 'k8s.namespace.name', 'exception.type', 'exception.message', 'exception.stacktrace', 'db.system'],
  ...[
    'error',
    'error.message',
    'message',
    'trace.id',
    'labels',
    'labels.app',
    'process.command_line',
    'transaction.id',
  ],
];
const CONTROLS: readonly (readonly [string, readonly string[]])[] = [
  ['data_stream.dataset', ['My-Dataset', 'a/b', 'x'.repeat(120)]],
  ['data_stream.namespace', ['Prod', 'a b-c']],
  ['data_stream.type', ['logs', 'metrics']],
  ['elasticsearch.index', ['own-index']],
  ['elasticsearch.document_id', ['id-1', '']],
  ['elasticsearch.ingest_pipeline', ['own-pipeline']],
];
const GEO = ['geo.location.lat', 'geo.location.lon', 'client.geo.location.lat', 'client.geo.location.lon'];

function attributes(random: Random, count = 6): { key: string; value: AnyValue }[] {
  const all = many(count, random, () => ({ key: pick(NAMES, random), value: value(random) }));
  if (random(4) === 0) {
    const [key, values] = pick(CONTROLS, random);
    all.push({ key, value: { stringValue: pick(values, random) } });
  }
  if (random(4) === 0)
    for (const key of GEO.slice(0, 1 + random(GEO.length))) all.push({ key, value: { doubleValue: random(100) / 8 } });
  if (random(12) === 0) all.push(hints([pick(['_noindex', '_doc_count', 'other'], random)]));
  const seen = new Set<string>();
  return all.filter(({ key }) => !seen.has(key) && seen.add(key));
}

function hints(names: readonly string[]) {
  return {
    key: 'elasticsearch.mapping.hints',
    value: { arrayValue: { values: names.map((stringValue) => ({ stringValue })) } },
  };
}

const SCOPES = [
  'lib',
  '',
  'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/cpu',
  'go.opentelemetry.io/collector/service',
  'x/connector/countconnector',
];
const MODES = ['otel', 'ecs', 'none', 'raw', 'ECS', ''];

function scope(random: Random, isMixed: boolean, isMetric: boolean) {
  const mode = pick(isMetric ? MODES.slice(0, 2) : MODES, random);
  return {
    name: pick(SCOPES, random),
    version: pick(['', '1.2'], random),
    attributes: [
      ...attributes(random, 2).filter(({ key }) => key !== 'elastic.mapping.mode'),
      ...(random(4) === 0 ? [{ key: 'encoding.format', value: { stringValue: 'aws.elb' } }] : []),
      ...(isMixed ? [{ key: 'elastic.mapping.mode', value: { stringValue: mode } }] : []),
    ],
    droppedAttributesCount: random(3),
  };
}

const TIME = 1_700_000_000_000_000_000n;

function time(random: Random): string {
  return random(8) === 0 ? '0' : String(TIME + BigInt(random(5)) * 1_000_000_007n);
}

function id(bytes: number, random: Random): string {
  return random(5) === 0 ? '' : Buffer.from(Array.from({ length: bytes }, () => 1 + random(255))).toString('hex');
}

function logRecord(random: Random) {
  return {
    timeUnixNano: time(random),
    observedTimeUnixNano: time(random),
    severityNumber: random(25),
    severityText: pick(['', 'INFO', 'warn'], random),
    ...(random(6) === 0 ? {} : { body: value(random) }),
    attributes: attributes(random),
    traceId: id(16, random),
    spanId: id(8, random),
    flags: random(2),
    droppedAttributesCount: random(2),
    eventName: pick(['', '', 'my.event'], random),
  };
}

function span(random: Random) {
  return {
    traceId: id(16, random),
    spanId: id(8, random),
    parentSpanId: id(8, random),
    traceState: pick(['', 'a=b'], random),
    name: pick(TEXTS, random),
    kind: random(6),
    startTimeUnixNano: String(TIME),
    endTimeUnixNano: String(TIME + BigInt(random(1_000_000_000))),
    attributes: attributes(random),
    status: { code: random(3), message: pick(['', 'failed'], random) },
    droppedAttributesCount: random(2),
    droppedEventsCount: random(2),
    droppedLinksCount: random(2),
    events: many(3, random, () => ({
      timeUnixNano: time(random),
      name: pick(['exception', 'event', 'a.b'], random),
      attributes: attributes(random, 3),
      droppedAttributesCount: random(2),
    })),
    links: many(2, random, () => ({
      traceId: Buffer.alloc(16, 7).toString('hex'),
      spanId: Buffer.alloc(8, 9).toString('hex'),
      attributes: attributes(random, 2).map((one) => ({ ...one, value: { stringValue: 'linked' } })),
      traceState: pick(['', 'c=d'], random),
      droppedAttributesCount: random(2),
    })),
  };
}

/** Attributes of data points are few, so that points share documents. */
function pointAttributes(random: Random) {
  const own = [
    { key: 'state', value: { stringValue: pick(['idle', 'busy'], random) } },
    ...(random(3) === 0
      ? [{ key: 'nested', value: { kvlistValue: { values: [{ key: 'b', value: { intValue: '1' } }] } } }]
      : []),
    ...(random(8) === 0
      ? [
          hints(
            many(2, random, () => pick(['aggregate_metric_double', '_doc_count', 'histogram:raw', '_noindex'], random)),
          ),
        ]
      : []),
  ];
  return random(6) === 0 ? [...own, { key: 'data_stream.dataset', value: { stringValue: 'points' } }] : own;
}

function metric(random: Random, index: number) {
  const point = () => ({
    timeUnixNano: String(TIME + BigInt(random(2)) * 1_000_000n),
    startTimeUnixNano: random(3) === 0 ? '0' : String(TIME - 1_000_000_000n),
    attributes: pointAttributes(random),
  });
  const numbers = () =>
    many(3, random, () => ({
      ...point(),
      ...(random(10) === 0 ? { flags: 1 } : random(2) === 0 ? { asInt: '7' } : { asDouble: pick(DOUBLES, random) }),
    }));
  const base = { name: `metric.${index}${random(5) === 0 ? '.sub' : ''}`, unit: pick(['', 'By'], random) };
  switch (random(5)) {
    case 0:
      return { ...base, gauge: { dataPoints: numbers() } };
    case 1:
      return {
        ...base,
        sum: { dataPoints: numbers(), aggregationTemporality: 1 + random(2), isMonotonic: random(2) === 0 },
      };
    case 2:
      return {
        ...base,
        histogram: {
          aggregationTemporality: random(5) === 0 ? 2 : 1,
          dataPoints: many(2, random, () => ({ ...point(), ...histogram(random) })),
        },
      };
    case 3:
      return {
        ...base,
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: many(2, random, () => ({
            ...point(),
            count: '9',
            sum: 12.5,
            scale: random(5) - 2,
            zeroCount: String(random(2)),
            positive: { offset: random(5) - 2, bucketCounts: ['1', '0', '3'] },
            negative: { offset: 1, bucketCounts: ['2'] },
          })),
        },
      };
    default:
      return {
        ...base,
        summary: {
          dataPoints: many(2, random, () => ({
            ...point(),
            count: '4',
            sum: 2,
            quantileValues: [{ quantile: 0.5, value: 1 }],
          })),
        },
      };
  }
}

function histogram(random: Random) {
  if (random(4) === 0) return { count: String(random(3)), sum: 3 };
  return { count: '6', sum: 10.5, explicitBounds: [-1, 2.5, 10], bucketCounts: ['1', String(random(3)), '0', '2'] };
}

function requestOf(signal: ElasticCase['signal'], random: Random, isMixed: boolean): object {
  const groups = (make: () => object) =>
    Array.from({ length: 1 + random(2) }, () => ({
      resource: { attributes: attributes(random), droppedAttributesCount: random(2) },
      schemaUrl: pick(['', 'https://opentelemetry.io/schemas/1.26.0'], random),
      ...make(),
    }));
  const scopes = (make: () => object) =>
    Array.from({ length: 1 + random(2) }, () => ({
      scope: scope(random, isMixed, signal === 'metrics'),
      schemaUrl: pick(['', 'https://example.com/schema'], random),
      ...make(),
    }));
  if (signal === 'logs')
    return {
      resourceLogs: groups(() => ({
        scopeLogs: scopes(() => ({ logRecords: many(5, random, () => logRecord(random)) })),
      })),
    };
  if (signal === 'traces')
    return {
      resourceSpans: groups(() => ({ scopeSpans: scopes(() => ({ spans: many(4, random, () => span(random)) })) })),
    };
  return {
    resourceMetrics: groups(() => ({
      scopeMetrics: scopes(() => ({ metrics: Array.from({ length: 4 }, (_, index) => metric(random, index)) })),
    })),
  };
}

/** Which signals a configuration has documents of. */
function signalsOf(configuration: string): readonly ElasticCase['signal'][] {
  if (configuration === 'bodymap') return ['logs'];
  return configuration === 'none' || configuration === 'raw' ? ['logs', 'traces'] : SIGNALS;
}

/** All cases: five requests for each signal of each configuration. */
export function elasticCases(): readonly ElasticCase[] {
  const random = createRandom(11);
  return Object.keys(CONFIGURATIONS).flatMap((configuration) =>
    signalsOf(configuration).flatMap((signal) =>
      Array.from({ length: 6 }, (_, index) => ({
        name: `${configuration} ${signal} ${index}`,
        configuration,
        signal,
        request: requestOf(signal, random, configuration === 'modes'),
      })),
    ),
  );
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)] as T;
}

function many<T>(max: number, random: Random, make: () => T): T[] {
  return Array.from({ length: random(max + 1) }, make);
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
