import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONFIG, runTests } from './test-files.testing.ts';

/** Durations differ between runs. */
function withoutDurations(text: string): string {
  return text.replace(/ \(\d+ ms\)/g, '');
}

describe('otelier test', () => {
  test('runs pipelines, lists of components and receivers, and exits with code 0', async () => {
    const tests = `
config: conf/otelier.yaml
tests:
  - name: a pipeline drops health checks
    pipeline: traces
    given:
      - spans:
          - {name: GET /, kind: SPAN_KIND_SERVER, attributes: {http.route: /, n: 9007199254740993, d: 5.0, nan: .nan}}
          - {name: GET /healthz, attributes: {http.route: /healthz}}
    expect:
      - exporter: otlp_grpc/far
        spans: [{name: GET /, kind: 2, attributes: {http.route: /, n: 9007199254740993, d: 5.0, nan: .nan}}]
    dropped: {processors/filter: 1, processors/batch: 0}
  - name: connectors lead to other pipelines
    receiver: otlp
    given:
      - spans:
          - {name: a, trace_id: '00000000000000000000000000000001', status: {code: 2}, resource: {attributes: {env: test}}}
          - {name: b, trace_id: '00000000000000000000000000000002', status: {code: 2}}
          - {name: c, trace_id: '00000000000000000000000000000003'}
      - advance: 12s
    expect:
      - {exporter: otlp_http, spans: [{name: a}], match: subset, count: 1}
      - {pipeline: traces/other, spans: [{name: b, trace_state: }], match: subset, count: 1}
      - {pipeline: traces, count: 3}
    dropped: {processors/tail_sampling: {sampled: 1}}
  - name: components
    components: [tail_sampling, routing]
    drain: false
    given:
      - spans: [{name: a, trace_id: '00000000000000000000000000000001', status: {code: 2}}]
      - advance: 8s
    expect:
      - {pipeline: traces/other, count: 0}
      - {pipeline: traces/test, spans: []}
  - name: conditions
    pipeline: logs
    given: [{logs: [{severity_text: ERROR, body: {a: [1, 2]}}, {severity_text: INFO, body: ok}]}]
    expect:
      - exporter: otlp_http
        ordered: true
        logs: [{severity_text: ERROR, body: {a: [1, 2]}, attributes: {seen: true}}, {severity_text: INFO, body: ok}]
        every: ['severity_text != ""']
        any: ['attributes["seen"] == true']
        none: ['resource.attributes["x"] != nil']
  - name: metrics
    components: [batch]
    given: [{metrics: [{name: m, unit: s, gauge: {data_points: [{as_double: .nan}, {as_int: '9007199254740993'}]}}]}]
    expect:
      - metrics: [{name: m, unit: s, gauge: {data_points: [{as_double: .nan}, {as_int: 9007199254740993}]}}]
      - match: subset
        metrics: [{name: m, description: , metadata: {a: }, gauge: {data_points: [{as_int: 9007199254740993}, {as_double: .nan}]}}]
`;
    const ended = await runTests({ 'a.test.yaml': tests, 'conf/otelier.yaml': CONFIG }, ['a.test.yaml']);
    assert.deepEqual(
      [ended.code, withoutDurations(ended.stdout), ended.stderr],
      [
        0,
        `a.test.yaml
  ok      a pipeline drops health checks
  ok      connectors lead to other pipelines
  ok      components
  ok      conditions
  ok      metrics

5 tests: 5 passed
`,
        '',
      ],
    );
  });

  test('names the item and the field that differ, and exits with code 1', async () => {
    const tests = `config: otelier.yaml
tests:
  - name: differs
    pipeline: traces
    given:
      - spans: [{name: GET /, kind: 2, attributes: {n: 9007199254740993, d: 5}}, {name: other}, {name: GET /healthz}]
    expect:
      - spans:
          - {name: GET /, kind: 3, attributes: {n: 9007199254740992, d: 5.0}, resource: {attributes: {a: b}}}
          - {name: missing}
          - {name: other}
        every: ['kind != SPAN_KIND_SERVER']
        any: ['name == "none"']
    dropped: {processors/filter: {filtered: 1}}
  - name: metric
    components: [batch]
    given: [{metrics: [{name: m, unit: s, gauge: {data_points: [{as_int: 1}]}}]}]
    expect: [{metrics: [{name: m, unit: ms, gauge: {data_points: [{as_int: 1}]}}]}, {match: subset, metrics: [{name: m, unit: , gauge: {data_points: [{}]}}]}]
`;
    const ended = await runTests({ 'a.test.yaml': tests, 'otelier.yaml': CONFIG }, ['a.test.yaml']);
    assert.equal(ended.code, 1);
    assert.equal(
      withoutDurations(ended.stdout),
      `a.test.yaml
  failed  differs
    a.test.yaml:9:13: exporters/otlp_grpc/far: expected item 1 "GET /", got item 1, which differs
      kind: expected 3, got 2
      attributes["n"]: expected 9007199254740992, got 9007199254740993
      attributes["d"]: expected 5.0, got 5
      resource: expected {attributes: {a: "b"}}, got nothing
    a.test.yaml:10:13: exporters/otlp_grpc/far: expected item 2 "missing", got item 3, which differs
      name: expected "missing", got "GET /healthz"
    a.test.yaml:12:17: exporters/otlp_grpc/far: expected every item to match kind != SPAN_KIND_SERVER, got 1 of 3 that do not: item 1: {name: "GET /", kind: 2, attributes: {n: 9007199254740993, d: 5}}
    a.test.yaml:13:15: exporters/otlp_grpc/far: expected an item that matches name == "none", got none of 3
    a.test.yaml:14:35: processors/filter: expected 1 item dropped as filtered, got 0
  failed  metric
    a.test.yaml:18:25: output: expected item 1 "m", got item 1, which differs
      metric.unit: expected "ms", got "s"
    a.test.yaml:18:111: output: expected item 1 "m", got item 1, which differs
      metric.unit: expected nothing, got "s"

2 tests: 0 passed, 2 failed
`,
    );
  });

  test('reports the errors of test files and configurations at their positions, and exits with code 2', async () => {
    const own = `config:
  processors:
    filter: {traces: {span: ['attributes["http.route" ==']}}
tests:
  - name: a
    components: [filtr]
    given:
      - spans: [{nmae: a, trace_id: xyz}]
      - advance: soon
    expect: [{count: 1, evry: []}]
`;
    const names = `config: otelier.yaml
tests:
  - name: a
    pipeline: trace
    given: [{spans: [{name: a, trace_id: xyz}]}, {file: none.json}, {file: broken.jsonl}]
    expect: [{count: 1}]
`;
    const targets = `config: otelier.yaml
tests:
  - name: a
    receiver: otlp
    given: [{spans: [{name: a}]}]
    expect: [{exporter: otlp_htp, count: 1}, {signal: traces, count: 1}, {pipeline: traces, every: ['nme == 1']}]
    dropped: {processors/filtr: 1}
  - name: b
    pipeline: logs
    given: [{spans: [{name: a}]}]
    expect: [{count: 1}]
`;
    const files = {
      'own.test.yaml': own,
      'names.test.yaml': names,
      'targets.test.yaml': targets,
      'empty.test.yaml': '',
      'otelier.yaml': CONFIG,
      'broken.jsonl': '{"resourceSpans":[]}\n{"resourceSpans":[{"scopeSpans":{}}]}\n',
    };
    const { code, stdout } = await runTests(files, [
      ...['own.test.yaml', 'names.test.yaml', 'targets.test.yaml', 'empty.test.yaml', 'none.test.yaml'],
    ]);
    assert.equal(code, 2);
    for (const message of [
      'own.test.yaml:3:30: processors.filter.traces.span[0]: ',
      'own.test.yaml:9:18: tests[0].given[1].advance: expected a duration',
      'own.test.yaml:10:25: tests[0].expect[0].evry: expected a known field, got "evry"; did you mean "every"?',
      'names.test.yaml:5:42: tests[0].given[0].spans[0].trace_id: expected 32 hexadecimal digits',
      'names.test.yaml:5:51: tests[0].given[1].file: expected a readable file, got none, in none.json',
      'names.test.yaml:5:70: tests[0].given[2].file: resourceSpans[0].scopeSpans: expected a list, got an object, in broken.jsonl:2',
      'targets.test.yaml:6:15: tests[0].expect[0].exporter: expected an exporter under test (otlp_grpc/far or otlp_http), got "otlp_htp"; did you mean "otlp_http"?',
      'targets.test.yaml:6:46: tests[0].expect[1]: expected exporter or pipeline, because there are several outputs',
      'targets.test.yaml:7:15: tests[0].dropped.processors/filtr: expected a component under test',
      'targets.test.yaml:10:13: tests[1].given[0]: expected logs, got traces',
      'empty.test.yaml: expected a mapping with config and tests, got an empty file',
      'none.test.yaml: expected a readable file: no such file',
    ])
      assert.ok(stdout.includes(message), `${message}\n${stdout}`);
  });
});
