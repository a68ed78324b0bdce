import { createRandom } from '@otelier/testkit/otlp/random';
import { randomAttributes } from '../../../ottl/values.ts';
import type { Step } from '../../cases.ts';

/** Returns requests with spans of 60 traces in several resources and scopes. Most traces span several requests. */
export function mixedSteps(): readonly Step[] {
  const source = createRandom(4711);
  const random = () => source(2 ** 32) / 2 ** 32;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const traces = Array.from({ length: 60 }, () =>
    Array.from({ length: 32 }, () => pick([...'0123456789abcdef'])).join(''),
  );
  const maybe = (share: number, fields: object) => (random() < share ? fields : {});
  const value = () =>
    pick([
      { stringValue: pick(['ann', 'bob', 'otto', '', '7']) },
      { intValue: pick(['0', '3', '-7']) },
      { boolValue: true },
      { doubleValue: 1.5 },
    ]);
  const span = () => {
    const start = 1_700_000_000_000_000_000n + BigInt(Math.floor(random() * 50)) * 1_000_000n;
    return {
      traceId: pick(traces),
      spanId: 'b7ad6b7169203331',
      ...maybe(0.8, { parentSpanId: 'a7ad6b7169203331' }),
      ...maybe(0.3, {
        traceState: pick(['a=1,b=2', 'a=2', 'broken', 'a=1,a=1', 't@v=x y', ' a=1 ', 'ot=th:8', 'a=1,,b=']),
      }),
      name: pick(['GET /orders/5', 'checkout', '', `${'long '.repeat(12)}`]),
      kind: Math.floor(random() * 6),
      startTimeUnixNano: `${start}`,
      ...maybe(0.95, { endTimeUnixNano: `${start + BigInt(Math.floor(random() * 150)) * 999_999n}` }),
      attributes: [
        ...randomAttributes(random),
        ...(random() < 0.5
          ? [{ key: 'http.response.status_code', value: { intValue: pick(['200', '299', '404', '500', '0']) } }]
          : []),
        ...(random() < 0.4
          ? [{ key: 'http.request.method', value: { stringValue: pick(['GET', 'POST', 'DELETE', '']) } }]
          : []),
        ...(random() < 0.3 ? [{ key: 'user', value: value() }] : []),
        ...(random() < 0.3
          ? [{ key: 'cached', value: pick([{ boolValue: true }, { boolValue: false }, { stringValue: 'true' }]) }]
          : []),
      ],
      ...maybe(0.3, {
        events: [
          { name: pick(['retry', 'e']), attributes: [{ key: 'n', value: { intValue: pick(['1', '3']) } }] },
          ...(random() < 0.3 ? [{ name: 'second' }] : []),
        ],
      }),
      ...maybe(0.5, { status: { code: pick([0, 0, 1, 1, 1, 2]), message: pick(['', 'failed']) } }),
      ...maybe(0.3, { flags: pick([1, 0, 256, 257]) }),
    };
  };
  return Array.from({ length: 40 }, () => ({
    send: {
      resourceSpans: Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: pick(['shop', 'payments', 'front-end', 'mail']) } },
            ...(random() < 0.2 ? [{ key: 'empty', value: { stringValue: '' } }] : []),
            ...(random() < 0.2 ? [{ key: 'host', value: value() }] : []),
          ],
        },
        scopeSpans: Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({
          scope: { name: pick(['lib', 'other', '']) },
          spans: Array.from({ length: 1 + Math.floor(random() * 3) }, span),
        })),
      })),
    },
  }));
}
