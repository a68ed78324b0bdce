import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { openStore } from '@otelier/store';
import { batchOf } from '@otelier/testkit/request-codec';
import { otelier, withTempDirectory } from '../otelier.testing.ts';

const CONFIG = `
receivers: {otlp: {protocols: {grpc: {}}}}
processors:
  tail_sampling:
    decision_wait: 5s
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: checkout, type: string_attribute, string_attribute: {key: http.route, values: [/checkout]}}
  probabilistic_sampler/logs: {sampling_percentage: 0}
exporters: {nop: {}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [tail_sampling], exporters: [nop]}
    logs: {receivers: [otlp], processors: [probabilistic_sampler/logs], exporters: [nop]}
`;

/** Stores 10 traces of two spans each: one has an error, two use /checkout, one uses its own route, and six use /list. */
async function fill(directory: string): Promise<void> {
  const store = await openStore({ directory });
  const startMillis = Date.now() - 600_000;
  for (let trace = 0; trace < 10; trace++) {
    const time = (millis: number) => `${BigInt(startMillis + trace * 2000 + millis) * 1_000_000n}`;
    const route = trace === 3 ? '/admin/export' : trace < 2 ? '/checkout' : '/list';
    const ids = { traceId: (trace + 1).toString(16).padStart(32, '0') };
    const attributes = [{ key: 'http.route', value: { stringValue: route } }];
    const root = { ...ids, spanId: '1111111111111111', name: 'GET', kind: 2, attributes };
    const child = { ...ids, spanId: '2222222222222222', parentSpanId: '1111111111111111', name: 'query' };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const requests = [
      { ...child, startTimeUnixNano: time(0), endTimeUnixNano: time(50) },
      { ...root, startTimeUnixNano: time(0), endTimeUnixNano: time(900), status: { code: trace === 5 ? 2 : 0 } },
    ];
    for (const span of requests)
      assert.deepEqual(
        await store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })),
        ACCEPTED,
      );
  }
  const logRecords = [
    { timeUnixNano: `${BigInt(startMillis) * 1_000_000n}`, severityNumber: 17, severityText: 'ERROR' },
  ];
  assert.deepEqual(await store.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })), ACCEPTED);
  await store.close();
}

async function withStore(run: (data: string, config: string) => Promise<void>): Promise<void> {
  await withTempDirectory(async (directory) => {
    const config = join(directory, 'new.yaml');
    await writeFile(config, CONFIG);
    await fill(join(directory, 'data'));
    await run(join(directory, 'data'), config);
  });
}

describe('otelier simulate', () => {
  test('prints what the samplers of a configuration would keep, and what would be lost', () =>
    withStore(async (data, config) => {
      const { code, stdout, stderr } = await otelier(['simulate', '--config', config, '--last', '1h', '--data', data]);
      assert.deepEqual([code, stderr], [0, '']);
      for (const pattern of [
        /^Stored telemetry from \d{4}-/,
        /Pipeline traces\n +traces +spans +bytes\n +stored +10 +20 +\d+\n +kept +3 +6 +\d+ +30\.0 %/,
        /tail_sampling: spans dropped: 14 sampled/,
        /errors +would sample +1 +2 +\d+\n +kept because of it +1 +2 /,
        /checkout +would sample +2 +4 +\d+\n +kept because of it +2 +4 /,
        /Errors: 1 of 1 spans with errors kept, in 1 of 1 traces/,
        /Routes: 2 of 3 kept\n {2}shop \/admin\/export: 1 stored spans, none kept/,
        /Pipeline logs\n[\s\S]*kept +0 +0 +0 +0\.0 %/,
        /Errors: 0 of 1 log records with errors kept[\s\S]*ERROR: 1 lost log records with errors/,
      ])
        assert.match(stdout, pattern);
    }));

  test('prints the report as JSON', () =>
    withStore(async (data, config) => {
      const { code, stdout } = await otelier(['simulate', '--config', config, '--json', '--data', data]);
      assert.equal(code, 0);
      const [traces] = JSON.parse(stdout).pipelines;
      assert.deepEqual([traces.stored.traces, traces.kept.traces, traces.kept.items], [10, 3, 6]);
      assert.deepEqual(
        traces.samplers[0].policies.map(({ policy, decisive }: { policy: string; decisive: { traces: number } }) => [
          policy,
          decisive.traces,
        ]),
        [
          ['errors', 1],
          ['checkout', 2],
        ],
      );
      assert.deepEqual(traces.operations, {
        stored: 3,
        kept: 2,
        lost: [{ service: 'shop', operation: '/admin/export', items: 1 }],
      });
    }));

  test('follows the times of telemetry, and tries changed options', () =>
    withStore(async (data, config) => {
      // Traces are two seconds apart, and only one is remembered.
      const keptWith = async (decisionWait: string) => {
        const set = ['num_traces=1', `decision_wait=${decisionWait}`].flatMap((option) => [
          '--set',
          `processors.tail_sampling.${option}`,
        ]);
        const { stdout } = await otelier(['simulate', '--config', config, ...set, '--json', '--data', data]);
        const [{ kept, samplers }] = JSON.parse(stdout).pipelines;
        return [kept.traces, samplers[0].dropped.dropped_too_early ?? 0];
      };
      assert.deepEqual(await keptWith('1s'), [3, 0]);
      assert.deepEqual(await keptWith('5s'), [0, 18]);
    }));

  test('reports what it cannot simulate', () =>
    withStore(async (data, config) => {
      for (const [args, message] of [
        [['--config', config, '--last', 'soon'], /--last: expected a duration such as 1h or 30m, got "soon"/],
        [['--config', join(data, 'none.yaml')], /none\.yaml/],
        [
          [
            '--config',
            'yaml:{receivers: {otlp: }, exporters: {nop: }, service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}}',
          ],
          /expected a pipeline with a processor that samples/,
        ],
      ] as const) {
        const { code, stderr } = await otelier(['simulate', ...args, '--data', data]);
        assert.ok(code === 1 || code === 2, String(code));
        assert.match(stderr, message);
      }
    }));
});
