/** Kinds of spans (`SpanKind`). */
const SERVER = 2;
const CONSUMER = 5;
/** Maximum number of entry spans of a request that are compared with root spans. */
const MAX_ENTRIES = 100;
/** Maximum number of scopes that are kept. Senders choose their names. */
const MAX_SCOPES = 32;

/** The parts of a span that the check reads. */
export interface ContextSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly scope: string;
  /** Milliseconds, fractions included. */
  readonly start: number;
  readonly end: number;
}

/** The root spans of a scope, which are not servers or consumers. */
export interface ScopeRoots {
  roots: number;
  /** Number of root spans that run entirely within a server or consumer span of another trace. */
  inside: number;
  /** Number of root spans that chance would put there: the sum of the shares of time in which requests are handled. */
  expected: number;
  /** Number of spans with a parent. */
  children: number;
}

/**
 * Finds instrumentation that loses the context: its spans run during the requests of their process, but each begins a
 * trace of its own. That happens if two copies of the API are loaded, or if no context manager is registered.
 */
export class ContextLoss {
  readonly scopes = new Map<string, ScopeRoots>();

  /** Reads the spans of a request. */
  add(spans: readonly ContextSpan[]): void {
    const entries = spans.filter(isEntry).slice(0, MAX_ENTRIES);
    const share = shareOfTime(entries, spans);
    for (const span of spans) {
      if (isEntry(span)) continue;
      const scope = this.#scope(span.scope);
      if (scope === undefined) continue;
      if (span.parentSpanId !== '') {
        scope.children += 1;
        continue;
      }
      scope.roots += 1;
      scope.expected += share;
      if (entries.some(({ start, end }) => start <= span.start && span.end <= end)) scope.inside += 1;
    }
  }

  #scope(name: string): ScopeRoots | undefined {
    const known = this.scopes.get(name);
    if (known !== undefined || this.scopes.size >= MAX_SCOPES) return known;
    const scope = { roots: 0, inside: 0, expected: 0, children: 0 };
    this.scopes.set(name, scope);
    return scope;
  }
}

function isEntry({ kind }: ContextSpan): boolean {
  return kind === SERVER || kind === CONSUMER;
}

/** Returns the share of the time of all spans in which an entry span runs. */
function shareOfTime(entries: readonly ContextSpan[], spans: readonly ContextSpan[]): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { start, end } of spans) {
    first = Math.min(first, start);
    last = Math.max(last, end);
  }
  if (last <= first) return 1;
  let covered = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { start, end } of entries.toSorted((a, b) => a.start - b.start)) {
    covered += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return covered / (last - first);
}
