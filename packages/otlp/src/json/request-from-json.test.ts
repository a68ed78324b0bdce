import assert from 'node:assert/strict';
import { test } from 'node:test';
import root from '@opentelemetry/otlp-transformer-oracle/build/src/generated/root.js';
import type { Signal } from '../signals.ts';
import { normalizeRequest } from '../wire/normalize.ts';
import { requestFromJson } from './request-from-json.ts';
import { requestToJson } from './request-to-json.ts';

/** The part of the protobufjs API used by these tests. */
interface Oracle {
  readonly decode: (bytes: Uint8Array) => object;
  readonly encode: (message: object) => { readonly finish: () => Uint8Array };
  readonly toObject: (message: object, options: object) => object;
}
interface Collector {
  readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: Oracle } };
  readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Oracle } };
}
const { collector } = (root as unknown as { opentelemetry: { proto: { collector: Collector } } }).opentelemetry.proto;
const { ExportTraceServiceRequest } = collector.trace.v1;
const { ExportMetricsServiceRequest } = collector.metrics.v1;

interface DecodedValue {
  readonly value?: string;
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly bytesValue?: Uint8Array;
}
interface DecodedSpan {
  readonly kind: number;
  readonly attributes: readonly { readonly value: DecodedValue }[];
}

function decode(oracle: Oracle, bytes: Uint8Array): Readonly<Record<string, never>> {
  return oracle.toObject(oracle.decode(bytes), { longs: String, oneofs: true, arrays: true }) as Record<string, never>;
}

function read(signal: Signal, json: unknown): Uint8Array {
  const request = requestFromJson(signal, typeof json === 'string' ? json : JSON.stringify(json));
  assert.ok(request.ok, request.ok ? '' : request.reason);
  const normalized = normalizeRequest(signal, request.bytes);
  assert.ok(normalized.ok);
  assert.equal(normalized.bytes, request.bytes, 'the result is canonical');
  assert.equal(normalized.itemCount, request.itemCount);
  return request.bytes;
}

function rejection(signal: Signal, json: unknown): string {
  const request = requestFromJson(signal, typeof json === 'string' ? json : JSON.stringify(json));
  assert.ok(!request.ok, 'the request is rejected');
  return request.reason;
}

const span = (fields: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
const value = (json: string): string => span(`"attributes":[{"key":"k","value":${json}}]`);
const number = (fields: string): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{${fields}}]}}]}]}]}`;

function firstSpan(json: string): DecodedSpan {
  const request: { resourceSpans: { scopeSpans: { spans: DecodedSpan[] }[] }[] } = decode(
    ExportTraceServiceRequest,
    read('traces', json),
  ) as never;
  return request.resourceSpans[0]?.scopeSpans[0]?.spans[0] as DecodedSpan;
}

function firstValue(json: string): DecodedValue {
  return firstSpan(json).attributes[0]?.value as DecodedValue;
}

test('reads every field of a span as protobufjs encodes it', () => {
  const bytes = read('traces', {
    resourceSpans: [
      {
        resource: {
          attributes: [{ key: 'service.name', value: { stringValue: 'Kasse "ä"\n\u0001😀' } }],
          droppedAttributesCount: 1,
        },
        scopeSpans: [
          {
            scope: { name: 'lib', version: '1', attributes: [{ key: 'a', value: { boolValue: false } }] },
            spans: [
              {
                traceId: '5B8EFFF798038103D269B633813FC60C',
                spanId: 'eee19b7ec3c1b174',
                traceState: 'ot=th:8',
                parentSpanId: '',
                name: 'I\u2028',
                kind: 2,
                startTimeUnixNano: '1544712660000000001',
                endTimeUnixNano: '18446744073709551615',
                attributes: [
                  { key: 's', value: { stringValue: '' } },
                  { key: 'i', value: { intValue: '-9223372036854775808' } },
                  { key: 'd', value: { doubleValue: 1.5 } },
                  { key: 'y', value: { bytesValue: 'AP8_' } },
                  { key: 'l', value: { arrayValue: { values: [{ intValue: 0 }, {}] } } },
                  { key: 'm', value: { kvlistValue: { values: [{ key: 'x', value: { stringValue: 'y' } }] } } },
                  { key: 'e', value: {} },
                ],
                droppedAttributesCount: 4294967295,
                events: [{ timeUnixNano: '1', name: 'e', attributes: [], droppedAttributesCount: 2 }],
                links: [{ traceId: '00000000000000000000000000000001', spanId: '0000000000000002' }],
                status: { message: 'm', code: 2 },
              },
            ],
            schemaUrl: 'https://scope',
          },
        ],
        schemaUrl: 'https://resource',
      },
    ],
  });
  const decoded = ExportTraceServiceRequest.decode(bytes);
  assert.deepEqual(Buffer.from(ExportTraceServiceRequest.encode(decoded).finish()), Buffer.from(bytes));
  const { resourceSpans } = decode(ExportTraceServiceRequest, bytes) as unknown as {
    resourceSpans: { resource: object; scopeSpans: { spans: DecodedSpan[] }[] }[];
  };
  assert.deepEqual(resourceSpans[0]?.resource, {
    attributes: [{ key: 'service.name', value: { stringValue: 'Kasse "ä"\n\u0001😀', value: 'stringValue' } }],
    droppedAttributesCount: 1,
  });
  const values = resourceSpans[0]?.scopeSpans[0]?.spans[0]?.attributes.map((attribute) => attribute.value) ?? [];
  assert.equal(values[0]?.value, 'stringValue', 'keeps a member of a oneof that has the default value');
  assert.equal(values[1]?.intValue, '-9223372036854775808');
  assert.deepEqual([...(values[3]?.bytesValue ?? [])], [0, 255, 63]);
});

test('reads names in snake_case, with escapes, and in any order', () => {
  const [a, b] = [
    span('"name":"n","startTimeUnixNano":"5","droppedEventsCount":3'),
    '{"resource_spans":[{"scope_spans":[{"spans":[{"dropped_events_count":3,"n\\u0061me":"n","start_time_unix_nano":"5"}]}]}]}',
  ].map((json) => decode(ExportTraceServiceRequest, read('traces', json)));
  assert.deepEqual(a, b);
});

test('ignores unknown fields of any kind, and null', () => {
  const unknown = '"x":{"a":[1,"]",{"b":null}],"c":{}},"y":[],"z":-1.5e3,"t":true,"traceId":null,"events":null,';
  assert.deepEqual(read('traces', span(`${unknown}"name":"n"`)), read('traces', span('"name":"n"')));
  const deep = `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`;
  assert.deepEqual(read('traces', span(`"x":${deep},"name":"n"`)), read('traces', span('"name":"n"')));
});

test('reads 64-bit integers exactly, from strings and numbers, with fraction or exponent', () => {
  for (const [text, expected] of [
    ['"9223372036854775807"', '9223372036854775807'],
    ['9223372036854775807', '9223372036854775807'],
    ['"-9223372036854775808"', '-9223372036854775808'],
    ['-9007199254740993', '-9007199254740993'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['12.50e1', '125'],
    ['9.223372036854775807E+18', '9223372036854775807'],
    ['0.0e99', '0'],
    ['"00012"', '12'],
    ['4294967296', '4294967296'],
    ['-4294967296', '-4294967296'],
    ['1000000000000000000', '1000000000000000000'],
  ] as const) {
    assert.equal(firstValue(value(`{"intValue":${text}}`)).intValue, expected, text);
  }
});

test('rejects integers out of range, with a fraction, or malformed, and names the field', () => {
  for (const text of [
    '9223372036854775808',
    '-9223372036854775809',
    '1.5',
    '"x"',
    '""',
    '"1 "',
    'true',
    '1e19',
    '1e400',
    '"99999999999999999999999"',
    `1.${'0'.repeat(100_000)}1`,
    `1.${'0'.repeat(1_000_000)}`,
  ]) {
    assert.match(
      rejection('traces', value(`{"intValue":${text}}`)),
      /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.attributes\[0\]\.value\.intValue: expected an integer of 64 bits, got /,
      text,
    );
  }
  assert.match(rejection('traces', span('"startTimeUnixNano":-1')), /expected an unsigned integer of 64 bits, got -1$/);
  assert.match(rejection('traces', span('"startTimeUnixNano":18446744073709551616')), /unsigned integer of 64 bits/);
  assert.match(
    rejection('traces', span('"flags":4294967296')),
    /expected an unsigned integer of 32 bits, got 4294967296$/,
  );
});

test('reads enums by name and by number, unknown numbers included', () => {
  assert.equal(firstSpan(span('"kind":3')).kind, 3);
  assert.equal(firstSpan(span('"kind":"SPAN_KIND_CLIENT"')).kind, 3);
  assert.equal(firstSpan(span('"kind":99')).kind, 99);
  assert.match(
    rejection('traces', span('"kind":"CLIENT"')),
    /spans\[0\]\.kind: expected the number or name of a SpanKind, got "CLIENT"$/,
  );
});

test('reads doubles, including those without a JSON number', () => {
  const double = (text: string): number | undefined => firstValue(value(`{"doubleValue":${text}}`)).doubleValue;
  assert.equal(double('"NaN"'), Number.NaN);
  assert.equal(double('"-Infinity"'), Number.NEGATIVE_INFINITY);
  assert.equal(double('"1.25e-3"'), 0.00125);
  assert.ok(Object.is(double('-0.0'), -0));
  assert.equal(double('5e-324'), 5e-324);
  assert.match(rejection('traces', value('{"doubleValue":1e999}')), /doubleValue: expected a number, got 1e999$/);
  assert.match(rejection('traces', value('{"doubleValue":"0x10"}')), /doubleValue: expected a number, got "0x10"$/);
});

test('distinguishes an integer zero from a missing value in a data point', () => {
  const point = (json: string): { value?: string } => {
    const request = decode(ExportMetricsServiceRequest, read('metrics', number(json))) as unknown as {
      resourceMetrics: { scopeMetrics: { metrics: { sum: { dataPoints: { value?: string }[] } }[] }[] }[];
    };
    return request.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.sum.dataPoints[0] as { value?: string };
  };
  assert.equal(point('"asInt":"0"').value, 'asInt');
  assert.equal(point('').value, undefined);
});

test('reports the path of a value that does not fit', () => {
  const refused: readonly (readonly [string, string])[] = [
    [
      span('"traceId":"xyz"'),
      'resourceSpans[0].scopeSpans[0].spans[0].traceId: expected 32 hexadecimal digits, got "xyz"',
    ],
    [
      span('"spanId":"zz1234567890abcd"'),
      'resourceSpans[0].scopeSpans[0].spans[0].spanId: expected 16 hexadecimal digits, got "zz1234567890abcd"',
    ],
    [span('"name":5'), 'resourceSpans[0].scopeSpans[0].spans[0].name: expected a string, got 5'],
    [span('"status":[]'), 'resourceSpans[0].scopeSpans[0].spans[0].status: expected an object, got a list'],
    ['{"resourceSpans":{}}', 'resourceSpans: expected a list, got an object'],
    ['{"resourceSpans":[{},null]}', 'resourceSpans[1]: expected an object, got null'],
    ['[]', 'request: expected an object, got a list'],
    ['"a\nb"', 'request: expected an object, got "a\ufffdb"'],
    ['', 'request: expected an object, got the end'],
    [
      value('{"bytesValue":"a-b*"}'),
      'resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.bytesValue: expected base64, got "a-b*"',
    ],
    [
      value('{"boolValue":"true"}'),
      'resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.boolValue: expected true or false, got "true"',
    ],
    [
      value('{"boolValue":true,"intValue":1}'),
      'resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue: expected one member of "value", got "intValue"',
    ],
    [
      span('"name":"a","name":"b"'),
      'resourceSpans[0].scopeSpans[0].spans[0].name: expected the field once, got "name"',
    ],
    [span(`"name":[${'1'.repeat(60)}]`), 'resourceSpans[0].scopeSpans[0].spans[0].name: expected a string, got a list'],
    [
      span(`"kind":${'1'.repeat(60)}`),
      `resourceSpans[0].scopeSpans[0].spans[0].kind: expected an integer of 32 bits, got ${'1'.repeat(40)}…`,
    ],
  ];
  for (const [json, reason] of refused) assert.equal(rejection('traces', json), reason);
});

test('reports line and column of invalid JSON', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [
      '{\n "resourceSpans": [\n  {},\n ]}',
      /^malformed JSON at line 4, column 2: expected another member after ",", got "]}"$/,
    ],
    ['{"resourceSpans":[]} x', /^malformed JSON at line 1, column 22: expected the end of the text, got "x"$/],
    ['{"resourceSpans":[{]}', /column 20: expected a string, got "]}"$/],
    ['{"a":1 "b":2}', /column 8: expected "," or "}", got/],
    ['{"a" 1}', /expected ":"/],
    ['{"a":01}', /expected no digits after a leading 0$/],
    ['{"a":1.}', /expected a value, got "}"$/],
    ['{"a":tru}', /expected true, got "tru}"$/],
    ['{"a":"x', /column 6: expected the end of the string that begins here$/],
    ['{"a":"\n"}', /column 7: expected no bare control character in a string$/],
    ['{"a":"\\x"}', /column 6: expected valid escapes in the string that begins here$/],
    ['{"a":{"\\x":1}}', /column 7: expected valid escapes in the string that begins here$/],
    ['{"a":[1,2}', /expected "," or "]", got "}"$/],
    ['{', /expected a string, got the end$/],
    ["{'a':1}", /expected a string, got "'a':1}"$/],
  ];
  for (const [json, reason] of refused) assert.match(rejection('traces', json), reason, json);
});

test('rejects invalid UTF-8, and skips a byte order mark', () => {
  const encoder = new TextEncoder();
  const bad = encoder.encode(span('"name":"xx"'));
  bad[bad.indexOf(0x78)] = 0xff;
  const refused = requestFromJson('traces', bad);
  assert.match(refused.ok ? '' : refused.reason, /expected UTF-8 in the string that begins here$/);
  const marked = requestFromJson('traces', encoder.encode(`\ufeff${span('')}`));
  assert.ok(marked.ok && marked.itemCount === 1);
});

test('rejects values nested deeper than the wire format allows', () => {
  const nested = (levels: number): string =>
    value(`${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${']}}'.repeat(levels)}`);
  // The request, resource, scope, span, attribute and value are above it, and each list adds two levels.
  read('traces', nested(47));
  assert.match(rejection('traces', nested(48)), /expected messages nested no deeper than 100, got an object$/);
});

test('rejects profiles', () => {
  assert.match(rejection('profiles', '{}'), /^profiles cannot be read from JSON; send protobuf$/);
  assert.throws(() => requestToJson('profiles', new Uint8Array()), /profiles cannot be written as JSON/);
});

test('reads a lone surrogate as U+FFFD', () => {
  const json = value('{"stringValue":"\\ud800x"}');
  assert.equal(firstValue(json).stringValue, '\ufffdx');
});

test('reads an empty request as no bytes', () => {
  assert.equal(read('logs', '{}').length, 0);
  assert.equal(requestToJson('logs', new Uint8Array()), '{}');
});
