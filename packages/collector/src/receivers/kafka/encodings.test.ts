import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { forEachLogRecord, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { batchOf, type ComponentBench } from '@otelier/testkit';
import { DEFAULT_TOPICS } from '../../kafka/topics.ts';
import { produce, until, withReceiver } from './receive.testing.ts';

const TRACE_ID = '0102030405060708090a0b0c0d0e0f10';
const SPAN_ID = 'a1a2a3a4a5a6a7a8';
const START_SECONDS = 1_700_000_000;
const START_NANOS = 1_700_000_000_000_000_000n;
const END_NANOS = START_NANOS + 5_000_000n;

const bytesOf = (hex: string) => Buffer.from(hex, 'hex');

/** A field of protobuf that has a length. */
function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

function varintField(number: number, value: number): Buffer {
  const bytes = [number << 3];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function jaegerSpan(): Buffer {
  return Buffer.concat([
    field(1, bytesOf(TRACE_ID)),
    field(2, bytesOf(SPAN_ID)),
    field(3, 'checkout'),
    field(6, varintField(1, START_SECONDS)),
    field(7, varintField(2, 5_000_000)),
    field(10, field(1, 'shop')),
  ]);
}

function zipkinSpan(): Buffer {
  const timestamp = Buffer.alloc(9, (6 << 3) | 1);
  timestamp.writeBigUInt64LE(START_NANOS / 1000n, 1);
  return Buffer.concat([
    field(1, bytesOf(TRACE_ID)),
    field(3, bytesOf(SPAN_ID)),
    field(5, 'checkout'),
    timestamp,
    varintField(7, 5000),
    field(8, field(1, 'shop')),
  ]);
}

/** A list with one span of version 1 in the binary protocol of Thrift. */
function zipkinThrift(): Buffer {
  const [i64, text, struct, list] = [10, 11, 12, 15];
  const head = (type: number, id: number) => Buffer.from([type, 0, id]);
  const long = (id: number, value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return Buffer.concat([head(i64, id), bytes]);
  };
  const string = (id: number, value: string) =>
    Buffer.concat([head(text, id), Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
  const oneOf = (value: Buffer) => Buffer.concat([Buffer.from([struct, 0, 0, 0, 1]), value, Buffer.from([0])]);
  const host = Buffer.concat([head(struct, 3), string(3, 'shop'), Buffer.from([0])]);
  const annotation = Buffer.concat([long(1, START_NANOS / 1000n), string(2, 'sr'), host]);
  return oneOf(
    Buffer.concat([
      long(1, BigInt(`0x${TRACE_ID.slice(16)}`)),
      string(3, 'checkout'),
      long(4, BigInt(`0x${SPAN_ID}`)),
      Buffer.concat([head(list, 6), oneOf(annotation)]),
      long(10, START_NANOS / 1000n),
      long(11, 5000n),
      long(12, BigInt(`0x${TRACE_ID.slice(0, 16)}`)),
    ]),
  );
}

const OTLP_TRACES = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: [
            {
              ...{ traceId: TRACE_ID, spanId: SPAN_ID, name: 'checkout' },
              startTimeUnixNano: String(START_NANOS),
              endTimeUnixNano: String(END_NANOS),
            },
          ],
        },
      ],
    },
  ],
};
const ZIPKIN_JSON = [
  {
    ...{ traceId: TRACE_ID, id: SPAN_ID, name: 'checkout', timestamp: START_SECONDS * 1_000_000, duration: 5000 },
    localEndpoint: { serviceName: 'shop' },
  },
];
const JAEGER_JSON = {
  ...{ traceId: bytesOf(TRACE_ID).toString('base64'), spanId: bytesOf(SPAN_ID).toString('base64') },
  ...{ operationName: 'checkout', startTime: '2023-11-14T22:13:20Z', duration: '0.005s' },
  process: { serviceName: 'shop' },
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** The same span in each encoding, and a message that is not in it. */
const SPANS: Readonly<Record<string, { readonly value: Buffer; readonly malformed: Buffer }>> = {
  otlp_proto: { value: encoded('traces', OTLP_TRACES), malformed: Buffer.from([0xff]) },
  otlp_json: { value: json(OTLP_TRACES), malformed: Buffer.from('{') },
  zipkin_proto: { value: field(1, zipkinSpan()), malformed: field(1, field(1, 'short')) },
  zipkin_json: { value: json(ZIPKIN_JSON), malformed: Buffer.from('{}') },
  zipkin_thrift: { value: zipkinThrift(), malformed: Buffer.from([12, 0, 0, 0, 9]) },
  jaeger_proto: { value: jaegerSpan(), malformed: Buffer.from([0x0a, 0x20]) },
  jaeger_proto_batch: { value: field(1, jaegerSpan()), malformed: Buffer.from([0x0a, 0x20]) },
  jaeger_json: { value: json(JAEGER_JSON), malformed: Buffer.from('[]') },
};

const METRICS = {
  resourceMetrics: [
    { scopeMetrics: [{ metrics: [{ name: 'orders', gauge: { dataPoints: [{ timeUnixNano: '1', asInt: '5' }] } }] }] },
  ],
};

function encoded(signal: 'traces' | 'metrics', request: object): Buffer {
  const read = requestFromJson(signal, json(request));
  assert.ok(read.ok);
  return Buffer.from(read.bytes);
}

/** Returns the OTLP/JSON of what was received. */
function received(signal: Signal, { received: batches }: ComponentBench) {
  return batches.flatMap(({ parts }) => parts.map((part) => JSON.parse(requestToJson(signal, part))));
}

/** Receives messages of an encoding, of which `malformed` are skipped. */
async function receive(
  signal: Signal,
  encoding: string,
  values: readonly Buffer[],
  malformed: number,
  check: (bench: ComponentBench) => void,
): Promise<void> {
  const run = async (bench: ComponentBench, broker: Parameters<typeof produce>[0]) => {
    const topic = DEFAULT_TOPICS[signal];
    await produce(
      broker,
      topic,
      values.map((value) => ({ value })),
    );
    await until(() => broker.committed.get(`${topic}/0`) === BigInt(values.length));
    assert.deepEqual(bench.dropped(), malformed === 0 ? {} : { malformed });
    check(bench);
  };
  await withReceiver({ [signal]: { encoding } }, run, undefined, signal);
}

suite('spans', () => {
  for (const [encoding, { value, malformed }] of Object.entries(SPANS)) {
    test(`in ${encoding} are received, and what is malformed is skipped`, async () => {
      await receive('traces', encoding, [malformed, value], 1, (bench) => {
        const [request, ...others] = received('traces', bench);
        assert.deepEqual(others, []);
        const [{ resource, scopeSpans }] = request.resourceSpans;
        const [{ traceId, spanId, name, startTimeUnixNano, endTimeUnixNano }] = scopeSpans[0].spans;
        const service = resource.attributes.find(({ key }: { readonly key: string }) => key === 'service.name');
        assert.deepEqual(
          { traceId, spanId, name, startTimeUnixNano, endTimeUnixNano, service: service.value.stringValue },
          {
            ...{ traceId: TRACE_ID, spanId: SPAN_ID, name: 'checkout', service: 'shop' },
            startTimeUnixNano: String(START_NANOS),
            endTimeUnixNano: String(END_NANOS),
          },
        );
      });
    });
  }
});

suite('metrics', () => {
  for (const encoding of ['otlp_proto', 'otlp_json']) {
    test(`in ${encoding} are received, and what is malformed is skipped`, async () => {
      const value = encoding === 'otlp_json' ? json(METRICS) : encoded('metrics', METRICS);
      await receive('metrics', encoding, [Buffer.from('{'), value], 1, (bench) => {
        const [{ resourceMetrics }] = received('metrics', bench);
        const [{ name, gauge }] = resourceMetrics[0].scopeMetrics[0].metrics;
        assert.equal(name, 'orders');
        assert.deepEqual(gauge.dataPoints[0].asInt, '5');
      });
    });
  }
});

suite('log records', () => {
  const bodiesOf = (bench: ComponentBench) => received('logs', bench).map(bodyOf);
  const bodyOf = ({ resourceLogs }: { readonly resourceLogs: readonly LogsJson[] }) =>
    resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.body;
  const cases: readonly (readonly [encoding: string, value: Buffer, body: object])[] = [
    ['raw', Buffer.from([0, 0xff, 0x80]), { bytesValue: 'AP+A' }],
    ['text', Buffer.from('grün'), { stringValue: 'grün' }],
    ['text_shift_jis', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), { stringValue: '日本' }],
    [
      'json',
      json({ a: ['b'] }),
      { kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ stringValue: 'b' }] } } }] } },
    ],
  ];
  for (const [encoding, value, body] of cases) {
    test(`in ${encoding} have the message as their body`, async () => {
      await receive('logs', encoding, [value], 0, (bench) => assert.deepEqual(bodiesOf(bench), [body]));
    });
  }

  test('in json are skipped if they are no objects', async () => {
    const values = ['', '{', '[1]', '5', '{"a":1}'].map((text) => Buffer.from(text));
    await receive('logs', 'json', values, 4, (bench) => {
      let count = 0;
      for (const { parts } of bench.received) for (const part of parts) forEachLogRecord(part, () => void count++);
      assert.equal(count, 1);
    });
  });

  test('without content are received in otlp_proto, of which an empty message is a valid request', async () => {
    await receive('logs', 'otlp_proto', [Buffer.alloc(0), logs('a')], 0, (bench) => {
      assert.deepEqual(bodiesOf(bench), [{ stringValue: 'a' }]);
    });
  });
});

interface LogsJson {
  readonly scopeLogs: readonly { readonly logRecords: readonly { readonly body?: object }[] }[];
}

function logs(body: string): Buffer {
  const logRecords = [{ body: { stringValue: body } }];
  return Buffer.concat(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).parts);
}
