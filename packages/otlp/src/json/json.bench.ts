/**
 * Benchmarks the cost of OTLP/JSON per span, compared with the built-in `JSON.parse` on the same input, whose objects
 * would still have to be encoded and lose the precision of 64-bit numbers. Run with `node json.bench.ts [seconds per
 * case]`.
 */

import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { requestFromJson } from './request-from-json.ts';
import { requestToJson } from './request-to-json.ts';

const seconds = Number(process.argv[2] ?? 1);
const span = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: 'eee19b7ec3c1b173',
  name: 'GET /api/v1/orders',
  kind: 2,
  startTimeUnixNano: '1754000000000000123',
  endTimeUnixNano: '1754000000010000123',
  attributes: [
    ...[
      'http.request.method',
      'http.route',
      'url.path',
      'server.address',
      'user_agent.original',
      'a.7',
      'a.8',
      'a.9',
    ].map((key) => ({ key, value: { stringValue: `value of ${key}` } })),
    { key: 'http.response.status_code', value: { intValue: '200' } },
    { key: 'ratio', value: { doubleValue: 0.25 } },
  ],
};
const spans = 1000;
const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: Array(spans).fill(span) }] }] });
const json = new TextEncoder().encode(requestToJson('traces', request));
const everyField = encodeRequest('metrics', everyFieldRequest('metrics', 1));
let consumed = 0;

console.log(
  `${(request.length / spans).toFixed(0)} B a span on the wire, ${(json.length / spans).toFixed(0)} B in JSON`,
);
measure('requestFromJson', spans, () => {
  const result = requestFromJson('traces', json);
  consumed += result.ok ? result.bytes.length : 0;
});
measure('JSON.parse (objects only)', spans, () => {
  consumed += JSON.parse(new TextDecoder().decode(json)).resourceSpans.length;
});
measure('requestToJson', spans, () => {
  consumed += requestToJson('traces', request).length;
});
measure('requestToJson, metrics with every field, a request', 1, () => {
  consumed += requestToJson('metrics', everyField).length;
});
if (consumed === 0) throw new Error('nothing was measured');

function measure(name: string, items: number, run: () => void): void {
  for (let i = 0; i < 30; i++) run();
  const begun = performance.now();
  let runs = 0;
  for (; performance.now() - begun < seconds * 1000; runs++) run();
  console.log(`${(((performance.now() - begun) * 1000) / (runs * items)).toFixed(2).padStart(9)} µs  ${name}`);
}
