import { createRandom } from '@otelier/testkit/otlp/random';
import { pick, randomAttributes, randomValue } from './values.ts';

/** The contexts in which statements are compared. */
export type ComparedContext = 'log' | 'span' | 'metric' | 'datapoint' | 'exemplar';

/** Returns OTLP/JSON requests with one item each. */
export function inputsOf(context: ComparedContext, count: number): string[] {
  const source = createRandom(context.length * 1000 + 7);
  const random = () => source(2 ** 32) / 2 ** 32;
  return Array.from({ length: count }, () => JSON.stringify(MAKERS[context](random)));
}

type Random = () => number;

const MAKERS: Readonly<Record<ComparedContext, (random: Random) => object>> = {
  log: (random) => ({
    resourceLogs: [{ ...resource(random), scopeLogs: [{ ...scope(random), logRecords: [log(random)] }] }],
  }),
  span: (random) => ({
    resourceSpans: [{ ...resource(random), scopeSpans: [{ ...scope(random), spans: [span(random)] }] }],
  }),
  metric: metrics,
  datapoint: metrics,
  exemplar: exemplars,
};

function resource(random: Random): object {
  return { resource: { attributes: randomAttributes(random) }, ...maybe(random, { schemaUrl: 'https://schema/1' }) };
}

function scope(random: Random): object {
  return {
    scope: {
      name: pick(random, ['lib', '']),
      ...maybe(random, { version: '1.2', attributes: randomAttributes(random, 1) }),
    },
  };
}

function maybe(random: Random, fields: object): object {
  return random() < 0.5 ? fields : {};
}

const TIMES = ['1', '1675468800000000000', '1709210096789000123'];
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

function log(random: Random): object {
  return {
    ...maybe(random, { timeUnixNano: pick(random, TIMES) }),
    ...maybe(random, { observedTimeUnixNano: pick(random, TIMES) }),
    severityNumber: Math.floor(random() * 25),
    severityText: pick(random, ['INFO', 'warn', '']),
    ...maybe(random, { body: randomValue(random) }),
    attributes: randomAttributes(random),
    ...maybe(random, { traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 }),
    ...maybe(random, { eventName: 'event', droppedAttributesCount: 3 }),
  };
}

function span(random: Random): object {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    ...maybe(random, { parentSpanId: 'a7ad6b7169203331' }),
    ...maybe(random, { traceState: pick(random, ['a=1,b=2', 'broken', '']) }),
    name: pick(random, ['GET /orders/5', 'checkout', '']),
    kind: Math.floor(random() * 6),
    startTimeUnixNano: pick(random, TIMES),
    endTimeUnixNano: pick(random, TIMES),
    attributes: randomAttributes(random),
    ...maybe(random, { events: [{ name: 'e', timeUnixNano: '5', attributes: randomAttributes(random, 1) }] }),
    ...maybe(random, { links: [{ traceId: TRACE_ID, spanId: SPAN_ID }], droppedLinksCount: 2 }),
    ...maybe(random, { status: { code: Math.floor(random() * 3), message: pick(random, ['', 'failed']) } }),
    ...maybe(random, { flags: 257 }),
  };
}

function metrics(random: Random): object {
  const metric = { name: pick(random, ['cpu.time', 'requests', '']), unit: pick(random, ['s', '']), ...data(random) };
  return { resourceMetrics: [{ ...resource(random), scopeMetrics: [{ ...scope(random), metrics: [metric] }] }] };
}

/** Returns a request with one exemplar. */
function exemplars(random: Random): object {
  const exemplar = {
    ...maybe(random, { timeUnixNano: pick(random, TIMES) }),
    ...(random() < 0.5 ? { asInt: pick(random, ['7', '-3']) } : maybe(random, { asDouble: 2.5 })),
    ...maybe(random, { traceId: TRACE_ID, spanId: SPAN_ID }),
    filteredAttributes: randomAttributes(random),
  };
  const point = { timeUnixNano: pick(random, TIMES), attributes: randomAttributes(random), exemplars: [exemplar] };
  const field = pick(random, ['gauge', 'sum', 'histogram', 'exponentialHistogram']);
  const metric = { name: 'requests', [field]: { dataPoints: [point] } };
  return { resourceMetrics: [{ ...resource(random), scopeMetrics: [{ ...scope(random), metrics: [metric] }] }] };
}

function data(random: Random): object {
  const aggregationTemporality = Math.floor(random() * 3);
  const point = {
    startTimeUnixNano: pick(random, TIMES),
    timeUnixNano: pick(random, TIMES),
    attributes: randomAttributes(random),
  };
  const number = {
    ...point,
    ...(random() < 0.5 ? { asInt: pick(random, ['7', '-3']) } : { asDouble: 2.5 }),
    ...maybe(random, { flags: 1 }),
  };
  const counts = { count: '17', ...maybe(random, { sum: 12.5 }) };
  switch (Math.floor(random() * 5)) {
    case 0:
      return { gauge: { dataPoints: [number] } };
    case 1:
      return { sum: { aggregationTemporality, isMonotonic: random() < 0.5, dataPoints: [number] } };
    case 2: {
      const buckets = { bucketCounts: ['5', '8', '3', '1'], explicitBounds: [0.1, 0.5, 1] };
      return { histogram: { aggregationTemporality, dataPoints: [{ ...point, ...counts, ...buckets }] } };
    }
    case 3: {
      const positive = { offset: -2, bucketCounts: ['1', '2'] };
      return {
        exponentialHistogram: {
          aggregationTemporality,
          dataPoints: [{ ...point, ...counts, scale: 3, zeroCount: '1', positive }],
        },
      };
    }
    default:
      return {
        summary: { dataPoints: [{ ...point, count: '3', sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] }] },
      };
  }
}
