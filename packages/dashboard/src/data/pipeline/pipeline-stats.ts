import type { PipelineEdge, PipelineGraph, PipelineNode } from '@otelier/query';

/** The rates of an edge, computed from two snapshots. */
export interface EdgeRate {
  readonly itemsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly batchesPerSecond: number;
  readonly refusedPerSecond: number;
  /** Mean time to transfer a batch. */
  readonly transferMicros: number | undefined;
}

/** The rates shown in the status bar: input, output and drops per second. */
export interface FlowStats {
  readonly inPerSecond: number;
  readonly bytesPerSecond: number;
  readonly keptPerSecond: number;
  readonly refusedPerSecond: number;
  /** Items dropped per second, by reason, largest first. */
  readonly dropped: readonly { readonly reason: string; readonly perSecond: number }[];
  /** Fill level of the fullest queue, from 0 to 1. */
  readonly queueShare: number | undefined;
}

const IDLE: EdgeRate = {
  itemsPerSecond: 0,
  bytesPerSecond: 0,
  batchesPerSecond: 0,
  refusedPerSecond: 0,
  transferMicros: undefined,
};

/** Returns the items by signal, and the bytes, that receivers have forwarded since the start. */
export function receivedTotals(graph: PipelineGraph): {
  readonly items: Readonly<Record<string, number>>;
  readonly bytes: number;
} {
  const items: Record<string, number> = {};
  let bytes = 0;
  for (const edge of ingestEdges(graph)) {
    items[edge.signal] = (items[edge.signal] ?? 0) + edge.items;
    bytes += edge.bytes;
  }
  return { items, bytes };
}

/** Returns one edge per receiver and signal, because all pipelines of a receiver get the same items. */
function ingestEdges(graph: PipelineGraph): readonly PipelineEdge[] {
  const receivers = idsOfKind(graph, 'receiver');
  const edges = new Map<string, PipelineEdge>();
  for (const edge of graph.edges) {
    const key = `${edge.from} ${edge.signal}`;
    if (receivers.has(edge.from) && edge.items >= (edges.get(key)?.items ?? 0)) edges.set(key, edge);
  }
  return [...edges.values()];
}

/** Returns the rates of each edge by ID. They are zero if there is no earlier snapshot. */
export function edgeRates(latest: PipelineGraph, before: PipelineGraph | undefined): ReadonlyMap<string, EdgeRate> {
  const earlier = new Map(before?.edges.map((edge) => [edge.id, edge]));
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  return new Map(latest.edges.map((edge) => [edge.id, rateOf(edge, earlier.get(edge.id), seconds)]));
}

function rateOf(now: PipelineEdge, before: PipelineEdge | undefined, seconds: number): EdgeRate {
  if (before === undefined || seconds <= 0 || now.items < before.items) return IDLE;
  const batches = now.batches - before.batches;
  return {
    itemsPerSecond: (now.items - before.items) / seconds,
    bytesPerSecond: (now.bytes - before.bytes) / seconds,
    batchesPerSecond: batches / seconds,
    refusedPerSecond: (now.refusedItems - before.refusedItems) / seconds,
    transferMicros: batches > 0 ? (now.consumeMicros - before.consumeMicros) / batches : undefined,
  };
}

/** Computes the status bar's rates from two snapshots. */
export function flowStats(latest: PipelineGraph, before: PipelineGraph | undefined): FlowStats {
  const rates = edgeRates(latest, before);
  const storing = storingExporters(latest);
  const sum = (edges: readonly PipelineEdge[], of: (rate: EdgeRate) => number): number =>
    edges.reduce((total, edge) => total + of(rates.get(edge.id) ?? IDLE), 0);
  const taken = ingestEdges(latest);
  const inPerSecond = sum(taken, (rate) => rate.itemsPerSecond);
  const bytesPerSecond = sum(taken, (rate) => rate.bytesPerSecond);
  const refusedPerSecond = sum(taken, (rate) => rate.refusedPerSecond);
  const keptPerSecond = [...storing].reduce(
    (total, id) =>
      total +
      (sentRate(latest, before, [id]) ??
        sum(
          latest.edges.filter((edge) => edge.to === id),
          (rate) => rate.itemsPerSecond,
        )),
    0,
  );
  return {
    inPerSecond,
    bytesPerSecond,
    keptPerSecond,
    refusedPerSecond,
    dropped: droppedRates(latest, before),
    queueShare: fullestQueue(latest),
  };
}

/** Returns the items dropped per second by reason, for all components or a single one. */
export function droppedRates(
  latest: PipelineGraph,
  before: PipelineGraph | undefined,
  only?: string,
): FlowStats['dropped'] {
  const earlier = new Map(before?.nodes.map((node) => [node.id, node]));
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  const reasons = new Map<string, number>();
  for (const node of latest.nodes) {
    if (only !== undefined && node.id !== only) continue;
    for (const [reason, total] of Object.entries(node.dropped)) {
      const since = seconds > 0 ? Math.max(0, total - (earlier.get(node.id)?.dropped[reason] ?? 0)) / seconds : 0;
      reasons.set(reason, (reasons.get(reason) ?? 0) + since);
    }
  }
  return [...reasons].map(([reason, perSecond]) => ({ reason, perSecond })).sort((a, b) => b.perSecond - a.perSecond);
}

/** Items that a component dropped for one reason, by one rule. */
export interface RuleDrops {
  readonly reason: string;
  /** The condition, policy or other part of the configuration that dropped them. */
  readonly rule: string | undefined;
  readonly total: number;
  readonly perSecond: number;
}

/** Returns what a component dropped, by reason and rule, in the order of the component. */
export function droppedByRule(latest: PipelineGraph, before: PipelineGraph | undefined, id: string): RuleDrops[] {
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  const keyOf = ({ reason, rule }: Pick<RuleDrops, 'reason' | 'rule'>): string => JSON.stringify([reason, rule]);
  const earlier = new Map(entriesOf(before, id).map((entry) => [keyOf(entry), entry.total]));
  return entriesOf(latest, id).map((entry) => {
    const since = Math.max(0, entry.total - (earlier.get(keyOf(entry)) ?? 0));
    return { ...entry, perSecond: seconds > 0 ? since / seconds : 0 };
  });
}

/** Returns the drops in the ledger of a component, or by reason only if it has none. */
function entriesOf(graph: PipelineGraph | undefined, id: string): Omit<RuleDrops, 'perSecond'>[] {
  const node = graph?.nodes.find((one) => one.id === id);
  if (node?.ledger === undefined)
    return Object.entries(node?.dropped ?? {}).map(([reason, total]) => ({ reason, rule: undefined, total }));
  return node.ledger.dropped.map(({ reason, rule, items }) => ({ reason, rule, total: items }));
}

/**
 * Returns the items per second that destinations accepted, for nodes with a sending queue. Returns `undefined` for
 * other nodes, where items are delivered as they enter.
 */
export function sentRate(
  latest: PipelineGraph,
  before: PipelineGraph | undefined,
  ids: readonly string[],
): number | undefined {
  const total = (graph: PipelineGraph): number | undefined => {
    const counts = graph.nodes.flatMap(({ id, sentItems }) => (ids.includes(id) ? (sentItems ?? []) : []));
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
  };
  const now = total(latest);
  if (now === undefined) return undefined;
  const earlier = before && total(before);
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  return earlier === undefined || seconds <= 0 ? 0 : Math.max(0, now - earlier) / seconds;
}

/** Returns the fill level of a node's queue, from 0 to 1. */
export function queueShare(node: PipelineNode): number | undefined {
  return node.queue === undefined || node.queue.limitBytes <= 0
    ? undefined
    : node.queue.sizeBytes / node.queue.limitBytes;
}

function fullestQueue(graph: PipelineGraph): number | undefined {
  const shares = graph.nodes.map(queueShare).filter((share) => share !== undefined);
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/**
 * Returns the exporters whose items count as stored: only the store, if there is one, so that no item is counted twice.
 */
function storingExporters(graph: PipelineGraph): ReadonlySet<string> {
  const exporters = graph.nodes.filter((node) => node.kind === 'exporter');
  const stores = exporters.filter((node) => node.type === 'store' || node.type === 'clickhouse_store');
  return new Set((stores.length > 0 ? stores : exporters).map((node) => node.id));
}

function idsOfKind(graph: PipelineGraph, kind: PipelineNode['kind']): ReadonlySet<string> {
  return new Set(graph.nodes.filter((node) => node.kind === kind).map((node) => node.id));
}
