/** Options for `largeTrace`. */
export interface LargeTraceOptions {
  readonly spans: number;
  readonly traceId: string;
  readonly startMillis: number;
  readonly seed?: number;
}

const SERVICES = ['frontend', 'cart', 'checkout', 'payment', 'catalog', 'shipping', 'recommendation'];
const SPANS_PER_REQUEST = 5000;

/**
 * Yields OTLP/JSON requests that together form one trace: calls between seven services, with attributes, events and
 * errors.
 */
export function* largeTrace({ spans, traceId, startMillis, seed = 7 }: LargeTraceOptions): Generator<string> {
  const random = randomFrom(seed);
  const calls: Call[] = [];
  for (let from = 0; from < spans; from += SPANS_PER_REQUEST) {
    for (let index = from; index < Math.min(spans, from + SPANS_PER_REQUEST); index += 1)
      calls.push(callOf(index, calls, random));
    const resourceSpans = [...Map.groupBy(calls.slice(from), ({ service }) => service)].map(([service, part]) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: { name: 'large' }, spans: part.map((call) => spanOf(call, traceId, startMillis)) }],
    }));
    yield JSON.stringify({ resourceSpans });
  }
}

interface Call {
  readonly index: number;
  /** Index of the caller, or −1 for the root. */
  readonly caller: number;
  readonly service: string;
  /** Nanoseconds since the start of the trace. */
  readonly start: number;
  readonly lasts: number;
  readonly user: number;
  readonly isFailed: boolean;
}

/** Creates a call made by one of the most recent calls. */
function callOf(index: number, calls: readonly Call[], random: () => number): Call {
  const caller = index === 0 ? -1 : Math.max(0, index - 1 - Math.floor(random() ** 3 * 40));
  const { start, lasts } = calls[caller] ?? { start: 0, lasts: 120e9 };
  const begin = index === 0 ? 0 : start + Math.floor(random() * lasts * 0.5);
  return {
    index,
    caller,
    service: SERVICES[Math.floor(random() * SERVICES.length)] ?? '',
    start: begin,
    lasts: Math.max(10_000, Math.floor((start + lasts - begin) * (0.2 + 0.7 * random()))),
    user: Math.floor(random() * 1e6),
    isFailed: random() < 0.01,
  };
}

function spanOf({ index, caller, start, lasts, user, isFailed }: Call, traceId: string, startMillis: number): object {
  const time = BigInt(startMillis) * 1_000_000n + BigInt(start);
  const exception = {
    timeUnixNano: String(time + BigInt(Math.floor(lasts / 2))),
    name: 'exception',
    attributes: [{ key: 'exception.type', value: { stringValue: 'TimeoutError' } }],
  };
  return {
    traceId,
    spanId: idOf(index),
    ...(caller >= 0 && { parentSpanId: idOf(caller) }),
    name: `step ${index % 500}`,
    kind: 1 + (index % 3),
    startTimeUnixNano: String(time),
    endTimeUnixNano: String(time + BigInt(lasts)),
    attributes: [
      { key: 'http.route', value: { stringValue: `/api/v${index % 3}/items/{id}` } },
      { key: 'step.index', value: { intValue: String(index) } },
      { key: 'user.id', value: { stringValue: `user-${user}` } },
      ...(index % 3 === 2 ? [{ key: 'db.system.name', value: { stringValue: 'postgresql' } }] : []),
    ],
    ...(isFailed && { status: { code: 2, message: 'deadline exceeded' }, events: [exception] }),
  };
}

function idOf(index: number): string {
  return (0x5000000000 + index).toString(16).padStart(16, '0');
}

/** Returns a seeded generator of numbers in [0, 1) (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
