import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';
import { randomFrom } from './random.ts';

const FLOW: Readonly<
  Record<
    string,
    {
      readonly rate: number;
      readonly bytes: number;
      readonly chain: readonly string[];
      readonly exporters: readonly string[];
    }
  >
> = {
  logs: {
    rate: 3218,
    bytes: 210,
    chain: ['memory_limiter', 'attributes', 'batch'],
    exporters: ['store', 'otlp_http/upstream'],
  },
  traces: {
    rate: 9604,
    bytes: 430,
    chain: ['memory_limiter', 'filter/health', 'probabilistic_sampler', 'batch'],
    exporters: ['store', 'otlp_http/upstream'],
  },
  metrics: { rate: 5590, bytes: 180, chain: ['memory_limiter', 'resource', 'batch'], exporters: ['store'] },
};
const SUMMARY: Readonly<Record<string, string>> = {
  memory_limiter: 'limit 512 MB',
  attributes: '2 actions',
  batch: '8192, 200 ms',
  'filter/health': '1 condition',
  probabilistic_sampler: '80 %',
  resource: '1 action',
  store: './.otelier',
  'otlp_http/upstream': 'collector.test:4318',
};
/** The fraction of items that each processor drops, why, and by which rule. */
const LEAVES: Readonly<Record<string, readonly [reason: string, share: number, rule: string]>> = {
  'filter/health': ['filtered', 0.0236, 'attributes["http.route"] == "/healthz"'],
  probabilistic_sampler: ['sampled', 0.2111, 'proportional, 80 %'],
};

/**
 * Returns a snapshot of the pipeline. Totals grow at the configured rates, starting at `startedMillis`. If `idle`,
 * there is no input.
 */
export function pipeline(nowMillis: number, startedMillis: number, idle: boolean): PipelineGraph {
  const seconds = idle ? 0 : total(nowMillis) - total(startedMillis);
  const nodes: PipelineNode[] = [node('receiver', 'otlp', undefined, Object.keys(FLOW), '4317, 4318')];
  const edges: PipelineEdge[] = [];
  for (const [signal, { rate, bytes, chain, exporters }] of Object.entries(FLOW)) {
    let from = 'receiver:otlp';
    let items = rate * seconds;
    for (const component of chain) {
      const id = `processor:${signal}/${component}`;
      edges.push(edge(from, id, signal, items, bytes));
      const leaves = LEAVES[component];
      const left = Math.floor(items * (leaves?.[1] ?? 0));
      nodes.push({
        ...node('processor', component, signal, [signal], SUMMARY[component] ?? ''),
        id,
        ...(leaves && dropsOf(items, left, leaves)),
      });
      items -= left;
      from = id;
    }
    for (const exporter of exporters) edges.push(edge(from, `exporter:${exporter}`, signal, items, bytes));
  }
  const queue = (share: number): PipelineNode['queue'] => ({
    sizeBytes: Math.round(64e6 * share),
    limitBytes: 64e6,
    requests: Math.round(400 * share),
  });
  nodes.push({
    ...node('exporter', 'store', undefined, Object.keys(FLOW), SUMMARY['store'] ?? ''),
    queue: idle ? queue(0) : queue(0.003),
  });
  nodes.push({
    ...node('exporter', 'otlp_http/upstream', undefined, ['logs', 'traces'], SUMMARY['otlp_http/upstream'] ?? ''),
    queue: idle ? queue(0) : queue(0.12),
    problem: idle ? undefined : 'retrying, 503',
  });
  return {
    atMillis: nowMillis,
    nodes,
    edges,
    admission: { inFlightBytes: idle ? 0 : 19e6, limitBytes: 512e6, refusedRequests: 0 },
    process: {
      cpuCores: idle ? 0.01 : 0.09,
      rssBytes: 142e6,
      heapBytes: 3e7,
      externalBytes: 12e6,
      eventLoopDelayP99Millis: 2.1,
    },
  };
}

/** Returns what a processor dropped: by reason, and in its ledger by rule. */
function dropsOf(
  items: number,
  left: number,
  [reason, , rule]: readonly [string, number, string],
): Pick<PipelineNode, 'dropped' | 'ledger'> {
  const counts = { refusedItems: 0, deliveredItems: 0, heldItems: 0, insideItems: 0, differenceItems: 0 };
  const received = Math.floor(items);
  const ledger = { ...counts, receivedItems: received, forwardedItems: received - left, created: [], merged: [] };
  return { dropped: { [reason]: left }, ledger: { ...ledger, dropped: [{ reason, rule, items: left }] } };
}

/** Returns the elapsed seconds with some variation, so that rates are not constant. */
function total(millis: number): number {
  const second = Math.floor(millis / 1000);
  return millis / 1000 + 0.06 * Math.sin(second / 11) * 11 + 0.02 * randomFrom(second).next();
}

function node(
  kind: PipelineNode['kind'],
  component: string,
  signal: string | undefined,
  pipelines: readonly string[],
  summary: string,
): PipelineNode {
  return {
    id: `${kind}:${component}`,
    kind,
    component,
    type: component.split('/')[0] ?? component,
    signal,
    pipelines,
    summary,
    queue: undefined,
    problem: undefined,
    dropped: {},
  };
}

function edge(from: string, to: string, signal: string, items: number, bytes: number): PipelineEdge {
  const whole = Math.floor(items);
  return {
    id: `${from}>${to}@${signal}`,
    from,
    to,
    signal,
    pipeline: signal,
    items: whole,
    bytes: whole * bytes,
    batches: Math.floor(items / 200),
    refusedItems: 0,
    consumeMicros: Math.floor(items * 0.9),
  };
}
