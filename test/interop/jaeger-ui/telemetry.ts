import { keyValues, type TracesJson } from '@otelier/testkit';

/** IDs of the traces. */
export const TRACE_IDS = ['1', '2'].map((digit) => digit.repeat(32)) as [string, string];

/** Returns two traces of a shop that end shortly before a time; the second one has failed. */
export function shopTraces(nowMillis: number): TracesJson {
  const start = BigInt(nowMillis - 60_000) * 1_000_000n;
  const span = (
    trace: number,
    id: number,
    parent: number,
    name: string,
    kind: number,
    offset: bigint,
    failed = false,
  ) => ({
    traceId: TRACE_IDS[trace] ?? '',
    spanId: `${trace}${id}`.padStart(16, 'a'),
    parentSpanId: parent === 0 ? '' : `${trace}${parent}`.padStart(16, 'a'),
    ...{ name, kind },
    startTimeUnixNano: `${start + offset}`,
    endTimeUnixNano: `${start + offset + 40_000_000n - BigInt(id) * 5_000_000n}`,
    attributes: keyValues({ 'http.request.method': 'POST', 'http.response.status_code': failed ? 500 : 200 }),
    ...(failed && {
      status: { code: 2, message: 'card declined' },
      events: [
        {
          timeUnixNano: `${start + offset + 1_000_000n}`,
          name: 'exception',
          attributes: keyValues({ 'exception.message': 'card declined' }),
        },
      ],
    }),
  });
  const service = (name: string, spans: readonly ReturnType<typeof span>[]) => ({
    resource: { attributes: keyValues({ 'service.name': name, 'host.name': `host-of-${name}` }) },
    scopeSpans: [{ scope: { name: 'shop', version: '1.0' }, spans: [...spans] }],
  });
  return {
    resourceSpans: [
      service('shop', [span(0, 1, 0, 'POST /checkout', 2, 0n), span(0, 2, 1, 'charge', 3, 1_000_000n)]),
      service('pay', [span(0, 3, 2, 'POST /charge', 2, 2_000_000n)]),
      service('shop', [
        span(1, 1, 0, 'POST /checkout', 2, 10_000_000n, true),
        span(1, 2, 1, 'charge', 3, 11_000_000n, true),
      ]),
      service('pay', [
        span(1, 3, 2, 'POST /charge', 2, 12_000_000n, true),
        span(1, 4, 3, 'bank', 3, 13_000_000n, true),
      ]),
    ],
  };
}
