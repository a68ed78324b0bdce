import type { TraceMatchesResponse, TraceOperation, TraceOutlineLine, TraceResponse } from '@otelier/query';
import type { Shop, ShopSpan } from './shop.ts';

/** Returns the spans of a trace, or only those with a given ID. */
export function trace(shop: Shop, traceId: string, params: URLSearchParams): TraceResponse | undefined {
  const spanId = params.get('span_id');
  const spans = shop.traces.get(traceId)?.filter((span) => spanId === null || span.spanId === spanId) ?? [];
  return spans.length === 0 ? undefined : { traceId, spans };
}

/** Returns the IDs of a trace's spans that contain a string. */
export function matches(shop: Shop, traceId: string, params: URLSearchParams): TraceMatchesResponse {
  const wanted = params.get('text')?.toLowerCase() ?? '';
  const texts = ({ name, service, spanId, statusMessage = '', attributes }: ShopSpan): string =>
    [name, service, spanId, statusMessage, ...Object.entries(attributes).flat()].join('\n').toLowerCase();
  const spans = shop.traces.get(traceId) ?? [];
  const found = spans.filter((span) => texts(span).includes(wanted));
  if (found.length < MIN_BITMAP || Number(params.get('spans')) !== spans.length)
    return { spanIds: found.map(({ spanId }) => spanId).join('') };
  const bits = Buffer.alloc(Math.ceil(spans.length / 8));
  const hits = new Set(found);
  for (const [at, span] of spans.toSorted(byStart).entries()) if (hits.has(span)) bits[at >> 3] |= 1 << (at & 7);
  return { spanIds: '', bitmap: bits.toString('base64') };
}

/** As in the API. */
const MIN_BITMAP = 2000;
const byStart = (a: ShopSpan, b: ShopSpan): number => a.startMillis - b.startMillis;
const SPANS_PER_LINE = 8192;
const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system'];
const NO_ID = '0'.repeat(16);

/** Returns the lines of a trace's outline. */
export function outline(shop: Shop, traceId: string): readonly TraceOutlineLine[] | undefined {
  const spans = shop.traces.get(traceId)?.toSorted(byStart);
  const [first] = spans ?? [];
  if (spans === undefined || first === undefined) return undefined;
  const base = BigInt(first.startNanos);
  const offset = ({ startNanos }: ShopSpan): number => Number(BigInt(startNanos) - base);
  const places = new Map<string, number>();
  const operations: TraceOperation[] = [];
  const placeOf = (span: ShopSpan): number => {
    const operation = operationOf(span);
    const key = JSON.stringify(operation);
    const place = places.get(key) ?? operations.push(operation) - 1;
    places.set(key, place);
    return place;
  };
  const lines: TraceOutlineLine[] = [];
  for (let from = 0; from < spans.length; from += SPANS_PER_LINE) {
    const part = spans.slice(from, from + SPANS_PER_LINE);
    lines.push({
      kind: 'spans',
      spanIds: part.map(({ spanId }) => spanId).join(''),
      parentSpanIds: part.map(({ parentSpanId = NO_ID }) => parentSpanId).join(''),
      operations: part.map(placeOf),
      offsets: part.map(offset),
      durations: part.map(({ durationNanos }) => durationNanos),
      events: part.flatMap(({ startNanos, events }, index) =>
        events.map(({ timeNanos, name }): [number, number, number] => [
          index,
          Number(BigInt(timeNanos) - BigInt(startNanos)),
          name === 'exception' ? 1 : 0,
        ]),
      ),
    });
  }
  const head = {
    kind: 'head' as const,
    startNanos: first.startNanos,
    durationNanos: spans.reduce((max, span) => Math.max(max, offset(span) + span.durationNanos), 0),
    spanCount: spans.length,
    errorCount: spans.filter(({ statusCode }) => statusCode === 'ERROR').length,
  };
  return [head, { kind: 'operations', operations }, ...lines];
}

function operationOf({ service, name, kind, statusCode, attributes }: ShopSpan): TraceOperation {
  const isCall = kind === 'CLIENT' || kind === 'PRODUCER';
  const peer = PEER_KEYS.map((key) => attributes[key]).find((value) => typeof value === 'string');
  return { service, name, spanKind: kind, statusCode, peer: isCall ? peer : undefined };
}
