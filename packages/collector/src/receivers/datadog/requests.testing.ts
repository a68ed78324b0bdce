import { WireWriter } from '@otelier/otlp';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';

/** A request to the receiver. */
export interface DatadogRequest {
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A value of MessagePack: an object becomes a map, a `bigint` an integer and a `number` a double. */
export type Packable =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly Packable[]
  | ReadonlyMap<bigint, Packable>
  | { readonly [key: string]: Packable };

/** Encodes MessagePack. */
export function pack(value: Packable): Uint8Array {
  const writer = new MessagePackWriter();
  write(writer, value);
  return writer.finish();
}

function write(writer: MessagePackWriter, value: Packable): void {
  if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'boolean') writer.bool(value);
  else if (typeof value === 'bigint')
    writer.raw(eightBytes(0xcf, (bytes) => bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 1)));
  else if (typeof value === 'number') writer.raw(eightBytes(0xcb, (bytes) => bytes.writeDoubleBE(value, 1)));
  else if (value instanceof Uint8Array) writer.raw(Buffer.concat([Buffer.from([0xc4, value.length]), value]));
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const element of value as readonly Packable[]) write(writer, element);
  } else {
    const entries: (readonly [Packable, Packable])[] =
      value instanceof Map ? [...value] : Object.entries(value as { readonly [key: string]: Packable });
    writer.map(entries.length);
    for (const [key, element] of entries) {
      write(writer, key);
      write(writer, element);
    }
  }
}

function eightBytes(type: number, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(9, type);
  fill(bytes);
  return bytes;
}

/** A span with everything that version 0.4 of the protocol has. */
export const SPAN = {
  service: 'shop',
  name: 'http.request',
  resource: 'GET /cart',
  type: 'web',
  trace_id: 0x7b63_3813_fc60_c001n,
  span_id: 17n,
  parent_id: 0n,
  start: 1_700_000_000_000_000_000n,
  duration: 250n,
  error: 1n,
  meta: {
    'span.kind': 'server',
    '_dd.p.tid': '65f0d2a100000000',
    'error.type': 'TypeError',
    'error.message': 'boom',
    'error.stack': 'at x',
    'http.method': 'GET',
    version: '1.2',
    '_dd.span_links':
      '[{"trace_id":"65f0d2a1000000007b633813fc60c001","span_id":"0000000000000012","attributes":{"a":"b"}},5]',
    events: '[{"name":"e","time_unix_nano":1700000000000000100,"attributes":{"k":1}}]',
  },
  metrics: { _sampling_priority_v1: 1, 'http.status_code': 500 },
  meta_struct: { appsec: pack({ triggers: [{ rule: 'crs-942' }] }), broken: Buffer.from([0xc1]) },
  span_links: [
    { trace_id: 3n, trace_id_high: 4n, span_id: 5n, tracestate: 'dd=s:1', attributes: { x: 'y' }, flags: 1n },
  ],
  span_events: [
    {
      name: 'native',
      time_unix_nano: 1_700_000_000_000_000_200n,
      attributes: {
        t: { type: 0n, string_value: 's' },
        b: { type: 1n, bool_value: true },
        i: { type: 2n, int_value: 3n },
        d: { type: 3n, double_value: 1.5 },
        l: { type: 4n, array_value: { values: [{ type: 2n, int_value: 1n }] } },
      },
    },
  ],
} as const;

const MESSAGE_PACK = 'application/msgpack';
const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';

/** Encodes a distribution of the agent. `keys` below 0 are buckets of negative values. */
export function sketchPayload(keys: readonly number[], counts: readonly number[]): Uint8Array {
  const writer = new WireWriter();
  writer.open(1);
  writer.stringField(1, 'latency').stringField(2, 'web-1').stringField(4, 'env:test').stringField(4, 'team:cart');
  writer.open(7);
  writer.varintField(1, 1_700_000_000).varintField(
    2,
    counts.reduce((sum, count) => sum + count, 0),
  );
  writer.doubleField(3, 1).doubleField(4, 3).doubleField(5, 2).doubleField(6, 6);
  writer.bytesField(7, Buffer.concat(keys.map((key) => varint(key >= 0 ? 2 * key : -2 * key - 1))));
  writer.bytesField(8, Buffer.concat(counts.map(varint)));
  writer.close();
  writer.close();
  return writer.finish();
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left >= 128 ? (left % 128) | 0x80 : left);
    if (left < 128) return Buffer.from(bytes);
  }
}

/** The values of version 0.5: texts by their number in the dictionary. */
export const DICTIONARY = {
  texts: ['', 'shop', 'pg.query', 'SELECT', 'span.kind', 'client', 'rows', 'sql'],
  span: [1n, 2n, 3n, 7n, 8n, 9n, 1_700_000_000_000_000_000n, 5n, 0n, new Map([[4n, 5n]]), new Map([[6n, 2.5]]), 7n],
} as const;

function agentPayload(): Uint8Array {
  const writer = new WireWriter();
  writer.stringField(1, 'web-1').stringField(2, 'test');
  writer.open(5);
  writer.stringField(1, 'abc').stringField(2, 'nodejs').stringField(4, '5.0');
  writer.open(7);
  writer.stringField(1, 'runtime').stringField(2, 'containerd');
  writer.close();
  writer.open(6);
  writer.open(3);
  writer.stringField(1, 'shop').stringField(2, 'op').stringField(3, 'res').stringField(12, 'http');
  writer.varintField(4, 7).varintField(5, 8).varintField(6, 9).varintField(7, 1000).varintField(8, 20);
  for (const [field, value] of [[10, 'GET'] as const]) {
    writer.open(field);
    writer.stringField(1, 'http.method').stringField(2, value);
    writer.close();
  }
  writer.open(13);
  writer.stringField(1, 'appsec').bytesField(2, pack({ blocked: true }));
  writer.close();
  writer.open(11);
  writer.stringField(1, 'rows').doubleField(2, 3);
  writer.close();
  writer.close();
  writer.close();
  writer.close();
  return writer.finish();
}

function seriesPayload(): Uint8Array {
  const writer = new WireWriter();
  writer.open(1);
  writer.open(1);
  writer.stringField(1, 'host').stringField(2, 'web-1');
  writer.close();
  writer.stringField(2, 'jobs').stringField(3, 'env:test').stringField(3, 'queue:mail').stringField(3, 'queue:sms');
  writer.open(4);
  writer.doubleField(1, 2).varintField(2, 1_700_000_000);
  writer.close();
  writer.varintField(5, 2).stringField(6, 'job').stringField(7, 'System').varintField(8, 10);
  writer.close();
  return writer.finish();
}

/** Encodes a sketch of durations. `contiguous` are the counts of the buckets from `index`. */
export function latencySketch({ gamma = 1.02, index = 0, contiguous = [] as readonly number[], zeroCount = 0 } = {}) {
  const writer = new WireWriter();
  writer.open(1);
  writer.doubleField(1, gamma);
  writer.close();
  writer.open(2);
  const counts = Buffer.alloc(8 * contiguous.length);
  for (const [at, count] of contiguous.entries()) counts.writeDoubleLE(count, 8 * at);
  writer.bytesField(2, counts).varintField(3, index >= 0 ? 2 * index : -2 * index - 1);
  writer.close();
  writer.doubleField(4, zeroCount);
  return writer.finish();
}

/** Index of the bucket of a duration. */
function indexOf(nanos: number): number {
  return Math.floor(Math.log(nanos) / Math.log(1.02));
}

/** The statistics of a tracer. */
export const STATS = {
  Hostname: 'web-1',
  Env: 'test',
  Version: '1.2',
  Stats: [
    {
      Start: 1_700_000_000_000_000_000n,
      Duration: 10_000_000_000n,
      Stats: [
        {
          Service: 'shop',
          Name: 'http.request',
          Resource: 'GET /',
          Type: 'web',
          HTTPStatusCode: 200n,
          SpanKind: 'server',
          Hits: 7n,
          Errors: 1n,
          Duration: 99n,
          OkSummary: latencySketch({ index: indexOf(2e9), contiguous: [5], zeroCount: 1 }),
          ErrorSummary: latencySketch({ index: indexOf(1e6), contiguous: [1] }),
          PeerTags: ['peer.hostname:db-1'],
        },
      ],
    },
  ],
};

/** A request of each kind. */
export const REQUESTS: readonly DatadogRequest[] = [
  { path: '/v0.4/traces', contentType: MESSAGE_PACK, body: pack([[SPAN]]) },
  {
    path: '/v0.3/traces',
    contentType: JSON_TYPE,
    body: Buffer.from(
      '[[{"trace_id":18446744073709551615,"span_id":2,"name":"a","start":1,"duration":2,"meta":{"a":"b"},"metrics":{"c":1.5}}]]',
    ),
  },
  { path: '/v0.5/traces', contentType: MESSAGE_PACK, body: pack([[...DICTIONARY.texts], [[[...DICTIONARY.span]]]]) },
  {
    path: '/v0.7/traces',
    contentType: MESSAGE_PACK,
    body: pack({
      language_name: '.NET',
      env: 'test',
      hostname: 'h',
      tags: { region: 'eu' },
      chunks: [{ priority: 1n, spans: [SPAN], tags: { '_dd.p.tid': 'ff' } }],
    }),
  },
  { path: '/api/v0.2/traces', contentType: PROTOBUF, body: agentPayload() },
  { path: '/v0.6/stats', contentType: MESSAGE_PACK, body: pack(STATS) },
  {
    path: '/api/v1/series',
    contentType: JSON_TYPE,
    body: Buffer.from(
      '{"series":[{"metric":"m","type":"rate","interval":10,"points":[[1700000000,2.5],[1700000010,3]],"tags":["env:test","a:b"],"host":"h"}]}',
    ),
  },
  { path: '/api/v2/series', contentType: PROTOBUF, body: seriesPayload() },
  {
    path: '/api/v2/series',
    contentType: JSON_TYPE,
    body: Buffer.from(
      '{"series":[{"metric":"m","type":1,"points":[{"timestamp":1700000000,"value":2}],"resources":[{"type":"host","name":"h"}]}]}',
    ),
  },
  {
    path: '/api/v1/check_run',
    contentType: JSON_TYPE,
    body: Buffer.from('[{"check":"up","host_name":"h","status":2,"timestamp":1700000000,"tags":["env:test"]}]'),
  },
  { path: '/api/beta/sketches', contentType: PROTOBUF, body: sketchPayload([-1400, 0, 1338, 1500], [1, 2, 3, 4]) },
  {
    path: '/api/v2/logs',
    contentType: JSON_TYPE,
    body: Buffer.from(
      '[{"message":"m","ddtags":"env:test, a:b","status":"error","timestamp":1700000000123,"dd":{"trace_id":"65f0d2a1000000007b633813fc60c001","span_id":"17"},"n":5},{"message":{"a":[1,null]}}]',
    ),
  },
];
