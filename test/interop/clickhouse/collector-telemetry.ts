import { decodeRequest, encodeRequest, keyValues, type PlainValue, type RequestJson } from '@otelier/testkit';

/** Whether telemetry is as it was sent, or as the columns of the Collector preserve it. */
export type Form = 'sent' | 'columns';

/** The time at which the telemetry begins, in nanoseconds. */
export const START = BigInt(Date.UTC(2026, 10, 30, 11)) * 1_000_000n;
const SECOND = 1_000_000_000n;
const CAUSE = 'c'.repeat(32);

/** Attributes of every type with the text that the Collector writes. */
const VALUES: readonly (readonly [key: string, value: PlainValue, text: string])[] = [
  ['http.route', '/cart/{id}', '/cart/{id}'],
  ['http.response.status_code', 503, '503'],
  ['ratio', 0.5, '0.5'],
  ['cached', true, 'true'],
  ['list', [1, 'a'], '[1,"a"]'],
  ['"quoted" \\ ключ', 'line\n"two" \u0001', 'line\n"two" \u0001'],
];

function attributesIn(form: Form) {
  return keyValues(Object.fromEntries(VALUES.map(([key, value, text]) => [key, form === 'sent' ? value : text])));
}

function resourceIn(form: Form) {
  return { attributes: keyValues({ 'service.name': 'shop', 'process.pid': form === 'sent' ? 42 : '42' }) };
}

/** The ID of the trace of a number. */
export function traceId(n: number): string {
  return n.toString(16).padStart(32, 'a');
}

function spanId(n: number): string {
  return n.toString(16).padStart(16, 'b');
}

/** Returns the time of telemetry with a number, in nanoseconds. */
export function timeOf(n: number): bigint {
  return START + BigInt(n) * 60n * SECOND;
}

/** Returns the traces, logs or metrics of a number. */
export function telemetryOf<S extends keyof RequestJson>(signal: S, n: number, form: Form): RequestJson[S] {
  const request = REQUESTS[signal](n, form) as RequestJson[S];
  return decodeRequest(signal, encodeRequest(signal, request));
}

const REQUESTS = { traces: tracesOf, logs: logsOf, metrics: metricsOf };

/** What the columns do not have is sent only. */
function ifSent(form: Form, fields: object): object {
  return form === 'sent' ? fields : {};
}

function tracesOf(n: number, form: Form) {
  const attributes = attributesIn(form);
  const server = {
    traceId: traceId(n),
    spanId: spanId(1),
    traceState: 'a=b',
    parentSpanId: spanId(9),
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: String(timeOf(n) + 1n),
    endTimeUnixNano: String(timeOf(n) + SECOND),
    attributes,
    events: [{ timeUnixNano: String(timeOf(n) + 7n), name: 'exception', attributes }],
    links: [{ traceId: CAUSE, spanId: spanId(8), attributes, traceState: 'c=d' }],
    status: { message: 'no "stock"', code: 2 },
    ...ifSent(form, { droppedAttributesCount: 3, droppedEventsCount: 4, droppedLinksCount: 5, flags: 1 }),
  };
  const child = {
    traceId: traceId(n),
    spanId: spanId(2),
    parentSpanId: spanId(1),
    name: 'reserve',
    startTimeUnixNano: String(timeOf(n) + 2n),
    endTimeUnixNano: String(timeOf(n) + 3n),
  };
  const scope = { name: 'lib', version: '1.2', ...ifSent(form, { attributes }) };
  const scopeSpans = [{ scope, spans: [server, child], ...ifSent(form, { schemaUrl: 'https://scope' }) }];
  return {
    resourceSpans: [{ resource: resourceIn(form), scopeSpans, ...ifSent(form, { schemaUrl: 'https://resource' }) }],
  };
}

function logsOf(n: number, form: Form) {
  const attributes = attributesIn(form);
  const body = { items: ['a'], order: n };
  const record = {
    timeUnixNano: String(timeOf(n) + 1n),
    severityNumber: 17,
    severityText: 'ERROR',
    body: form === 'sent' ? anyMap(body) : { stringValue: JSON.stringify(body) },
    attributes,
    flags: 1,
    traceId: traceId(n),
    spanId: spanId(1),
    eventName: 'order.failed',
    ...ifSent(form, { observedTimeUnixNano: String(timeOf(n) + 5n), droppedAttributesCount: 2 }),
  };
  // Records with the same time, which are ordered by their contents.
  const others = ['one', 'two'].map((text) => ({
    timeUnixNano: String(timeOf(n) + 1n),
    body: { stringValue: `${text} ${n}` },
  }));
  const scope = { name: 'lib', version: '1.2', attributes };
  const scopeLogs = [{ scope, schemaUrl: 'https://scope', logRecords: [record, ...others] }];
  return { resourceLogs: [{ resource: resourceIn(form), schemaUrl: 'https://resource', scopeLogs }] };
}

function anyMap({ items, order }: { readonly items: readonly string[]; readonly order: number }) {
  return { kvlistValue: { values: keyValues({ items, order }) } };
}

function metricsOf(n: number, form: Form) {
  const attributes = attributesIn(form);
  const lostNanos = form === 'sent' ? 5n : 0n;
  const exemplars = [
    {
      timeUnixNano: String(timeOf(n) - SECOND + lostNanos),
      ...(form === 'sent' ? { asInt: '7' } : { asDouble: 7 }),
      spanId: spanId(1),
      traceId: traceId(n),
      filteredAttributes: attributes,
    },
    { timeUnixNano: String(timeOf(n) - SECOND), asDouble: 0.25 },
  ];
  const point = {
    startTimeUnixNano: String(START - SECOND + lostNanos),
    timeUnixNano: String(timeOf(n) + lostNanos),
    attributes,
  };
  const distribution = { ...point, count: String(10 + n), sum: 12.5, exemplars, min: -1, max: 3 };
  const metrics = [
    {
      name: 'temperature',
      description: 'of the air',
      unit: 'Cel',
      gauge: { dataPoints: [{ ...point, asDouble: 21.5 }] },
    },
    {
      name: 'orders',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [{ ...point, ...(form === 'sent' ? { asInt: '7' } : { asDouble: 7 }), exemplars }],
      },
    },
    {
      name: 'duration',
      unit: 's',
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [{ ...distribution, bucketCounts: ['1', String(8 + n), '1'], explicitBounds: [0.5, 2] }],
      },
    },
    {
      name: 'sizes',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...distribution,
            scale: -1,
            zeroCount: '4',
            positive: { offset: -2, bucketCounts: ['5', '0'] },
            negative: { offset: 3, bucketCounts: [String(1 + n)] },
            ...ifSent(form, { zeroThreshold: 0.1 }),
          },
        ],
      },
    },
    {
      name: 'latency',
      summary: { dataPoints: [{ ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1.5 }] }] },
    },
  ];
  const scope = { name: 'lib', version: '1.2', attributes, droppedAttributesCount: 3 };
  const scopeMetrics = [{ scope, schemaUrl: 'https://scope', metrics }];
  return { resourceMetrics: [{ resource: resourceIn(form), schemaUrl: 'https://resource', scopeMetrics }] };
}
