import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock, decodeRequest } from '@otelier/testkit';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { registry } from '../../registry.generated.ts';
import { runProcessor } from './run-processor.ts';

test('passes requests to the processor of a fragment, and returns what it forwards', async () => {
  const requests = sampleBatch('traces', 10).parts;
  const keys = (parts: readonly Uint8Array[]): readonly (string | undefined)[] =>
    parts
      .flatMap((part) => decodeRequest('traces', part).resourceSpans ?? [])
      .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
      .flatMap(({ attributes = [] }) => attributes.map(({ key }) => key));
  const [key] = keys(requests);
  const text = `processors:\n  attributes/without:\n    actions:\n      - key: ${key}\n        action: delete\n`;
  const kept = await runProcessor(
    { registry, clock: createManualClock() },
    { signal: 'traces', processor: 'attributes/without', text },
    requests,
  );
  assert.equal(keys(kept).length, keys(requests).filter((other) => other !== key).length);
  assert.ok(key !== undefined && !keys(kept).includes(key));
  const none = 'processors:\n  filter/all:\n    traces:\n      span:\n        - "true"\n';
  assert.deepEqual(
    await runProcessor(
      { registry, clock: createManualClock() },
      { signal: 'traces', processor: 'filter/all', text: none },
      requests,
    ),
    [],
  );
});

test('rejects a fragment with errors', async () => {
  const text = 'processors:\n  filter/wrong:\n    traces:\n      span:\n        - "name =="\n';
  await assert.rejects(
    runProcessor({ registry, clock: createManualClock() }, { signal: 'traces', processor: 'filter/wrong', text }, []),
    /invalid.*span/s,
  );
});
