import type { ErrorCause, ErrorCausesResponse } from '@otelier/query';
import type { Shop, ShopSpan } from './shop.ts';
import { type RequestParams, WEIGHT } from './spans-api.ts';

/** The failed spans of a trace from where a failure began to the request that failed. */
type Chain = readonly ShopSpan[];

const isFailed = (span: ShopSpan): boolean => span.statusCode === 'ERROR';
const typeOf = (span: ShopSpan): string =>
  String(span.events.find((event) => event.name === 'exception')?.attributes['exception.type'] ?? 'Error');

export function errorCauses(shop: Shop, ask: RequestParams): ErrorCausesResponse {
  const service = ask.params.get('service');
  const chains = [...shop.traces.values()].flatMap(chainsOf).filter(([leaf]) => {
    const at = leaf?.startMillis ?? 0;
    return at >= ask.start && at < ask.end;
  });
  const groups = Map.groupBy(chains, ([leaf]) => `${leaf?.service} ${leaf === undefined ? '' : typeOf(leaf)}`);
  const causes = [...groups]
    .map(([key, group]) => causeOf(key, group, ask))
    .filter(({ path }) => service === null || path.some((step) => !step.isPeer && step.service === service))
    .sort((a, b) => b.count - a.count);
  return {
    timesMillis: Array.from({ length: ask.steps }, (_, step) => ask.start + (step * (ask.end - ask.start)) / ask.steps),
    stepMillis: (ask.end - ask.start) / ask.steps,
    causes: causes.slice(0, ask.limit),
    total: causes.length,
    occurrences: causes.reduce((sum, { count }) => sum + count, 0),
    sampling: 1,
  };
}

function chainsOf(spans: readonly ShopSpan[]): readonly Chain[] {
  const failed = new Map(spans.filter(isFailed).map((span) => [span.spanId, span]));
  const parents = new Set([...failed.values()].map(({ parentSpanId }) => parentSpanId));
  return [...failed.values()]
    .filter(({ spanId }) => !parents.has(spanId))
    .map((leaf) => {
      const chain = [leaf];
      for (
        let span = failed.get(leaf.parentSpanId ?? '');
        span !== undefined;
        span = failed.get(span.parentSpanId ?? '')
      )
        chain.push(span);
      return chain;
    });
}

function causeOf(key: string, chains: readonly Chain[], ask: RequestParams): ErrorCause {
  const requests = [...Map.groupBy(chains, ([leaf]) => leaf?.traceId).values()].flatMap(([chain]) => chain ?? []);
  const ofTraces = [...Map.groupBy(requests, ({ traceId }) => traceId).values()];
  const latest = ofTraces.at(-1) as Chain;
  const [leaf] = latest as readonly [ShopSpan];
  const count = ofTraces.length * WEIGHT;
  const steps = Array.from({ length: ask.steps }, () => 0);
  for (const [first] of ofTraces) {
    const step = Math.floor((((first?.startMillis ?? 0) - ask.start) / (ask.end - ask.start)) * ask.steps);
    steps[step] = (steps[step] ?? 0) + WEIGHT;
  }
  const services = [...new Map(latest.map((span) => [span.service, span])).values()];
  const peer = leaf.attributes['server.address'];
  const isHandled = latest.every(({ kind }) => kind !== 'SERVER');
  const entry = latest.at(-1) as ShopSpan;
  const values = (value: unknown): ErrorCause['versions'] => [{ value: String(value), count }];
  return {
    fingerprint: Buffer.from(key).toString('hex').padEnd(16, '0').slice(-16),
    service: leaf.service,
    type: typeOf(leaf),
    message: partsOf(leaf.statusMessage ?? ''),
    messages: 1,
    search: '',
    spanName: leaf.name,
    count,
    attempts: chains.length * WEIGHT,
    failedRequests: isHandled ? 0 : count,
    users: new Set(requests.map(({ attributes }) => attributes['user.id'])).size,
    firstSeenNanos: ofTraces[0]?.[0]?.startNanos ?? '0',
    lastSeenNanos: leaf.startNanos,
    steps,
    path: [
      ...(leaf.kind === 'CLIENT' && typeof peer === 'string'
        ? [{ service: peer, isPeer: true, type: '', spanName: leaf.name, count: chains.length * WEIGHT }]
        : []),
      ...services.map((span) => ({
        ...{ service: span.service, isPeer: false, type: typeOf(span), spanName: span.name, count },
      })),
    ],
    paths: 1,
    versions: values(leaf.resourceAttributes['service.version']),
    instances: values(leaf.resourceAttributes['k8s.pod.name']),
    routes: isHandled ? [] : [{ service: entry.service, name: entry.name, count }],
    samples: ofTraces
      .slice(-8)
      .reverse()
      .flatMap(([first]) =>
        first === undefined
          ? []
          : [{ ...first, timeNanos: first.startNanos, message: first.statusMessage ?? '' }].map(
              ({ traceId, spanId, timeNanos, message }) => ({ traceId, spanId, isLog: false, timeNanos, message }),
            ),
      ),
  };
}

/** Splits a message at words with digits. */
function partsOf(message: string): ErrorCause['message'] {
  return message
    .split(/(\S*\d\S*(?: ms| h)?)/)
    .flatMap((text, index) => (text === '' ? [] : [{ text, isVariable: index % 2 === 1 }]));
}
