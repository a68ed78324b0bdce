import assert from 'node:assert/strict';
import { localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { transform } from '../transform.ts';

/** Sends a request through the processor and returns its parsed output. */
export async function transformed<T>(signal: Signal, config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(transform, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok, JSON.stringify(request));
  await bench.start();
  const { bytes, itemCount } = request;
  const batch = { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) };
  const outcome = await bench.send(batch);
  await bench.service.shutdown();
  const [part] = bench.received.flatMap(({ parts }) => parts);
  const output = part === undefined ? undefined : (JSON.parse(requestToJson(signal, part)) as T);
  return { outcome, output, isSame: part === bytes, itemCount: bench.received[0]?.itemCount };
}
