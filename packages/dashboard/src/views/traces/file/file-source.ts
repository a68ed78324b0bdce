import type {
  LogsResponse,
  TraceHit,
  TraceMatchesResponse,
  TraceOperation,
  TraceOutlineLine,
  TraceReferencesResponse,
  TraceResponse,
  TracesResponse,
} from '@otelier/query';
import type { Params } from '../../../data/client.ts';
import type { LocalSource } from '../../../data/file/local-source.ts';
import { LAST_MILLIS } from '../../../data/search.ts';
import type { FileSpan } from './read-traces.ts';

/** Responds to requests for traces with the spans of a file. Other requests go to the API. */
export function fileSource(spans: readonly FileSpan[]): LocalSource {
  const traces = Map.groupBy(
    spans.toSorted((a, b) => compare(BigInt(a.startNanos), BigInt(b.startNanos)) || b.durationNanos - a.durationNanos),
    ({ traceId }) => traceId,
  );
  return (path, params) => {
    if (path === '/traces') return listOf(traces);
    const [, traceId = '', part = 'spans'] = /^\/traces\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const own = traces.get(traceId);
    if (own !== undefined) return PARTS[part]?.(traceId, own, params);
    if (path === '/logs' && traces.has(String(params['trace_id']))) return { logs: [] } satisfies LogsResponse;
    return undefined;
  };
}

/** Returns the time range that contains all spans, in milliseconds. */
export function rangeOfSpans(spans: readonly FileSpan[]): { readonly from: number; readonly to: number } {
  const starts = spans.map(({ startNanos }) => Number(BigInt(startNanos) / 1_000_000n));
  const from = starts.reduce((min, start) => Math.min(min, start), starts[0] ?? 0);
  const to = spans.reduce((max, { durationNanos }, at) => Math.max(max, (starts[at] ?? 0) + durationNanos / 1e6), from);
  return { from: Math.max(0, from - MARGIN_MILLIS), to: Math.min(LAST_MILLIS, Math.ceil(to) + MARGIN_MILLIS) };
}

/** Margin around the spans of a file, in milliseconds. */
const MARGIN_MILLIS = 1000;

const PARTS: Readonly<Record<string, (traceId: string, spans: readonly FileSpan[], params: Params) => unknown>> = {
  spans: (traceId, spans, params): TraceResponse => ({
    traceId,
    spans: spans.filter(({ spanId }) => params['span_id'] === undefined || params['span_id'] === spanId),
  }),
  matches: (_, spans, params): TraceMatchesResponse => {
    const wanted = String(params['text'] ?? '').toLowerCase();
    const isMatch = ({ name, service, spanId, statusMessage = '', attributes }: FileSpan): boolean =>
      spanId === wanted ||
      `${name}\n${service}\n${statusMessage}\n${JSON.stringify(attributes)}`.toLowerCase().includes(wanted);
    const found = spans.filter(isMatch).map(({ spanId }) => spanId);
    return { spanIds: found.join('') };
  },
  references: (): TraceReferencesResponse => ({ links: [], exemplars: [] }),
  outline: (_, spans) => outlineOf(spans).map((line) => JSON.stringify(line)),
};

function listOf(traces: ReadonlyMap<string, readonly FileSpan[]>): TracesResponse {
  const hits = [...traces].map(([traceId, spans]) => hitOf(traceId, spans)).slice(0, MAX_TRACES);
  return { total: hits.length, traces: hits };
}

const MAX_TRACES = 500;

function hitOf(traceId: string, spans: readonly FileSpan[]): TraceHit {
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined) ?? spans[0];
  const failed = spans.filter(({ statusCode }) => statusCode === 'ERROR');
  return {
    traceId,
    rootService: root?.service ?? '',
    rootName: root?.name ?? '',
    startNanos: spans[0]?.startNanos ?? '0',
    durationNanos: durationOf(spans),
    spanCount: spans.length,
    errorCount: failed.length,
    services: [...new Set(spans.map(({ service }) => service))],
    ...(failed.length > 0 && { error: failureOf(failed) }),
  };
}

/** Returns the failure at the end of the chain of failed children, each the one that ended last. */
function failureOf(failed: readonly FileSpan[]): TraceHit['error'] {
  const endOf = ({ startNanos, durationNanos }: FileSpan): number => Number(startNanos) + durationNanos;
  const byParent = Map.groupBy(failed, ({ parentSpanId }) => parentSpanId);
  const passed = new Set<FileSpan>();
  let current: FileSpan | undefined = failed[0];
  for (let next: FileSpan | undefined = current; next !== undefined && !passed.has(next); ) {
    passed.add(next);
    current = next;
    next = byParent.get(next.spanId)?.reduce((last, span) => (endOf(span) > endOf(last) ? span : last));
  }
  if (current === undefined) return undefined;
  const exception = current.events.findLast(({ name }) => name === 'exception')?.attributes ?? {};
  return {
    service: current.service,
    type: String(exception['exception.type'] ?? ''),
    message: String(exception['exception.message'] ?? current.statusMessage ?? ''),
  };
}

const NO_ID = '0'.repeat(16);
const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system', 'rpc.service', 'server.address'];

function outlineOf(spans: readonly FileSpan[]): readonly TraceOutlineLine[] {
  const base = BigInt(spans[0]?.startNanos ?? 0);
  const operations: TraceOperation[] = [];
  const known = new Map<string, number>();
  const placeOf = ({ service, name, kind, statusCode, attributes }: FileSpan): number => {
    const isCall = kind === 'CLIENT' || kind === 'PRODUCER';
    const peer = isCall
      ? PEER_KEYS.map((key) => attributes[key]).find((value) => typeof value === 'string')
      : undefined;
    const operation = { service, name, spanKind: kind, statusCode, ...(peer === undefined ? {} : { peer }) };
    const key = JSON.stringify(operation);
    const place = known.get(key) ?? operations.push(operation) - 1;
    known.set(key, place);
    return place;
  };
  const line: TraceOutlineLine = {
    kind: 'spans',
    spanIds: spans.map(({ spanId }) => spanId).join(''),
    parentSpanIds: spans.map(({ parentSpanId = NO_ID }) => parentSpanId).join(''),
    operations: spans.map(placeOf),
    offsets: spans.map(({ startNanos }) => Number(BigInt(startNanos) - base)),
    durations: spans.map(({ durationNanos }) => durationNanos),
    events: spans.flatMap(({ startNanos, events }, index) =>
      events
        .slice(0, 100)
        .map(({ timeNanos, name }): [number, number, number] => [
          index,
          Number(BigInt(timeNanos) - BigInt(startNanos)),
          name === 'exception' ? 1 : 0,
        ]),
    ),
  };
  return [
    {
      kind: 'head',
      startNanos: base.toString(),
      durationNanos: durationOf(spans),
      spanCount: spans.length,
      errorCount: spans.filter(({ statusCode }) => statusCode === 'ERROR').length,
    },
    { kind: 'operations', operations },
    line,
  ];
}

function durationOf(spans: readonly FileSpan[]): number {
  const base = BigInt(spans[0]?.startNanos ?? 0);
  return spans.reduce(
    (end, { startNanos, durationNanos }) => Math.max(end, Number(BigInt(startNanos) - base) + durationNanos),
    0,
  );
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
