import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeSeries } from './decode.ts';
import { encodeV1, encodeV2, type TestSeries } from './remote-write.testing.ts';
import { RemoteWriteError } from './series.ts';
import { convertWrite } from './to-otlp.ts';

const TIME = 1_700_000_000_000;
const SERIES: readonly TestSeries[] = [
  {
    labels: { __name__: 'http_requests_total', job: 'eu/shop', instance: 'a:1', 'http.route': '/cart' },
    samples: [
      { value: 3, timestamp: TIME },
      { value: Number.POSITIVE_INFINITY, timestamp: TIME + 1 },
      { value: Number.NaN, timestamp: TIME + 2 },
    ],
    exemplars: [{ labels: { trace_id: 'ab'.repeat(16), user: 'u' }, value: 0.5, timestamp: TIME }],
  },
  {
    labels: { __name__: 'latency' },
    histograms: [
      {
        count_int: 6,
        sum: 12.5,
        schema: 3,
        zero_threshold: 0.001,
        zero_count_int: 1,
        positive_spans: [
          { offset: -2, length: 2 },
          { offset: 1, length: 1 },
        ],
        positive_deltas: [1, 1, 0],
        timestamp: TIME,
      },
    ],
  },
];

for (const [version, encode] of [
  [1, encodeV1],
  [2, encodeV2],
] as const) {
  test(`a request of version ${version} is decoded with samples, histograms and exemplars`, () => {
    const [requests, latency] = decodeSeries(encode(SERIES), version);
    assert.deepEqual(Object.fromEntries(requests?.labels ?? []), SERIES[0]?.labels);
    assert.deepEqual(
      requests?.samples.map(({ value, time }) => [value, time]),
      SERIES[0]?.samples?.map(({ value, timestamp }) => [value, timestamp]),
    );
    assert.deepEqual(Object.fromEntries(requests?.exemplars[0]?.labels ?? []), {
      trace_id: 'ab'.repeat(16),
      user: 'u',
    });
    const histogram = latency?.histograms[0];
    assert.deepEqual(histogram?.positive, {
      spans: [
        { offset: -2, length: 2 },
        { offset: 1, length: 1 },
      ],
      counts: [1, 2, 2],
    });
    assert.deepEqual([histogram?.count, histogram?.schema, histogram?.zeroCount], [6, 3, 1]);
  });
}

test('a request that is not a message, or refers to missing symbols, is rejected', () => {
  const valid = encodeV2(SERIES);
  fc.assert(
    fc.property(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), fc.constantFrom(1, 2), (at, byte, version) => {
      const damaged = Uint8Array.from(valid);
      damaged[at] = byte;
      try {
        convertWrite(decodeSeries(damaged, version as 1 | 2));
      } catch (error) {
        assert.ok(error instanceof RemoteWriteError, String(error));
      }
    }),
    { seed: 20_261_130, numRuns: 2000 },
  );
});

test('a series that cannot be stored does not prevent the others', () => {
  const fraction = { count_float: 1.5, sum: 1, schema: 0, positive_spans: [], timestamp: TIME };
  const { problem, itemCount } = convertWrite(
    decodeSeries(
      encodeV1([...SERIES, { labels: { __name__: 'x' }, histograms: [fraction] }, { labels: { a: 'b' } }]),
      1,
    ),
  );
  assert.equal(problem, 'expected whole numbers as counts of a histogram, got 1.5');
  assert.equal(itemCount, 4);
});

test('a bomb of empty buckets is rejected', () => {
  const wide = {
    count_int: 2,
    schema: 0,
    timestamp: TIME,
    positive_spans: [
      { offset: 0, length: 1 },
      { offset: 2_000_000_000, length: 1 },
    ],
    positive_deltas: [1, 0],
  };
  const { problem } = convertWrite(decodeSeries(encodeV1([{ labels: { __name__: 'x' }, histograms: [wide] }]), 1));
  assert.match(problem ?? '', /at most 10000 buckets/);
});
