import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectionOf, tracer, traces } from './start-from.testing.ts';

const exporter = (text: string) => traces(`processors:\n  - batch:\n      exporter:\n        ${text}`);
const AT = 'tracer_provider.processors[0].batch';

const BAD: readonly (readonly [text: string, message: string])[] = [
  ['', 'otel.yaml: file_format: expected "1.0", a release candidate of it, or a later 1.x, got nothing'],
  ['file_format: 1.0', 'otel.yaml:1: file_format: expected text, got 1'],
  [
    'file_format: "0.4"',
    'otel.yaml:1: file_format: expected "1.0", a release candidate of it, or a later 1.x, got "0.4"',
  ],
  [
    'a: [',
    'otel.yaml:1: expected YAML or JSON: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['- a', 'otel.yaml: expected a mapping, got a list'],
  ['file_format: "1.0"\nfile_format: "1.0"', 'otel.yaml:2: expected YAML or JSON: Map keys must be unique'],
  [
    'file_format: "1.0"\ntracer_provder:',
    'otel.yaml:2: tracer_provder: expected file_format, disabled, log_level, attribute_limits, resource, propagator, tracer_provider, meter_provider, logger_provider, instrumentation/development or distribution, got "tracer_provder"',
  ],
  [
    'file_format: "1.0"\ninstrumentation/development: { general: { http: { client: { request_captured_headers: [a] } } } }',
    'otel.yaml:2: instrumentation/development.general.http.client.request_captured_headers[0]: expected nothing, for this library does not set up instrumentations, got "a"',
  ],
  [
    `file_format: "1.0"\ndisabled: \${X:?secret}`,
    `otel.yaml:2: expected \${NAME}, \${env:NAME} or \${NAME:-default}, got \${X:…}`,
  ],
  [
    `file_format: "1.0"\ndisabled: \${sys:x}`,
    `otel.yaml:2: expected \${NAME}, \${env:NAME} or \${NAME:-default}, got \${sys:…}`,
  ],
  ['file_format: "1.0"\ndisabled: "yes"', 'otel.yaml:2: disabled: expected true or false, got "yes"'],
  ['file_format: "1.0"\nlog_level: loud', /log_level: expected trace, trace2, .* or fatal4, got "loud"$/.source],
  [
    traces('sampler: { always_on: }'),
    'otel.yaml:3: tracer_provider.processors: expected a list of at least one, got nothing',
  ],
  [
    traces('processors: []'),
    'otel.yaml:3: tracer_provider.processors: expected a list of at least one, got an empty list',
  ],
  [
    traces('processors: [{ batch: }]'),
    'otel.yaml:3: tracer_provider.processors[0].batch.exporter: expected an exporter, got nothing',
  ],
  [
    traces('processors: [{ own: }]'),
    'otel.yaml:3: tracer_provider.processors[0].own: expected batch or simple, got "own"',
  ],
  [
    exporter('zipkin: {}'),
    `otel.yaml:6: ${AT}.exporter.zipkin: expected otlp_http, otlp_grpc, console or otlp_file/development, got "zipkin"`,
  ],
  [
    exporter('{ console: , otlp_http: }'),
    `otel.yaml:6: ${AT}.exporter: expected a mapping with one of the keys otlp_http, otlp_grpc, console or otlp_file/development, got a mapping`,
  ],
  [
    exporter('otlp_http: { endpont: x }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.endpont: expected endpoint, tls, headers, headers_list, compression, timeout, max_request_size, max_response_size or encoding, got "endpont"`,
  ],
  [
    exporter('otlp_http: { endpoint: "localhost" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.endpoint: expected an http or https URL, got "localhost"`,
  ],
  [
    exporter('otlp_grpc: { endpoint: "localhost" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc: expected a usable exporter, got endpoint: expected host:port, [ipv6]:port or unix:/path, got "localhost"`,
  ],
  [
    exporter('otlp_http: { compression: lz4 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.compression: expected none, gzip, deflate, zstd or brotli, got "lz4"`,
  ],
  [
    exporter('otlp_grpc: { compression: brotli }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc.compression: expected none, gzip, deflate or zstd, got "brotli"`,
  ],
  [
    exporter('otlp_http: { timeout: -1 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.timeout: expected a whole number from 0 to 86400000, got -1`,
  ],
  [
    exporter('otlp_http: { encoding: xml }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.encoding: expected protobuf or json, got "xml"`,
  ],
  [
    exporter('otlp_http: { headers: { a: secret } }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers: expected a list of at least one, got a mapping`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a, value: 12345 }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0].value: expected text, got a secret number`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0].value: expected the value of the header, got nothing`,
  ],
  [
    exporter('otlp_http: { headers: [{ name: a, value: "secret\\n" }] }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers[0]: expected a valid HTTP header, got a mapping`,
  ],
  [
    exporter('otlp_http: { headers_list: "a=1,secret" }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.headers_list: expected name=value as member 2, got something else`,
  ],
  [
    exporter('otlp_http: { max_request_size: 1000 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.max_request_size: expected 0 or 67108864, for requests are bounded by max_export_batch_size, got 1000`,
  ],
  [
    exporter('otlp_grpc: { max_response_size: 1000 }'),
    `otel.yaml:6: ${AT}.exporter.otlp_grpc.max_response_size: expected 4194304, for this library bounds responses itself, got 1000`,
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nid_generator: { own: }'),
    'otel.yaml:4: tracer_provider.id_generator.own: expected random, got "own"',
  ],
  [
    exporter('otlp_http: { tls: { cert_file: /none } }'),
    `otel.yaml:6: ${AT}.exporter.otlp_http.tls: expected key_file and cert_file together, got only one of them`,
  ],
  [
    exporter('otlp_file/development: { output_stream: /tmp/x }'),
    `otel.yaml:6: ${AT}.exporter.otlp_file/development.output_stream: expected stdout or file:///path/to/file.jsonl, got "/tmp/x"`,
  ],
  [exporter('console: { color: true }'), `otel.yaml:6: ${AT}.exporter.console.color: expected no keys, got "color"`],
  [
    traces('processors: [{ batch: { max_queue_size: 10, max_export_batch_size: 11, exporter: { console: } } }]'),
    `otel.yaml:3: ${AT}.max_export_batch_size: expected at most max_queue_size, 10, got 11`,
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nlimits: { attribute_value_depth_limit: 3 }'),
    'otel.yaml:4: tracer_provider.limits.attribute_value_depth_limit: expected at least 32, because deeper values are dropped, got 3',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nlimits: { event_count_limit: many }'),
    'otel.yaml:4: tracer_provider.limits.event_count_limit: expected a whole number from 0 to 2147483647, got "many"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { jaeger_remote/development: { endpoint: x } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.jaeger_remote/development: expected always_on, always_off, trace_id_ratio_based, probability/development, parent_based, always_record or composite/development, got "jaeger_remote/development"',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\nsampler: { trace_id_ratio_based: { ratio: 2 } }'),
    'otel.yaml:4: tracer_provider.sampler.trace_id_ratio_based.ratio: expected a number from 0 to 1, got 2',
  ],
  [
    traces('processors: [{ simple: { exporter: { console: } } }]\ntracer_configurator/development: {}'),
    'otel.yaml:4: tracer_provider.tracer_configurator/development: expected processors, limits, sampler or id_generator, got "tracer_configurator/development"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { composite/development: { rule_based: { rules: [{ span_kinds: [serve], sampler: { always_on: } }] } } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.composite/development.rule_based.rules[0].span_kinds[0]: expected internal, server, client, producer or consumer, got "serve"',
  ],
  [
    traces(
      'processors: [{ simple: { exporter: { console: } } }]\nsampler: { composite/development: { rule_based: { rules: [{ attribute_values: { values: [a] }, sampler: { always_on: } }] } } }',
    ),
    'otel.yaml:4: tracer_provider.sampler.composite/development.rule_based.rules[0].attribute_values.key: expected the key of an attribute, got nothing',
  ],
  [
    'file_format: "1.0"\nmeter_provider: {}',
    'otel.yaml:2: meter_provider.readers: expected a list of at least one, got nothing',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ pull: { exporter: { prometheus/development: } } }] }',
    'otel.yaml:2: meter_provider.readers[0].pull: expected periodic, got "pull"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: { temporality_preference: lowmemory } } } }] }',
    'otel.yaml:2: meter_provider.readers[0].periodic.exporter.console.temporality_preference: expected cumulative, delta or low_memory, got "lowmemory"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: }, cardinality_limits: { counter: 1 } } }] }',
    'otel.yaml:2: meter_provider.readers[0].periodic.cardinality_limits.counter: expected default, got "counter"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: "a*" }, stream: { name: b } }] }',
    'otel.yaml:2: meter_provider.views[0].selector.instrument_name: expected the name of one instrument, because the stream has a name, got "a*"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: a }, stream: { attribute_keys: { included: ["a*"] } } }] }',
    'otel.yaml:2: meter_provider.views[0].stream.attribute_keys.included[0]: expected a key without * and ?, because views do not support patterns of keys, got "a*"',
  ],
  [
    'file_format: "1.0"\nmeter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [{ selector: { instrument_name: a }, stream: { aggregation: { explicit_bucket_histogram: { boundaries: [2, 1] } } } }] }',
    'otel.yaml:2: meter_provider.views[0].stream.aggregation.explicit_bucket_histogram.boundaries: expected increasing numbers, got a list',
  ],
  [
    'file_format: "1.0"\npropagator: { composite: [{ xray: }] }',
    'otel.yaml:2: propagator.composite[0].xray: expected tracecontext, baggage, b3, b3multi or jaeger, got "xray"',
  ],
  [
    'file_format: "1.0"\npropagator: { composite_list: "baggage,xray" }',
    'otel.yaml:2: propagator.composite_list: expected tracecontext or baggage or b3 or b3multi or jaeger, got "xray"',
  ],
  [
    'file_format: "1.0"\nresource: { schema_url: "https://x" }',
    'otel.yaml:2: resource.schema_url: expected nothing, for this library does not support schema URLs of resources, got "https://x"',
  ],
  [
    'file_format: "1.0"\nresource: { attributes: [{ name: a, value: 1 }] }',
    'otel.yaml:2: resource.attributes[0].value: expected a value of type string, got 1',
  ],
  [
    'file_format: "1.0"\nresource: { attributes: [{ name: a, value: [1, b], type: int_array }] }',
    'otel.yaml:2: resource.attributes[0].value[1]: expected a value of type int, got "b"',
  ],
  [
    'file_format: "1.0"\nresource: { attributes_list: "a" }',
    'otel.yaml:2: resource.attributes_list: expected a comma-separated list of percent-encoded key=value pairs, got "a"',
  ],
  [
    'file_format: "1.0"\nresource: { detection/development: { detectors: [{ aws: }] } }',
    'otel.yaml:2: resource.detection/development.detectors[0].aws: expected host, process, container, service, os or kubernetes, got "aws"',
  ],
];
for (const [text, message] of BAD) {
  test(`rejects an invalid file: ${message.slice(0, 90)}`, async (t) => {
    const rejection = await rejectionOf(t, text);
    if (message.startsWith('otel.yaml')) assert.equal(rejection, message);
    else assert.match(rejection, new RegExp(message));
    assert.doesNotMatch(rejection.replace('a secret number', ''), /secret/);
    assert.equal(tracer().startSpan('x').isRecording(), false);
  });
}
