import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { openStore } from '@otelier/store';
import { batchOf } from '@otelier/testkit/request-codec';
import { otelier, withTempDirectory } from '../otelier.testing.ts';

const FUNCTIONS = `import { filterLogs, filterSpans, mapSpans, tailSample } from 'otelier';
const keep = (trace) => {
  const name = trace.root?.name ?? '';
  if (name === 'throws') throw new RangeError('mine');
  if (name === 'slow') { const end = performance.now() + 30; while (performance.now() < end); }
  return name !== 'list';
};
export const ignoring = tailSample(keep);
const noQuery = (span) => {
  if (span.name === 'throws') throw new RangeError('mine');
  return span.name !== 'query';
};
export const inThread = filterSpans(noQuery);
export const simple = filterSpans((span) => span.name !== 'query');
export const renamed = mapSpans((span) => { if (span.name === 'admin') span.name = 'query'; });
export const severe = filterLogs((record) => record.severityNumber >= 17);
`;

/** Roots of the traces, which are two seconds apart. Each has a child \`query\`. */
const ROOTS = ['list', 'list', 'slow', 'throws', 'admin', 'checkout', 'slow', 'list'];

async function fill(directory: string): Promise<void> {
  const store = await openStore({ directory });
  const startMillis = Date.now() - 600_000;
  for (const [trace, name] of ROOTS.entries()) {
    const time = (millis: number) => `${BigInt(startMillis + trace * 2000 + millis) * 1_000_000n}`;
    const ids = { traceId: (trace + 1).toString(16).padStart(32, '0') };
    const times = { startTimeUnixNano: time(0), endTimeUnixNano: time(900) };
    const root = { ...ids, ...times, spanId: '1111111111111111', name, kind: 2 };
    const child = { ...ids, ...times, spanId: '2222222222222222', parentSpanId: root.spanId, name: 'query' };
    const request = { resourceSpans: [{ scopeSpans: [{ spans: [child, root] }] }] };
    assert.deepEqual(await store.append(batchOf('traces', request)), ACCEPTED);
  }
  const logRecords = [9, 17, 21].map((severityNumber) => ({ timeUnixNano: `${startMillis}000000`, severityNumber }));
  assert.deepEqual(await store.append(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })), ACCEPTED);
  await store.close();
}

/** A sampler in the report as JSON. */
interface Sampler {
  readonly sampler: string;
  readonly dropped: Readonly<Record<string, number>>;
  readonly policies: readonly Readonly<Record<string, { readonly traces: number; readonly items: number }>>[];
}

test('simulates functions as samplers, with the failures by error_mode', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    await fill(data);
    const file = join(directory, 'f.ts');
    await writeFile(file, FUNCTIONS);
    /** Simulates processors, and returns the numbers of the pipeline and of its samplers. */
    const simulate = async (processors: Readonly<Record<string, object>>, signal = 'traces', json = true) => {
      const config = join(directory, 'c.yaml');
      const pipeline = { receivers: ['otlp'], processors: Object.keys(processors), exporters: ['nop'] };
      const whole = {
        receivers: { otlp: { protocols: { grpc: {} } } },
        processors,
        exporters: { nop: {} },
        service: { pipelines: { [signal]: pipeline } },
      };
      await writeFile(config, JSON.stringify(whole));
      const { code, stdout, stderr } = await otelier([
        ...['simulate', '--config', config, '--data', data, ...(json ? ['--json'] : [])],
      ]);
      assert.equal(code, 0, stderr);
      return { stdout, stderr };
    };
    const numbers = async (...args: Parameters<typeof simulate>) => {
      const [{ kept, samplers }] = JSON.parse((await simulate(...args)).stdout).pipelines;
      const counts = (samplers as readonly Sampler[]).map(({ dropped, policies }) => [
        dropped,
        policies.map(({ policy, sampled, notSampled, decisive, failed }) =>
          [sampled, notSampled, decisive, failed]
            .map((volume) => volume?.traces || volume?.items)
            .concat(policy as never),
        ),
      ]);
      return [kept.traces, kept.items, counts];
    };
    const tail = (error_mode: string) => ({
      tail_sampling: {
        decision_wait: '1s',
        policies: [{ name: 'mine', type: 'function', function: { file, function: 'ignoring', error_mode } }],
      },
    });
    const kept = (traces: number, decided: number) => [
      traces,
      2 * traces,
      [[{ sampled: 16 - 2 * traces }, [[traces, decided - traces, traces, 1, 'mine']]]],
    ];
    assert.deepEqual(await numbers(tail('ignore')), kept(5, 8));
    assert.deepEqual(await numbers(tail('drop')), kept(4, 8));
    assert.deepEqual(await numbers(tail('propagate')), kept(4, 7));

    const spans = (functionName: string, error_mode = 'ignore') => ({ file, function: functionName, error_mode });
    assert.deepEqual(await numbers({ function: spans('simple') }), [
      ...[8, 8],
      [[{ filtered: 8 }, [[8, 8, 8, 0, 'simple']]]],
    ]);
    assert.deepEqual(await numbers({ function: spans('inThread', 'drop') }), [
      ...[7, 7],
      [[{ filtered: 8, function_failed: 1 }, [[7, 9, 7, 1, 'inThread']]]],
    ]);
    // Two spans are in the batch that is refused.
    assert.deepEqual(await numbers({ function: spans('inThread', 'propagate') }), [
      ...[7, 7],
      [[{ filtered: 7 }, [[7, 7, 7, 2, 'inThread']]]],
    ]);
    // What functions change has an effect on those after them.
    assert.deepEqual(await numbers({ 'function/1': spans('renamed'), 'function/2': spans('inThread') }), [
      ...[7, 7],
      [
        [{}, []],
        [{ filtered: 9 }, [[7, 9, 7, 1, 'inThread']]],
      ],
    ]);
    const { stdout, stderr } = await simulate(tail('ignore'), 'traces', false);
    assert.match(
      stdout,
      /mine +would sample +5 +10 +\d+\n +kept because of it +5 +10 +\d+\n +its function failed +1 +2 /,
    );
    assert.match(stderr, /tail_sampling: function failed: RangeError: mine \(.*f\.ts:4:\d+\)/);
    assert.match((await simulate({ function: spans('severe') }, 'logs', false)).stdout, /severe +would sample +0 +2 /);
  }));
