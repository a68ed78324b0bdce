import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { batchOf } from '@otelier/testkit/request-codec';
import { withComponent } from '../../functions/function-bench.testing.ts';
import { aggregate } from '../aggregate.ts';

const MODULE = `import { aggregate } from 'otelier';
export const tested = aggregate({
  spans: (span) => {
    if (span.name === 'bad') throw new RangeError('mine');
    if (span.name === 'ignored') return undefined;
    return { key: { 'http.route': span.name, code: span.attributes.get('code') }, value: Number(span.durationNanos) / 1e9 };
  },
});`;

/** Spans of two seconds, which end at 10 s. */
function spans(...names: string[]) {
  const list = names.map((name) => ({ name, startTimeUnixNano: '8000000000', endTimeUnixNano: '10000000000' }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: list }] }] });
}

function configOf(more: Record<string, unknown> = {}) {
  return (file: string) => ({
    window: { size: '10s' },
    functions: ['count', 'sum'],
    function: { file, function: 'tested', name: 'took', unit: 's', ...more },
  });
}

test('aggregates the values of a function by its keys', () =>
  withComponent(
    aggregate,
    MODULE,
    configOf(),
    async (bench) => {
      assert.equal((await bench.send(spans('/a', '/b', '/a', 'ignored', 'bad'))).kind, 'accepted');
      await bench.close();
      const points = bench.received
        .flatMap(({ parts }) => parts.map((part) => JSON.parse(requestToJson('metrics', part))))
        .flatMap(({ resourceMetrics }) => resourceMetrics)
        .flatMap(({ resource, scopeMetrics }) => {
          assert.match(JSON.stringify(resource), /service\.name.*shop/);
          return scopeMetrics[0].metrics;
        })
        .flatMap(({ name, unit, sum }) =>
          sum.dataPoints.map(
            (point: { attributes: { value: { stringValue: string } }[]; asInt: string; asDouble: number }) => [
              name,
              unit,
              point.attributes.map(({ value }) => value.stringValue).join(),
              Number(point.asInt ?? point.asDouble),
            ],
          ),
        );
      assert.deepEqual(points.toSorted(), [
        ['took.count', '1', '/a', 2],
        ['took.count', '1', '/b', 1],
        ['took.sum', 's', '/a', 4],
        ['took.sum', 's', '/b', 2],
      ]);
    },
    { signals: ['traces'], startMillis: 12_000 },
  ));

test('error_mode propagate refuses a batch, and drop counts the items for which the function fails', async () => {
  await withComponent(
    aggregate,
    MODULE,
    configOf({ error_mode: 'propagate' }),
    async (bench) => assert.equal((await bench.send(spans('bad'))).kind, 'refused'),
    { signals: ['traces'] },
  );
  await withComponent(
    aggregate,
    MODULE,
    configOf({ error_mode: 'drop' }),
    async (bench) => {
      assert.equal((await bench.send(spans('bad', '/a'))).kind, 'accepted');
      assert.deepEqual(bench.dropped(), { function_failed: 1 });
      assert.match(bench.error() ?? '', /RangeError: mine/);
    },
    { signals: ['traces'] },
  );
});

test('rejects a function that is not one of aggregate', () =>
  assert.rejects(
    withComponent(
      aggregate,
      `import { filterSpans } from 'otelier';\nexport const tested = filterSpans(() => true);`,
      configOf(),
      async () => {},
      { signals: ['traces'] },
    ),
    /expected a function created by aggregate, got "tested", which filterSpans created/,
  ));
