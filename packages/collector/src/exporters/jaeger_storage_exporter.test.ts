import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { systemClock } from '@otelier/transport/clock';
import { jaegerStorageExporter } from './jaeger_storage_exporter.ts';

test('stores traces in the store of otelier, and says so', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-jaeger-storage-'));
  const config = { trace_storage: 'some_store', directory: join(directory, 'data') };
  const bench = await createComponentBench(jaegerStorageExporter, { config, clock: systemClock, signals: ['traces'] });
  try {
    await bench.start();
    await bench.send(sampleBatch('traces', 3));
    const [store] = bench.service.host.stores().values();
    const { traces } = (await store?.stats())?.signals ?? {};
    assert.equal((traces?.rows ?? 0) + (traces?.pendingRows ?? 0), 3);
    assert.ok(
      bench.logs.some(({ msg, storage }) => msg === "Jaeger's storage is otelier's store" && storage === 'some_store'),
    );
  } finally {
    await bench.close();
    await rm(directory, { recursive: true, force: true });
  }
});
