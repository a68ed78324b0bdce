import { WireWriter } from '@otelier/otlp';
import { createRandom as createBoundedRandom } from '@otelier/testkit/otlp/random';
import { fieldRanges } from './json.ts';
import { forEachField } from './wire.ts';

const ROUTES = ['/cart', '/checkout', '/product/:id', '/api/v1/orders', '/healthz', '/login'];

/** Returns a reproducible generator of integers in [0, 2^32). */
export function createRandom(seed: number): () => number {
  const random = createBoundedRandom(seed);
  return () => random(2 ** 32);
}

/** Adds a KeyValue with a string or integer value. */
function attribute(writer: WireWriter, field: number, key: string, value: string | number): void {
  writer.message(field, (pair) =>
    pair
      .stringField(1, key)
      .message(2, (any) => (typeof value === 'string' ? any.stringField(1, value) : any.varintField(3, value))),
  );
}

/**
 * Encodes a trace request in the shape that the benchmark load generator sends: `count` spans with 10 attributes each,
 * eight per trace.
 */
export function blastSpans(random: () => number, count: number, startNanos: bigint): Uint8Array {
  const id = (bytes: number) => {
    const out = Buffer.alloc(bytes);
    for (let i = 0; i < bytes; i += 4) out.writeUInt32LE(random(), i);
    return out;
  };
  let traceId = id(16);
  let time = startNanos;
  const request = new WireWriter(count * 512);
  request.message(1, (resourceSpans) => {
    resourceSpans.message(1, (resource) => {
      attribute(resource, 1, 'service.name', `svc-${random() % 20}`);
      attribute(resource, 1, 'service.version', '1.4.2');
      attribute(resource, 1, 'telemetry.sdk.language', 'go');
      attribute(resource, 1, 'host.name', 'ip-10-1-22-31');
      attribute(resource, 1, 'k8s.pod.name', 'checkout-6d5f7c9-abcde');
    });
    resourceSpans.message(2, (scopeSpans) => {
      scopeSpans.message(1, (scope) => scope.stringField(1, 'instrumentation-http').stringField(2, '0.57.0'));
      for (let i = 0; i < count; i++) {
        if (i % 8 === 0) traceId = id(16);
        time += BigInt(1000 + (random() % 2000));
        const route = ROUTES[random() % ROUTES.length] ?? '';
        const status = random() % 20 === 0 ? 500 : 200;
        scopeSpans.message(2, (span) => {
          span.bytesField(1, traceId).bytesField(2, id(8));
          if (i % 8 !== 0) span.bytesField(4, id(8));
          span.stringField(5, `GET ${route}`).varintField(6, 2);
          span.fixed64Field(7, time).fixed64Field(8, time + BigInt(random() % 100_000_000));
          attribute(span, 9, 'http.request.method', 'GET');
          attribute(span, 9, 'http.route', route);
          attribute(span, 9, 'url.path', `${route}/${i}`);
          attribute(span, 9, 'http.response.status_code', status);
          attribute(span, 9, 'server.address', 'shop.example.com');
          attribute(span, 9, 'network.protocol.version', '1.1');
          attribute(span, 9, 'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)');
          for (let k = 7; k < 10; k++) attribute(span, 9, `app.attr.${k}`, `value-${random() % 97}`);
          if (status === 500) span.message(15, (inner) => inner.stringField(2, 'boom').varintField(3, 2));
        });
      }
    });
  });
  return request.finish();
}

/** Returns the offsets of the trace and span IDs in a trace request. */
export function idOffsets(request: Uint8Array): readonly number[] {
  const offsets: number[] = [];
  const scopes = fieldRanges(request, 0, request.length, 1).flatMap((_, i, resources) =>
    i % 2 === 0 ? fieldRanges(request, resources[i] ?? 0, resources[i + 1] ?? 0, 2) : [],
  );
  for (let s = 0; s < scopes.length; s += 2) {
    const spans = fieldRanges(request, scopes[s] ?? 0, scopes[s + 1] ?? 0, 2);
    for (let i = 0; i < spans.length; i += 2) {
      forEachField(request, spans[i] ?? 0, spans[i + 1] ?? 0, (field, _type, from) => {
        if (field === 1 || field === 2 || field === 4) offsets.push(from);
      });
    }
  }
  return offsets;
}

/** Overwrites the first six bytes of every ID, so that reusing the request yields new traces. */
export function freshenIds(request: Uint8Array, offsets: readonly number[], salt: number): void {
  for (const offset of offsets) {
    for (let i = 0; i < 6; i++) request[offset + i] ^= Math.floor(salt / 256 ** i) & 0xff;
  }
}
