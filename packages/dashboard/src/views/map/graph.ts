import type { Service, ServiceGraphEdge, ServiceGraphResponse } from '@otelier/query';
import { serviceNode } from '../../data/search.ts';

/** A service, or a peer that sends no spans. */
export interface MapNode {
  readonly id: string;
  readonly name: string;
  readonly isPeer: boolean;
  readonly calls: number;
  readonly errors: number;
  /** Percentiles in nanoseconds. Absent if the service has no requests. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** The calls from one node to another. */
export interface MapEdge extends ServiceGraphEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** The services, their peers and the calls between them. */
export interface MapGraph {
  readonly nodes: ReadonlyMap<string, MapNode>;
  readonly edges: readonly MapEdge[];
  /** Number of services that are left out, because there are too many to draw. */
  readonly leftOut: number;
}

/** Maximum number of nodes on the map. */
const MAX_NODES = 400;

/** How much of the graph around a node is in focus. */
export type Hops = '1' | '2' | 'up';

/** Combines services with the calls between them. The numbers of a peer are those of the calls to it. */
export function graphOf(services: readonly Service[], { edges: calls }: Pick<ServiceGraphResponse, 'edges'>): MapGraph {
  const all = new Map<string, MapNode>();
  for (const { service, requests, errors, p50, p95, spans } of services) {
    if (spans === 0 || service === '') continue;
    const durations = requests > 0 ? { p50, p95 } : { p50: undefined, p95: undefined };
    all.set(serviceNode(service), {
      ...{ id: serviceNode(service), name: service, isPeer: false, calls: requests, errors },
      ...durations,
    });
  }
  const edges = calls.map((call): MapEdge => {
    const from = serviceNode(call.caller);
    const to = call.peerAttribute === undefined ? serviceNode(call.called) : `peer ${call.called}`;
    return { ...call, id: `${from} > ${to} ${call.peerAttribute ?? ''}`, from, to };
  });
  for (const edge of edges) {
    if (!all.has(edge.from)) all.set(edge.from, unknownNode(edge.from, edge.caller));
    const known = all.get(edge.to);
    if (known === undefined || known.isPeer) all.set(edge.to, withCall(known, edge));
  }
  const nodes = [...all.values()].sort((a, b) => b.calls - a.calls || (a.id < b.id ? -1 : 1)).slice(0, MAX_NODES);
  const kept = new Map(nodes.map((node) => [node.id, node]));
  return {
    nodes: kept,
    edges: edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
    leftOut: all.size - kept.size,
  };
}

function unknownNode(id: string, name: string): MapNode {
  return { id, name, isPeer: false, calls: 0, errors: 0, p50: undefined, p95: undefined };
}

/** Adds a call to a peer. Percentiles of all calls together are at most the largest of them. */
function withCall(known: MapNode | undefined, edge: MapEdge): MapNode {
  return {
    ...{ id: edge.to, name: edge.called, isPeer: edge.peerAttribute !== undefined },
    ...{ calls: (known?.calls ?? 0) + edge.calls, errors: (known?.errors ?? 0) + edge.errors },
    ...{ p50: Math.max(known?.p50 ?? 0, edge.p50), p95: Math.max(known?.p95 ?? 0, edge.p95) },
  };
}

/** Returns the nodes and edges around a node: within some calls in both directions, or everything that leads to it. */
export function around(
  { edges }: Pick<MapGraph, 'edges'>,
  id: string,
  hops: Hops,
): { readonly nodes: ReadonlySet<string>; readonly edges: ReadonlySet<string> } {
  const nodes = new Set([id]);
  const found = new Set<string>();
  const take = (edge: MapEdge, other: string, next: Set<string>): void => {
    found.add(edge.id);
    if (!nodes.has(other)) next.add(other);
  };
  let frontier = new Set([id]);
  for (let hop = 1; frontier.size > 0 && (hops === 'up' || hop <= Number(hops)); hop += 1) {
    const next = new Set<string>();
    for (const edge of edges) {
      if (frontier.has(edge.to)) take(edge, edge.from, next);
      if (frontier.has(edge.from) && (hops !== 'up' || hop === 1)) take(edge, edge.to, hops === 'up' ? nodes : next);
    }
    for (const one of next) nodes.add(one);
    frontier = next;
  }
  return { nodes, edges: found };
}
