import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';

/** The signals that the clients send. */
export const SIGNALS = ['traces', 'logs', 'metrics'] as const;
export type KilledSignal = (typeof SIGNALS)[number];

/** Number of items per request. */
export const ITEMS = 25;

/** Age of items that retention removes. */
const OLD_MILLIS = 30 * 24 * 3_600_000;

/**
 * Encodes a request with `ITEMS` items that have the attributes `request` and `i`. Retention removes the items of an
 * old request.
 */
export function killRequest(signal: KilledSignal, id: string, isOld: boolean): Uint8Array {
  const now = BigInt(Date.now() - (isOld ? OLD_MILLIS : 0)) * 1_000_000n;
  return REQUESTS[signal](id, (i) => String(now + BigInt(i)));
}

const REQUESTS: Readonly<Record<KilledSignal, (id: string, nanos: (i: number) => string) => Uint8Array>> = {
  traces: (id, nanos) =>
    encodeRequest('traces', {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: items(id, (i, attributes) => ({
                traceId: '5b8efff798038103d269b633813fc60c',
                spanId: (i + 1).toString(16).padStart(16, '0'),
                name: 'work',
                startTimeUnixNano: nanos(i),
                endTimeUnixNano: nanos(i),
                attributes,
              })),
            },
          ],
        },
      ],
    } satisfies RequestJson['traces']),
  logs: (id, nanos) =>
    encodeRequest('logs', {
      resourceLogs: [
        { scopeLogs: [{ logRecords: items(id, (i, attributes) => ({ timeUnixNano: nanos(i), attributes })) }] },
      ],
    }),
  metrics: (id, nanos) => {
    const dataPoints = items(id, (i, attributes) => ({ timeUnixNano: nanos(i), asInt: i, attributes }));
    return encodeRequest('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'load', gauge: { dataPoints } }] }] }],
    });
  },
};

type Attributes = readonly [
  { readonly key: 'request'; readonly value: { readonly stringValue: string } },
  { readonly key: 'i'; readonly value: { readonly intValue: string } },
];

function items<T>(id: string, item: (i: number, attributes: Attributes) => T): T[] {
  return Array.from({ length: ITEMS }, (_, i) =>
    item(i, [
      { key: 'request', value: { stringValue: id } },
      { key: 'i', value: { intValue: String(i) } },
    ]),
  );
}
