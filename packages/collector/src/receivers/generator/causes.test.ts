import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApiClient } from '@otelier/query';
import { openStore } from '@otelier/store';
import { batchOf, startTestApi } from '@otelier/testkit';
import { encodeSpans } from './encode.ts';
import { SHOP } from './shop.ts';
import { inIncident, simulateTrace } from './simulate.ts';

const HALF_HOUR = 1_800_000;
const START = Math.floor(1_790_000_000_000 / HALF_HOUR) * HALF_HOUR;
const TRACES = 3000;

test('the errors of the shop have one entry for each injected error', async () => {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const directory = mkdtempSync(join(tmpdir(), 'otelier-causes-'));
  const store = await openStore({ directory, retentionMillis: 1e14 });
  try {
    const spans = Array.from({ length: TRACES }, (_, n) =>
      simulateTrace(SHOP, START + (n / TRACES) * HALF_HOUR, random),
    ).flat();
    for (let from = 0; from < spans.length; from += 5000)
      await store.append(batchOf('traces', encodeSpans(SHOP, spans.slice(from, from + 5000)) as object));
    await using server = await startTestApi({ memory: store });
    const { causes, occurrences, sampling } = await createApiClient(server.url).get('/errors/causes', {
      start: START,
      end: START + HALF_HOUR + 60_000,
      steps: 30,
    });
    // Failures that were drawn where they are injected, and marked as failed: servers do not mark client errors.
    const drawn = spans.filter(
      ({ operation, failure, httpStatus }) =>
        failure !== undefined &&
        operation.failures.includes(failure) &&
        (operation.kind !== 'server' || httpStatus >= 500),
    );
    const expected = new Map<string, number>();
    for (const { service, failure } of drawn) {
      const key = `${service} ${failure?.type}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    assert.ok(expected.size >= 5, [...expected.keys()].join());
    assert.equal(sampling, 1);
    assert.deepEqual(
      causes.map(({ service, type, count }) => [`${service} ${type}`, count]).sort(),
      [...expected].sort(),
    );
    assert.equal(occurrences, drawn.length);
    const timeout = causes.find(({ type }) => type === 'CardGatewayTimeout');
    assert.deepEqual(
      timeout?.path.map(({ service }) => service),
      ['gateway.acmepay.test', 'payment', 'checkout', 'frontend'],
    );
    assert.deepEqual(
      timeout?.versions.map(({ value }) => value),
      [SHOP.services['payment']?.version],
    );
    assert.deepEqual(
      timeout?.routes.map(({ name }) => name),
      ['POST /api/checkout'],
    );
    assert.ok((timeout?.users ?? 0) > 1);
    assert.ok(inIncident(Number(BigInt(timeout?.firstSeenNanos ?? 0) / 1_000_000n)));
    assert.equal(timeout?.failedRequests, timeout?.count);
    // The caller of a declined payment responds with 402, which is no failure of a server.
    assert.equal(causes.find(({ type }) => type === 'PaymentDeclined')?.failedRequests, 0);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
