/**
 * Benchmarks the cost per span of the filter, sampling and attributes processors on a request like those sent by
 * `blast`: 1,000 spans of 10 attributes and about 405 bytes. Run with `node edit.bench.ts [seconds per case]`. Each
 * case runs in its own process, because V8 optimizes a shared callback for all of its callers.
 */
import { spawnSync } from 'node:child_process';

import { writeKeyValue } from '../views/any-value.ts';
import { SPAN_FIELDS } from '../views/span.ts';
import { rewriteSpans } from '../views/visit.ts';
import { FoundAttribute, findAttribute, findField, payloadStart, sameBytes } from '../wire/find.ts';
import { WireWriter } from '../wire/writer.ts';
import { AttributeEditor, EncodedAttribute, encodeKey } from './attribute-editor.ts';
import { AttributePlan } from './attribute-plan.ts';
import { forEachItem } from './for-each-item.ts';
import { rewriteItems } from './rewrite-items.ts';

const SPANS = 1000;
const { attributes } = SPAN_FIELDS;
const ROUTES = ['/cart', '/checkout', '/product/:id', '/api/v1/orders', '/healthz', '/login'];
const seconds = Number(process.argv[2] ?? 1);
const chosen = process.argv[3];
const request = blastRequest();
const found = new FoundAttribute();
const routeKey = encodeKey('http.route');
const agentKey = encodeKey('user_agent.original');
const cart = new TextEncoder().encode('/cart');
const plan = AttributePlan.of([
  { kind: 'insert', attribute: EncodedAttribute.of('deployment.environment', 'production') },
  { kind: 'delete', key: agentKey },
]);
let consumed = 0;

measure('visit every span', () => {
  forEachItem('traces', request, (item) => {
    consumed += item.end - item.start;
  });
});

measure('read 4 random bytes of every trace id', () => {
  forEachItem('traces', request, ({ bytes, start, end }) => {
    consumed += bytes[payloadStart(bytes, findField(bytes, start, end, SPAN_FIELDS.traceId)) + 15];
  });
});

measure('find an attribute that is 2nd of 10', () => {
  forEachItem('traces', request, ({ bytes, start, end }) => {
    if (findAttribute(bytes, start, end, attributes, routeKey, found)) consumed++;
  });
});

measure('find an attribute that is missing', () => {
  const missing = encodeKey('app.missing');
  forEachItem('traces', request, ({ bytes, start, end }) => {
    if (findAttribute(bytes, start, end, attributes, missing, found)) consumed++;
    consumed++;
  });
});

measure('find an attribute, copy out the kept spans (5 of 6)', () => {
  const { bytes } = rewriteItems('traces', request, {
    item: (item) =>
      findAttribute(item.bytes, item.start, item.end, attributes, routeKey, found) &&
      found.valueEnd - found.valueStart === cart.length + 2 &&
      sameBytes(item.bytes, found.valueStart + 2, cart)
        ? 'drop'
        : 'keep',
  });
  consumed += bytes?.length ?? 0;
});

measure('drop every other span', () => {
  let n = 0;
  consumed += rewriteItems('traces', request, { item: () => (n++ % 2 === 0 ? 'drop' : 'keep') }).bytes?.length ?? 0;
});

measure('delete one attribute, insert one', () => {
  const editor = new AttributeEditor();
  const env = EncodedAttribute.of('deployment.environment', 'production');
  const { bytes } = rewriteItems('traces', request, {
    item: (item) => {
      editor.reset(item.bytes, item.start, item.end, attributes);
      editor.delete(agentKey);
      if (!editor.has(env.key)) editor.set(env);
      editor.record(item.splices);
      return 'keep';
    },
  });
  consumed += bytes?.length ?? 0;
});

measure('delete one attribute, insert one, by a plan', () => {
  consumed +=
    rewriteItems('traces', request, {
      item: ({ bytes, view, start, end, splices }) => {
        plan?.record(bytes, view, start, end, attributes, splices);
        return 'keep';
      },
    }).bytes?.length ?? 0;
});

measure('the same through views', () => {
  const { bytes } = rewriteSpans(request, (span) => {
    span.attributes.delete('user_agent.original');
    span.attributes.set('deployment.environment', 'production');
    return true;
  });
  consumed += bytes?.length ?? 0;
});

function measure(name: string, run: () => void): void {
  if (chosen === undefined) {
    spawnSync(process.execPath, [import.meta.filename, String(seconds), name], { stdio: 'inherit' });
    return;
  }
  if (chosen !== name) return;
  for (let i = 0; i < 200; i++) run();
  const begun = performance.now();
  let runs = 0;
  while (performance.now() - begun < seconds * 1000) {
    for (let i = 0; i < 20; i++) run();
    runs += 20;
  }
  const nanos = ((performance.now() - begun) * 1e6) / (runs * SPANS);
  const rate = (1e6 / nanos).toFixed(0).padStart(8);
  console.log(`${rate} thousand spans/s  ${nanos.toFixed(1).padStart(7)} ns a span  ${name}`);
}

function blastRequest(): Uint8Array {
  const writer = new WireWriter(1 << 20);
  writer.open(1);
  writer.open(1);
  writeAttributes(writer, 1, [
    ['service.name', 'svc-3'],
    ['service.version', '1.4.2'],
    ['telemetry.sdk.language', 'go'],
    ['host.name', 'ip-10-1-22-31'],
    ['k8s.pod.name', 'checkout-6d5f7c9-abcde'],
  ]);
  writer.close();
  writer.open(2);
  writer.open(1);
  writer.stringField(1, 'instrumentation-http');
  writer.stringField(2, '0.57.0');
  writer.close();
  for (let i = 0; i < SPANS; i++) writeSpan(writer, i);
  writer.close();
  writer.close();
  return writer.finish();
}

function writeSpan(writer: WireWriter, i: number): void {
  const route = ROUTES[i % ROUTES.length] as string;
  const id = Uint8Array.from({ length: 16 }, (_, byte) => (i * 37 + byte * 101) & 255);
  writer.open(2);
  writer.bytesField(SPAN_FIELDS.traceId, id);
  writer.bytesField(SPAN_FIELDS.spanId, id, 0, 8);
  writer.bytesField(SPAN_FIELDS.parentSpanId, id, 8, 16);
  writer.stringField(SPAN_FIELDS.name, `GET ${route}`);
  writer.varintField(SPAN_FIELDS.kind, 2);
  for (const field of [SPAN_FIELDS.startTimeUnixNano, SPAN_FIELDS.endTimeUnixNano]) {
    writer.fixed64Field(field, 1_754_000_000_000_000_000n + BigInt(i * field));
  }
  writeAttributes(writer, attributes, [
    ['http.request.method', 'GET'],
    ['http.route', route],
    ['url.path', `${route}/${i}`],
    ['http.response.status_code', 200],
    ['server.address', 'shop.example.com'],
    ['network.protocol.version', '1.1'],
    ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'],
    ['app.attr.7', `value-${i % 97}`],
    ['app.attr.8', `value-${i % 89}`],
    ['app.attr.9', `value-${i % 83}`],
  ]);
  writer.close();
}

function writeAttributes(writer: WireWriter, field: number, entries: readonly [string, string | number][]): void {
  for (const [key, value] of entries) {
    writer.open(field);
    writeKeyValue(writer, key, value);
    writer.close();
  }
}

if (chosen !== undefined && consumed === 0) throw new Error('nothing was measured');
