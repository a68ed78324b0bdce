import type { Outcome, Signal } from '@otelier/otlp';
import { ACCEPTED, normalizeRequest } from '@otelier/otlp';
import type { RecordedLog, RecordedSpan, RecordedTrace, Telemetry } from '../telemetry.ts';
import type { CallSites } from './call-sites.ts';
import { readMetrics } from './read-metrics.ts';
import { type ReceivedSpan, readLogs, readSpans } from './read-request.ts';

/** Collects requests, and reads the telemetry in them. */
export class Recording {
  readonly #callSites: CallSites | undefined;
  readonly #listeners = new Set<() => void>();
  #spans: ReceivedSpan[] = [];
  #logs: RecordedLog[] = [];
  #metricRequests: Uint8Array[] = [];

  constructor(callSites?: CallSites) {
    this.#callSites = callSites;
  }

  /** Adds a request. Rejects a malformed one. */
  add(signal: Signal, request: Uint8Array): Outcome {
    const normalized = normalizeRequest(signal, request);
    if (!normalized.ok) return { kind: 'refused', reason: normalized.reason };
    if (signal === 'traces') this.#spans.push(...readSpans(normalized.bytes));
    if (signal === 'logs') this.#logs.push(...readLogs(normalized.bytes));
    if (signal === 'metrics') this.#metricRequests.push(normalized.bytes);
    for (const listener of [...this.#listeners]) listener();
    return ACCEPTED;
  }

  /** Calls the listener after each request. Call the result to stop that. */
  onRequest(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the telemetry so far. */
  clear(): void {
    this.#spans = [];
    this.#logs = [];
    this.#metricRequests = [];
  }

  /** Returns the telemetry so far. */
  telemetry(): Telemetry {
    const spans = this.#recordedSpans();
    return {
      spans,
      traces: tracesOf(spans, this.#logs),
      logs: this.#logs.toSorted((a, b) => compare(a.timeNanos, b.timeNanos)),
      metrics: readMetrics(this.#metricRequests),
      openSpans: this.#callSites?.openSpans() ?? [],
    };
  }

  #recordedSpans(): readonly RecordedSpan[] {
    const order = (span: ReceivedSpan) => this.#callSites?.of(span.spanId)?.order ?? 0;
    const inOrder = this.#spans.toSorted((a, b) => compare(a.startNanos, b.startNanos) || order(a) - order(b));
    const children = new Map<string, RecordedSpan[]>();
    const spans = inOrder.map((span) => {
      const list: RecordedSpan[] = [];
      children.set(idOf(span.traceId, span.spanId), list);
      return { ...span, place: this.#callSites?.of(span.spanId)?.place ?? placeInAttributes(span), children: list };
    });
    for (const span of spans) children.get(idOf(span.traceId, span.parentSpanId))?.push(span);
    return spans;
  }
}

function tracesOf(spans: readonly RecordedSpan[], logs: readonly RecordedLog[]): readonly RecordedTrace[] {
  const known = new Set(spans.map(({ traceId, spanId }) => idOf(traceId, spanId)));
  const logsOf = Map.groupBy(logs, ({ traceId }) => traceId);
  return [...Map.groupBy(spans, ({ traceId }) => traceId)].map(([traceId, ofTrace]) => ({
    traceId,
    roots: ofTrace.filter(({ parentSpanId }) => !known.has(idOf(traceId, parentSpanId))),
    spans: ofTrace,
    logs: logsOf.get(traceId) ?? [],
  }));
}

function idOf(traceId: string, spanId: string | undefined): string {
  return `${traceId}/${spanId ?? ''}`;
}

/** Returns the place in the attributes of the code conventions, or of their older names. */
function placeInAttributes({ attributes }: ReceivedSpan): string | undefined {
  const path = attributes['code.file.path'] ?? attributes['code.filepath'];
  const line = attributes['code.line.number'] ?? attributes['code.lineno'];
  return path === undefined ? undefined : line === undefined ? String(path) : `${path}:${line}`;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
