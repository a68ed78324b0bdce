/** The calls of a graph, by node. Each list is sorted. */
export interface Calls {
  readonly out: ReadonlyMap<string, readonly string[]>;
  readonly in: ReadonlyMap<string, readonly string[]>;
}

/** Maximum number of layers of services. More would not fit into the window. */
export const MAX_LAYERS = 6;

/** Indexes the edges by both of their ends. Calls of a node to itself are left out. */
export function callsOf(
  nodes: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Calls {
  const into = new Map<string, Set<string>>(nodes.map((id) => [id, new Set()]));
  const out = new Map<string, Set<string>>(nodes.map((id) => [id, new Set()]));
  for (const { from, to } of edges) {
    if (from === to || !out.has(from) || !into.has(to)) continue;
    out.get(from)?.add(to);
    into.get(to)?.add(from);
  }
  const sorted = (lists: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, readonly string[]> =>
    new Map([...lists].map(([id, others]) => [id, [...others].sort()]));
  return { out: sorted(out), in: sorted(into) };
}

/**
 * Assigns nodes to layers, so that a called service is to the right of its callers, except in cycles. Depends on the
 * shape of the graph and not on its numbers, so that nodes keep their places. If there are more layers than fit,
 * adjacent ones are combined into layers of similar size.
 */
export function layersOf(nodes: readonly string[], calls: Calls): readonly (readonly string[])[] {
  const depth = depths(nodes, calls);
  const byDepth: string[][] = [];
  for (const id of nodes.toSorted()) {
    const at = depth.get(id) ?? 0;
    byDepth[at] ??= [];
    byDepth[at].push(id);
  }
  return combined(byDepth.filter((layer) => layer.length > 0));
}

/** Returns the length of the longest chain of calls that ends at each node, without the calls that close a cycle. */
function depths(nodes: readonly string[], calls: Calls): ReadonlyMap<string, number> {
  const order = finishOrder(nodes, calls);
  const rank = new Map(order.map((id, index) => [id, index]));
  const depth = new Map<string, number>();
  for (const id of order) {
    const own = depth.get(id) ?? 0;
    depth.set(id, own);
    for (const to of calls.out.get(id) ?? []) {
      // A call to an earlier node closes a cycle.
      if ((rank.get(to) ?? 0) > (rank.get(id) ?? 0)) depth.set(to, Math.max(depth.get(to) ?? 0, own + 1));
    }
  }
  return depth;
}

/** Returns the nodes so that callers precede what they call, except in cycles. Starts with nodes that nothing calls. */
function finishOrder(nodes: readonly string[], calls: Calls): readonly string[] {
  const starts = nodes.toSorted();
  const entries = starts.filter((id) => calls.in.get(id)?.length === 0);
  const seen = new Set<string>();
  const finished: string[] = [];
  for (const start of [...entries, ...starts]) {
    if (seen.has(start)) continue;
    seen.add(start);
    const path = [{ id: start, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = calls.out.get(top.id)?.[top.next];
      top.next += 1;
      if (to === undefined) {
        finished.push(top.id);
        path.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        path.push({ id: to, next: 0 });
      }
    }
  }
  return finished.reverse();
}

/** Combines adjacent layers after the first, so that none is much larger than the others. */
function combined(layers: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [entry, ...rest] = layers;
  if (entry === undefined || layers.length <= MAX_LAYERS) return layers;
  const result: string[][] = [];
  let left = rest.reduce((sum, layer) => sum + layer.length, 0);
  let current: string[] = [];
  for (const [index, layer] of rest.entries()) {
    const places = MAX_LAYERS - 1 - result.length;
    current.push(...layer);
    if (current.length >= left / places || rest.length - index - 1 < places) {
      result.push(current);
      left -= current.length;
      current = [];
    }
  }
  if (current.length > 0) result.push(current);
  return [entry, ...result];
}
