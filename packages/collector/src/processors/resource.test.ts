import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, requestFromJson, requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { resource } from './resource.ts';

processorContract(resource, { config: { attributes: [{ key: 'absent', action: 'delete' }] } });

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

async function changed(config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(resource, { signals: ['traces'], config });
  const request = requestFromJson('traces', JSON.stringify(json));
  assert.ok(request.ok);
  await bench.start();
  const { bytes, itemCount } = request;
  await bench.send({ signal: 'traces', parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) });
  await bench.service.shutdown();
  const part = bench.received[0]?.parts[0];
  assert.ok(part);
  return JSON.parse(requestToJson('traces', part)).resourceSpans;
}

const scopeSpans = [{ spans: [{ name: 'a', attributes: [attribute('service.name', 'not the resource')] }] }];

test('modifies attributes of resources only', async () => {
  const config = {
    attributes: [
      { key: 'cluster', value: 'west', action: 'upsert' },
      { key: 'secret', action: 'delete' },
    ],
  };
  const resources = await changed(config, {
    resourceSpans: [
      { resource: { attributes: [attribute('service.name', 'shop'), attribute('secret', 'x')] }, scopeSpans },
      { resource: { attributes: [attribute('cluster', 'east')] }, scopeSpans, schemaUrl: 'https://example.com' },
    ],
  });
  assert.deepEqual(
    resources.map((each: { resource: { attributes: object[] } }) => each.resource.attributes),
    [[attribute('service.name', 'shop'), attribute('cluster', 'west')], [attribute('cluster', 'west')]],
  );
  assert.deepEqual(resources[0].scopeSpans[0].spans[0].attributes, [attribute('service.name', 'not the resource')]);
  assert.equal(resources[1].schemaUrl, 'https://example.com');
});

test('adds a resource to telemetry without one', async () => {
  const resources = await changed(
    { attributes: [{ key: 'cluster', value: 'west', action: 'insert' }] },
    { resourceSpans: [{ scopeSpans }] },
  );
  assert.deepEqual(resources[0].resource.attributes, [attribute('cluster', 'west')]);
});
