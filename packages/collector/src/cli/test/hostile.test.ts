import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeBase64, requestToJson } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { CONFIG, runTests } from './test-files.testing.ts';

describe('otelier test on hostile input', () => {
  test('bounds the report of huge outputs and of items with many fields', async () => {
    const spans = 5000;
    const [traces] = sampleBatch('traces', spans).parts;
    const attributes = Array.from({ length: 1000 }, (_, index) => `a${index}: ${'x'.repeat(500)}`).join(', ');
    const tests = `config: otelier.yaml
tests:
  - name: many items
    components: [batch]
    given: [{file: in.jsonl}]
    expect: [{spans: [{name: none}]}, {file: in.jsonl, ordered: true}, {file: in.jsonl, match: subset}, {count: 1}]
  - name: many fields
    components: [batch]
    given: [{spans: [{name: a, attributes: {${attributes}}}]}]
    expect: [{spans: [{name: a}]}]
`;
    const files = {
      'a.test.yaml': tests,
      'otelier.yaml': CONFIG,
      'in.jsonl': requestToJson('traces', traces ?? new Uint8Array()),
    };
    const { code, stdout } = await runTests(files, []);
    assert.equal(code, 1);
    assert.match(stdout, /output: expected 1 span, got 5000$/m);
    assert.match(stdout, /expected no more differences, got 4991 more items that differ$/m);
    assert.match(stdout, /attributes: expected nothing, got \{a0: "x+…/);
    assert.ok(stdout.length < 20_000, String(stdout.length));
  });

  test('reads, compares, counts and tests profiles', async () => {
    const [profiles] = sampleBatch('profiles', 2).parts;
    const line = JSON.stringify({ signal: 'profiles', protobuf: encodeBase64(profiles ?? new Uint8Array()) });
    const tests = `config:
  processors:
    filter: {profiles: {profile: ['duration_unix_nano == 1']}}
    batch:
tests:
  - name: profiles
    components: [filter, batch]
    given: [{file: in.jsonl}]
    expect:
      - {file: in.jsonl, count: 2, every: ['duration == 0']}
      - {count: 3}
`;
    const { stdout } = await runTests(
      {
        'a.test.yaml': tests
          .replace("filter: {profiles: {profile: ['duration_unix_nano == 1']}}\n    ", '')
          .replace('filter, ', ''),
        'in.jsonl': line,
      },
      [],
    );
    assert.match(stdout, /a\.test\.yaml:10:9: output: expected 3 profiles, got 2\n\n1 test: 0 passed, 1 failed/);
  });

  test('ends a test whose processor does not finish, and names the processor', async () => {
    const config = `import { defineConfig, filterSpans } from 'otelier';
const forever = () => { for (;;); };
export default defineConfig({
  receivers: { otlp: { protocols: { grpc: {} } } },
  processors: {
    limited: filterSpans(forever, { error_mode: 'drop' }),
    endless: filterSpans(forever, { timeout: '1h' }),
    works: filterSpans((span) => span.name !== 'b'),
    batch: null,
  },
  exporters: { nop: null },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['works', 'endless'], exporters: ['nop'] } } },
});
`;
    const given = 'given: [{spans: [{name: a}, {name: b}]}]';
    const tests = `config: otelier.config.ts
tests:
  - {name: works without a limit, components: [function/works], ${given}, expect: [{spans: [{name: a}]}]}
  - {name: has a limit, components: [function/limited], ${given}, expect: [{spans: []}], dropped: {processors/function/limited: 2}}
  - {name: is endless, pipeline: traces, ${given}, expect: [{spans: [{name: a}]}]}
  - {name: runs after the endless one, components: [batch], ${given}, expect: [{count: 2}]}
`;
    const files = { 'a.test.yaml': tests, 'otelier.config.ts': config };
    const limited = await runTests(files, ['--filter', 'limit', '--timeout', '60s']);
    assert.deepEqual([limited.code, limited.stderr], [0, ''], limited.stdout);
    assert.match(limited.stdout, /ok {6}works without a limit .*\n {2}ok {6}has a limit .*\n\n2 tests: 2 passed/);
    const { code, stdout } = await runTests(files, ['--filter', 'endless', '--timeout', '3s']);
    assert.equal(code, 1);
    assert.match(stdout, /expected processors\/function\/endless to process a batch within 3000 ms, got no end/);
    assert.match(
      stdout,
      /failed {2}is endless .*\n.*\n {2}ok {6}runs after the endless one .*\n\n2 tests: 1 passed, 1 failed/,
    );
  });

  test('replaces what listens and what stores, and runs no other extension', async () => {
    const tests = `config:
  receivers: {otlp: {protocols: {grpc: {endpoint: '127.0.0.1:1'}}}}
  processors:
    remote_tap: {endpoint: '127.0.0.1:2'}
    tail_sampling: {storage: file_storage, decision_wait: 1s, policies: [{name: all, type: always_sample}]}
  exporters: {nop: {}}
  extensions: {file_storage: {directory: ., create_directory: true}, health_check: {endpoint: '127.0.0.1:3'}}
  service:
    extensions: [health_check, file_storage]
    telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 1}}}}]}}
    pipelines: {traces: {receivers: [otlp], processors: [remote_tap, tail_sampling], exporters: [nop]}}
tests:
  - name: a
    receiver: otlp
    given: [{spans: [{name: a, trace_id: '00000000000000000000000000000001'}]}, {advance: 2s}]
    expect: [{count: 1}]
`;
    const { code, stdout } = await runTests({ 'a.test.yaml': tests }, []);
    assert.equal(code, 0, stdout);
  });

  test('reports unusable test files without running them', async () => {
    const twice = `config: otelier.yaml
tests:
  - {name: a, pipeline: logs, given: [{logs: [{}]}], expect: [{exporter: otlp_http, count: 1}]}
  - {name: a, pipeline: logs, given: [{logs: [{}]}, {advance: 1s, file: x}, {otlp: {resourceSpan: []}}]}
`;
    const files = {
      'twice.test.yaml': twice,
      'list.test.yaml': '[1, 2]',
      'syntax.test.yaml': 'config: {a: [}\n',
      'config.test.yaml':
        'config: none.yaml\ntests: [{name: a, pipeline: logs, given: [{file: ""}], expect: [{file: empty.jsonl}]}]\n',
      'given.test.yaml':
        'config: otelier.yaml\ntests: [{name: a, pipeline: logs, given: [{file: empty.jsonl}], expect: [{count: 0}]}]\n',
      'empty.jsonl': '',
      'otelier.yaml': CONFIG,
    };
    const { code, stdout } = await runTests(files, []);
    assert.equal(code, 2);
    for (const message of [
      'twice.test.yaml:4:12: tests[1].name: expected a name that no other test has, got "a"',
      'twice.test.yaml:4:5: tests[1]: expected at least one of expect and dropped, got a mapping',
      'twice.test.yaml:4:53: tests[1].given[1]: expected one of spans, metrics, logs, otlp and file, or advance',
      'list.test.yaml: expected a mapping with config and tests, got another value',
      'syntax.test.yaml:1:13: expected "]" that closes this "[", got none',
      'config.test.yaml:1:9: config: expected a readable file: no such file, got none.yaml',
      'given.test.yaml:2:44: tests[0].given[0].file: expected OTLP/JSON, got an empty file, in empty.jsonl',
    ])
      assert.ok(stdout.includes(message), `${message}\n${stdout}`);
    assert.match(stdout, /^0 tests: 0 passed, 5 files with errors$/m);
  });
});
