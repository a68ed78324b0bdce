import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONFIG, runTests } from '../test-files.testing.ts';

const IMPORT = "import { defineTests, double, gauge, log, span, spanId, sum, traceId } from 'otelier/test';\n";

describe('test files in TypeScript', () => {
  test('build telemetry with exact numbers, and import other modules', async () => {
    const tests = `${IMPORT}
import { attributes } from './attributes.ts';
const points = [{ asInt: 9007199254740993n, timeUnixNano: new Date(0) }];
export default defineTests({
  config: 'otelier.yaml',
  environment: { ANY: 'value' },
  tests: [
    {
      name: 'spans',
      pipeline: 'traces',
      given: [{ spans: [span('GET /', { traceId: traceId(1), spanId: spanId(2), attributes }), span('b', { attributes: { 'http.route': '/healthz' } })] }],
      expect: [{ spans: [span('GET /', { traceId: traceId(1), spanId: spanId(2), attributes: { ...attributes, none: null } })] }],
      dropped: { 'processors/filter': 1 },
    },
    {
      name: 'logs and time',
      pipeline: 'logs',
      time: new Date(0),
      given: [{ logs: [log({ a: [1, null, 'x'] }, { severityText: 'ERROR' })] }, { advance: '1h' }],
      expect: [{ exporter: 'otlp_http', logs: [log({ a: [1, null, 'x'] }, { severityText: 'ERROR', attributes: { seen: true } })] }],
    },
    {
      name: 'metrics',
      components: ['batch'],
      given: [{ metrics: [gauge('g', 0.5), sum('s', points)] }],
      expect: [{ metrics: [sum('s', points), gauge('g', 0.5)] }, { ordered: true, match: 'subset', metrics: [gauge('g', 0.5)] }],
    },
  ],
});
`;
    const attributes =
      "import { double } from 'otelier/test';\nexport const attributes = { n: 2n ** 60n, d: double(5), i: 5, nan: Number.NaN, bytes: new Uint8Array([1, 2]), e: 1e300 };\n";
    const files = { 'a.pipeline-tests.ts': tests, 'attributes.ts': attributes, 'otelier.yaml': CONFIG };
    const { code, stdout, stderr } = await runTests(files, []);
    assert.deepEqual([code, stderr], [0, ''], stdout);
    assert.match(stdout, /3 tests: 3 passed/);
  });

  test('report their errors', async () => {
    const files = {
      'syntax.pipeline-tests.ts': `${IMPORT}export default defineTests({ config: });\n`,
      'throws.pipeline-tests.ts': "export default {};\nthrow new Error('no luck');\n",
      'none.pipeline-tests.ts': 'export const tests = 1;\n',
      'function.pipeline-tests.ts': "export default { config: 'otelier.yaml', tests: [{ name: () => 1 }] };\n",
      'differs.pipeline-tests.ts': `${IMPORT}export default defineTests({ config: 'otelier.yaml', tests: [{
        name: 'a', pipeline: 'trace', given: [{ spans: [span('a')] }], expect: [{ count: 1 }] }] });\n`,
      'otelier.yaml': CONFIG,
    };
    const { code, stdout } = await runTests(files, []);
    assert.equal(code, 2);
    for (const message of [
      'syntax.pipeline-tests.ts:2:38: ',
      'throws.pipeline-tests.ts:2:7: Error: no luck',
      'none.pipeline-tests.ts: expected the default export to be tests, such as defineTests({ … }), got none',
      'function.pipeline-tests.ts: tests[0].name: expected text, a number, true, false, a list or an object, got a function',
      'differs.pipeline-tests.ts: tests[0].pipeline: expected a pipeline of the configuration',
    ])
      assert.ok(stdout.includes(message), `${message}\n${stdout}`);
  });
});
