import type { SelectedSpan } from '@otelier/store';
import { sourceOf, type TraceHandler } from '../../traceql/request.ts';
import { integerParameter, timeParameter } from '../parameters.ts';
import { envelope } from './envelope.ts';

const MILLISECOND = 1_000_000n;
const DAY_MILLIS = 86_400_000;
/** Maximum number of spans that are read: the newest ones. */
const MAX_SPANS = 300_000;

/** `dependencies`: the calls between services, counted from the spans of a time range. */
export const dependencies: TraceHandler = async (request) => {
  const { parameters, nowMillis } = request;
  const end = timeParameter(parameters, 'endTs', MILLISECOND) ?? BigInt(Math.trunc(nowMillis())) * MILLISECOND;
  const start = end - BigInt(integerParameter(parameters, 'lookback', DAY_MILLIS)) * MILLISECOND;
  const source = sourceOf(request);
  const spans: SelectedSpan[] = [];
  for await (const part of source.select({ start, end: end + 1n, parts: {}, order: 'newest' })) {
    await source.check();
    for (const span of part) spans.push(span);
    if (spans.length >= MAX_SPANS) break;
  }
  const service = parameters.get('service') ?? '';
  const links = countCalls(spans).filter(
    ({ parent, child }) => service === '' || parent === service || child === service,
  );
  return envelope(links, 0);
};

function countCalls(spans: readonly SelectedSpan[]) {
  const services = new Map(spans.map((span) => [`${span.traceId}${span.spanId}`, span.service]));
  const counts = new Map<string, { readonly parent: string; readonly child: string; callCount: number }>();
  for (const { traceId, parentSpanId, service: child } of spans) {
    const parent = services.get(`${traceId}${parentSpanId}`);
    if (parent === undefined || parent === child || parent === '' || child === '') continue;
    const key = JSON.stringify([parent, child]);
    const link = counts.get(key) ?? { parent, child, callCount: 0 };
    counts.set(key, link);
    link.callCount += 1;
  }
  return [...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, link]) => link);
}
