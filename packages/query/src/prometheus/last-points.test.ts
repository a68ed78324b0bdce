import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSamples, MetricStream } from '@otelier/store/contract';
import fc from 'fast-check';
import { lastPoints } from './last-points.ts';

const stream = (id: number, last: number): MetricStream => ({
  ...{ id: String(id), name: 'm', description: '', unit: '', kind: 'histogram', monotonic: false },
  ...{ temporality: 'cumulative', scopeName: '', attributes: {}, resourceAttributes: {}, first: 0, last },
});

test('every stream is read once, in a range that ends with the newest points', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1e12 }), { maxLength: 30 }), async (times) => {
      const streams = times.map((last, id) => stream(id, last));
      const read: string[] = [];
      let reads = 0;
      await lastPoints(streams, async ({ start, end }, wanted) => {
        reads += 1;
        for (const { id, last } of wanted) {
          assert.ok(last >= start && last <= end);
          read.push(id);
        }
        return [];
      });
      assert.deepEqual(
        read.map(Number).sort((a, b) => a - b),
        [...streams.keys()],
      );
      assert.ok(reads <= 9);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('streams that end at about the same time need one read of a minute', async () => {
  const ranges: number[] = [];
  const samples = await lastPoints([stream(1, 1_000_000), stream(2, 990_000)], async ({ start, end }, wanted) => {
    ranges.push(end - start);
    return wanted.map((one) => ({ stream: one }) as MetricSamples);
  });
  assert.deepEqual(ranges, [60_000]);
  assert.deepEqual(
    samples.map(({ stream: { id } }) => id),
    ['1', '2'],
  );
});
