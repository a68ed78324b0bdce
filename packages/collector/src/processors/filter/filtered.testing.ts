import assert from 'node:assert/strict';
import { localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { filter } from '../filter.ts';

/** Returns an OTLP/JSON attribute. */
export const attribute = (key: string, value: object) => ({ key, value });
/** The resource in the requests. */
export const resource = { attributes: [attribute('service.name', { stringValue: 'shop' })] };

/** Returns an OTLP/JSON request of spans. */
export function traces(...spans: object[]) {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'lib' }, spans }] }] };
}

/** Returns an OTLP/JSON span. */
export function span(name: string, more: object = {}) {
  return { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name, ...more };
}

/** Sends a request through a filter and returns the result. */
export async function filtered(signal: Signal, config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(filter, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok, JSON.stringify(request));
  await bench.start();
  const { bytes, itemCount } = request;
  const outcome = await bench.send({
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: localContext(0),
  });
  await bench.service.shutdown();
  const output = bench.received.flatMap(({ parts }) => parts.map((part) => requestToJson(signal, part))).join('\n');
  const names = [...output.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name).filter((name) => name !== 'lib');
  return {
    outcome,
    names,
    output,
    dropped: bench.dropped(),
    itemCount: bench.received.reduce((sum, batch) => sum + batch.itemCount, 0),
  };
}
