import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { ExponentialBucketCounts } from '@otelier/otlp';
import { ExponentialHistogram } from '../../../packages/collector/src/metrics/exponential-histogram.ts';

// `vectors.json.gz` is the output of `main.go`: results of the histogram implementation that the Collector uses.

interface Vector {
  readonly maxSize: number;
  readonly values: readonly number[];
  readonly counts: readonly number[];
  readonly scale: number;
  readonly count: number;
  readonly zeroCount: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
}

const vectors = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, 'vectors.json.gz'))).toString(),
) as readonly Vector[];

test('exponential histograms equal those of the Collector', () => {
  assert.ok(vectors.length > 40);
  for (const { maxSize, values, counts, ...expected } of vectors) {
    const histogram = new ExponentialHistogram(maxSize);
    for (const [i, value] of values.entries()) histogram.record(value, counts[i]);
    const { scale, count, zeroCount, sum, min, max, positive, negative } = histogram;
    const actual = { scale, count, zeroCount, sum, min, max, positive: filled(positive), negative: filled(negative) };
    assert.deepEqual(actual, expected);
  }
});

function filled({ offset, bucketCounts }: ExponentialBucketCounts): [number, number][] {
  return Array.from(bucketCounts, (count, i): [number, number] => [offset + i, count]).filter(([, count]) => count > 0);
}
