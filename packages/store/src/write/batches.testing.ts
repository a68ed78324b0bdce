import { type Batch, localContext, type Signal, WireWriter } from '@otelier/otlp';

/** Returns a batch of spans with the given names and the current time. */
export function spansNamed(names: readonly string[], tenant = 'default', arrivalMillis = Date.now()): Batch {
  const request = new WireWriter();
  request.message(1, (resourceSpans) =>
    resourceSpans.message(2, (scopeSpans) => {
      names.forEach((name, i) => {
        scopeSpans.message(2, (span) => {
          const id = Buffer.alloc(16);
          id.write(name);
          const start = BigInt(arrivalMillis) * 1_000_000n + BigInt(i);
          span
            .bytesField(1, id)
            .bytesField(2, id.subarray(0, 8))
            .stringField(5, name)
            .fixed64Field(7, start)
            .fixed64Field(8, start + 1000n);
        });
      });
    }),
  );
  return batchOf('traces', request.finish(), names.length, tenant, arrivalMillis);
}

/** Returns a batch with a single part. */
export function batchOf(
  signal: Signal,
  part: Uint8Array,
  itemCount: number,
  tenant = 'default',
  arrivalMillis = Date.now(),
): Batch {
  const context = { ...localContext(arrivalMillis), tenant };
  return { signal, parts: [part], itemCount, sizeBytes: part.length, context };
}
