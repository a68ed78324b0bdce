import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  filterDataPoints,
  filterLogRecords,
  filterMetrics,
  filterSpans,
  type ItemFunction,
  mapDataPoints,
  mapLogRecords,
  mapMetrics,
  mapSpans,
} from './functions.ts';
import { requestFromJson } from './json/request-from-json.ts';
import { requestToJson } from './json/request-to-json.ts';
import type { Signal } from './signals.ts';
import type { AttributeValue } from './views/any-value.ts';

const SPANS = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ spans: [{ name: 'GET /cart/7', kind: 2 }, { name: 'GET /healthz' }] }],
    },
  ],
};
const LOGS = {
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ severityNumber: 9, body: { stringValue: 'in' } }, { severityNumber: 17 }] }] },
  ],
};
const METRICS = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: 'requests', gauge: { dataPoints: [{ asDouble: 1 }, { asDouble: 5 }] } },
            { name: 'heap', gauge: { dataPoints: [{ asDouble: 9 }] } },
          ],
        },
      ],
    },
  ],
};

function request(signal: Signal, json: unknown): Uint8Array {
  const encoded = requestFromJson(signal, JSON.stringify(json));
  assert.ok(encoded.ok);
  return encoded.bytes;
}

/** Returns the result of the function as a string. The request must not change. */
function after(step: ItemFunction, json: unknown): { text: string; kept: number; dropped: number } {
  const before = request(step.signal, json);
  const copy = before.slice();
  const { bytes, kept, dropped } = step.rewrite(before);
  assert.deepEqual(before, copy);
  return { text: bytes === undefined ? '' : requestToJson(step.signal, bytes), kept, dropped };
}

test('filters keep the matching items and count the rest', () => {
  const spans = after(
    filterSpans((span) => span.name !== 'GET /healthz'),
    SPANS,
  );
  assert.deepEqual([spans.kept, spans.dropped], [1, 1]);
  assert.match(spans.text, /GET \/cart\/7/);
  assert.doesNotMatch(spans.text, /healthz/);

  const records = after(
    filterLogRecords((record) => record.severityNumber >= 17),
    LOGS,
  );
  assert.deepEqual([records.kept, records.dropped], [1, 1]);

  const metrics = after(
    filterMetrics(({ name }) => name === 'heap'),
    METRICS,
  );
  assert.deepEqual([metrics.kept, metrics.dropped], [1, 2]);

  const points = after(
    filterDataPoints((point, metric) => metric.name !== 'heap' && point.value !== 5),
    METRICS,
  );
  assert.deepEqual([points.kept, points.dropped], [1, 2]);
  assert.doesNotMatch(points.text, /heap/);
});

test('a filter that keeps nothing returns no bytes', () => {
  assert.deepEqual(
    after(
      filterSpans(() => false),
      SPANS,
    ),
    { text: '', kept: 0, dropped: 2 },
  );
});

test('maps apply the changes and keep everything, whatever the function returns', () => {
  const spans = after(
    mapSpans((span) => {
      span.attributes.set('service', String(span.resource.attributes.get('service.name')));
      span.name = span.name.replace(/\/\d+/, '/:id');
      return false;
    }),
    SPANS,
  );
  assert.deepEqual([spans.kept, spans.dropped], [2, 0]);
  assert.match(spans.text, /GET \/cart\/:id/);
  assert.equal(spans.text.match(/"service"/g)?.length, 2);

  const records = after(
    mapLogRecords((record) => record.attributes.set('severe', record.severityNumber >= 17)),
    LOGS,
  );
  assert.equal(records.text.match(/"severe"/g)?.length, 2);

  const metrics = after(
    mapMetrics((metric) => {
      metric.name = `app.${metric.name}`;
    }),
    METRICS,
  );
  assert.match(metrics.text, /app\.requests.*app\.heap/s);

  const points = after(
    mapDataPoints((point, metric) => point.attributes.set('of', metric.name)),
    METRICS,
  );
  assert.equal(points.text.match(/"of"/g)?.length, 3);
});

test('rethrows errors of the function', () => {
  const broken = mapSpans(() => {
    throw new Error('mine');
  });
  assert.throws(() => broken.rewrite(request('traces', SPANS)), /mine/);
});

test('work after a function that sets values that cannot be encoded', () => {
  const impossible = ['fine', { deep: 2n ** 63n }];
  const set = (value: AttributeValue) =>
    mapLogRecords((record) => {
      record.attributes.set('before', 'x');
      record.attributes.set('key', value);
    });
  const setBody = (value: AttributeValue) =>
    mapLogRecords((record) => {
      record.body = value;
    });
  for (const change of [set, setBody]) {
    const expected = after(change('value'), LOGS);
    for (const other of [set, setBody]) assert.throws(() => after(other(impossible), LOGS), RangeError);
    assert.deepEqual(after(change('value'), LOGS), expected);
  }
});
