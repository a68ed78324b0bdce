import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { jaegerStorage } from './jaeger_storage.ts';

const CONFIG = { backends: { some_store: { memory: { max_traces: 100_000 } } } };

extensionContract(jaegerStorage, { config: CONFIG });

test('says that the backends are the store', async () => {
  const bench = await createComponentBench(jaegerStorage, { config: CONFIG });
  await bench.start();
  const line = bench.logs.find(({ msg }) => String(msg).startsWith("Jaeger's storage backends are otelier's store"));
  assert.deepEqual(line?.['backends'], ['some_store']);
  await bench.close();
});
