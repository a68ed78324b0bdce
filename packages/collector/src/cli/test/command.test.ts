import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startOtelier, withTempDirectory } from '../otelier.testing.ts';
import { CONFIG, runTests } from './test-files.testing.ts';

const PASSES = `config: otelier.yaml
tests:
  - name: drops health checks
    pipeline: traces
    given: [{spans: [{name: a}, {name: b, attributes: {http.route: /healthz}}]}]
    expect: [{spans: [{name: a}]}]
`;
const HOSTILE = ']]> \\e[31m\\x07 <a href=\\"x\\"> & \\u202e\\uFFFE';
const FAILS = `config: ../otelier.yaml
tests:
  - name: "${HOSTILE}"
    pipeline: traces
    given: [{spans: [{name: "${HOSTILE}"}]}]
    expect: [{spans: []}]
`;
const FILES = { 'a.test.yaml': PASSES, 'sub/b.test.yaml': FAILS, 'otelier.yaml': CONFIG };
const CONTROL = /(?![\t\n])[\p{Cc}\u202e]/u;
const NOT_IN_XML = /[\ufffe\uffff]/;

describe('the results of otelier test', () => {
  test('come from all test files below a directory, as text, JSON and JUnit XML, without control characters', async () => {
    const files = { ...FILES, 'node_modules/c.test.yaml': 'no', '.git/c.test.yaml': 'no', 'c.yaml': 'no' };
    const text = await runTests(files, ['--junit', 'out.xml'], async (_ended, directory) => {
      const xml = await readFile(join(directory, 'out.xml'), 'utf8');
      for (const pattern of [CONTROL, NOT_IN_XML]) assert.doesNotMatch(xml, pattern);
      assert.doesNotMatch(xml, /]]>/);
      assert.match(xml, /<testsuite name="sub\/b\.test\.yaml" tests="1" failures="1" errors="0"/);
      assert.match(xml, /<testcase name="]]&#62; \\u001b\[31m\\u0007 &#60;a href=&#34;x&#34;&#62; &#38; /);
      assert.match(xml, /<failure message="exporters\/otlp_grpc\/far: expected 0 spans, got 1">/);
      assert.equal(xml.match(/<(?!\?)[^>]*[^/?]>/g)?.length, 10, xml);
    });
    assert.deepEqual([text.code, text.stderr], [1, '']);
    assert.doesNotMatch(text.stdout, CONTROL);
    assert.match(text.stdout, /^2 tests: 1 passed, 1 failed$/m);
    const json = await runTests(files, ['--json', '--coverage', '--filter', 'health']);
    assert.equal(json.code, 0);
    const { summary, files: results, coverage } = JSON.parse(json.stdout);
    assert.deepEqual([coverage.matched, coverage.total], [1, 4]);
    assert.deepEqual(summary, { tests: 1, passed: 1, failed: 0, filesWithErrors: 0 });
    assert.deepEqual(
      results.map(({ file, tests }: { file: string; tests: { status: string }[] }) => [file, tests[0]?.status]),
      [
        ['a.test.yaml', 'passed'],
        ['sub/b.test.yaml', undefined],
      ],
    );
  });

  test('need a test: without one, the exit code is 2', async () => {
    const none = await runTests({}, []);
    assert.deepEqual([none.code, none.stdout], [2, '']);
    assert.match(none.stderr, /expected test files \(\*\.test\.yaml or \*\.pipeline-tests\.ts\), got none/);
    const filtered = await runTests(FILES, ['--filter', 'nothing like it']);
    assert.equal(filtered.code, 2);
    assert.match(filtered.stderr, /--filter: expected a part of the name of a test, got "nothing like it"/);
    const { code, stderr } = await runTests(FILES, ['--coverage-threshold', '101']);
    assert.equal(code, 2);
    assert.match(stderr, /expected a percentage from 0 to 100, got "101"/);
  });

  test('include the rules that never matched, at their positions', async () => {
    const config = `
receivers: {otlp: {protocols: {grpc: }}}
processors:
  filter:
    traces:
      span:
        - name == "a"
        - name == "never"
  transform:
    trace_statements:
      - statements: ['set(span.attributes["x"], 1)']
      - context: span
        conditions: [name == "b", name == "never"]
        statements: ['set(attributes["y"], 1) where kind == SPAN_KIND_SERVER', 'set(attributes["z"], 1)']
  tail_sampling:
    policies:
      - {name: all, type: always_sample}
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
  rule_sampler:
    rules:
      - {name: first, conditions: [name == "b"], action: keep}
      - {name: second, conditions: [name == "c"], action: drop}
  filter/untested: {logs: {log_record: [body == "x"]}}
connectors:
  routing: {table: [{condition: 'attributes["a"] == 1', pipelines: [traces/out]}, {statement: route(), pipelines: [traces/out]}]}
exporters: {nop: }
service:
  pipelines:
    traces: {receivers: [otlp], processors: [filter, transform, rule_sampler, tail_sampling], exporters: [routing]}
    traces/out: {receivers: [routing], exporters: [nop]}
    logs: {receivers: [otlp], processors: [filter/untested], exporters: [nop]}
`;
    const tests = `config: otelier.yaml
tests:
  - name: a
    pipeline: traces
    given: [{spans: [{name: a}, {name: b}]}]
    expect: [{count: 1}]
`;
    const files = { 'a.test.yaml': tests, 'otelier.yaml': config };
    const { code, stdout, stderr } = await runTests(files, ['--coverage-threshold', '60']);
    assert.deepEqual([code, stderr], [1, 'otelier: expected at least 60 % of the rules to match, got 50.0 %\n']);
    const rules = stdout.slice(stdout.indexOf('Rules:'));
    assert.equal(
      rules,
      `Rules: 7 of 14 matched (50.0 %)
  never  otelier.yaml:8:11: processors/filter: condition name == "never"
  never  otelier.yaml:13:35: processors/transform: condition name == "never"
  never  otelier.yaml:14:22: processors/transform: statement set(attributes["y"], 1) where kind == SPAN_KIND_SERVER
  never  otelier.yaml:18:16: processors/tail_sampling: policy errors
  never  otelier.yaml:22:16: processors/rule_sampler: rule second
  never  otelier.yaml:23:41: processors/filter/untested: condition body == "x"
  never  otelier.yaml:25:33: connectors/routing: route route() where attributes["a"] == 1
`,
    );
  });

  test('are printed again when a file changes that the tests depend on', () =>
    withTempDirectory(async (directory) => {
      await writeFile(join(directory, 'otelier.yaml'), CONFIG);
      await writeFile(join(directory, 'a.test.yaml'), PASSES.replace('spans: [{name: a}]', 'file: none.jsonl'));
      await writeFile(join(directory, 'none.jsonl'), '');
      const running = await startOtelier(['test', '--watch', 'a.test.yaml'], { cwd: directory });
      try {
        assert.match(running.stdout, /1 failed/);
        await writeFile(
          join(directory, 'none.jsonl'),
          '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}\n',
        );
        await running.waitForOutput('1 test: 1 passed');
      } finally {
        running.kill('SIGKILL');
        await running.ended;
      }
    }));

  test('replace the expected items with --update', async () => {
    const files = { 'a.test.yaml': PASSES.replace('spans: [{name: a}]', 'file: out.jsonl'), 'otelier.yaml': CONFIG };
    await runTests(files, ['--update'], async ({ code }, directory) => {
      assert.equal(code, 0);
      const written = await readFile(join(directory, 'out.jsonl'), 'utf8');
      assert.equal(written, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}\n');
    });
  });
});
