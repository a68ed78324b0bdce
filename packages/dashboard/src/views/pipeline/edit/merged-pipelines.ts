import type { DraftReport, DryRunReport } from '@otelier/query';

type Pipelines = NonNullable<DraftReport['pipelines']>;
type Changes = DraftReport['changes'];

/** What becomes of a component in a pipeline. */
export type NodeState = 'kept' | 'added' | 'removed' | 'restarted';

/** A component in a pipeline of the running configuration, the draft, or both. */
export interface MergedNode {
  /** As in the configuration: `processors/batch`. */
  readonly component: string;
  readonly id: string;
  readonly state: NodeState;
  /** Items that entered it in the dry run. */
  readonly now: number | undefined;
  readonly draft: number | undefined;
  /** Items that did not leave it in the dry run of the draft; negative if it created some. */
  readonly left: number | undefined;
}

/** A pipeline with the components of both configurations, in order. */
export interface MergedPipeline {
  readonly id: string;
  readonly receivers: readonly MergedNode[];
  readonly processors: readonly MergedNode[];
  readonly exporters: readonly MergedNode[];
}

/** Merges the pipelines of the running configuration and of a draft, with the numbers of a dry run. */
export function mergePipelines(
  now: Pipelines,
  draft: Pipelines,
  changes: Changes,
  report: DryRunReport | undefined,
): readonly MergedPipeline[] {
  const ids = [...new Set([...draft.map(({ id }) => id), ...now.map(({ id }) => id)])];
  const all = [...now, ...draft];
  const sources = new Set(all.flatMap(({ receivers }) => receivers));
  // A connector is an exporter of one pipeline and a receiver of another one.
  const connectors = new Set(all.flatMap(({ exporters }) => exporters).filter((one) => sources.has(one)));
  return ids.map((id) => {
    const [before, after] = [now.find((one) => one.id === id), draft.find((one) => one.id === id)];
    const list = (kind: 'receivers' | 'processors' | 'exporters') =>
      mergeLists(before?.[kind] ?? [], after?.[kind] ?? []).map(({ id: own, side }): MergedNode => {
        const component = `${kind !== 'processors' && connectors.has(own) ? 'connectors' : kind}/${own}`;
        const isRestarted = changes?.restarted.includes(component) === true;
        const state = side === 'both' ? (isRestarted ? 'restarted' : 'kept') : side;
        return { component, id: own, state, ...flowOf(report, id, component) };
      });
    return { id, receivers: list('receivers'), processors: list('processors'), exporters: list('exporters') };
  });
}

interface MergedId {
  readonly id: string;
  readonly side: 'both' | 'added' | 'removed';
}

/** Merges two lists in order: what only the first one has is removed, what only the second one has is added. */
function mergeLists(from: readonly string[], to: readonly string[]): readonly MergedId[] {
  const merged: MergedId[] = [];
  let place = 0;
  for (const id of to) {
    const found = from.indexOf(id, place);
    if (found < 0) {
      merged.push({ id, side: from.includes(id) ? 'both' : 'added' });
      continue;
    }
    for (const removed of from.slice(place, found))
      if (!to.includes(removed)) merged.push({ id: removed, side: 'removed' });
    merged.push({ id, side: 'both' });
    place = found + 1;
  }
  for (const removed of from.slice(place)) if (!to.includes(removed)) merged.push({ id: removed, side: 'removed' });
  return merged;
}

function flowOf(report: DryRunReport | undefined, pipeline: string, component: string) {
  if (report === undefined) return { now: undefined, draft: undefined, left: undefined };
  const edges = report.edges.filter((edge) => edge.pipeline === pipeline);
  const into = edges.filter(({ to }) => to === component);
  const out = edges.filter(({ from }) => from === component);
  const sum = (list: typeof edges, side: 'now' | 'draft') => list.reduce((all, edge) => all + edge[side], 0);
  const forwarded = Math.max(0, ...out.map((edge) => edge.draft));
  // A fan-out counts each of its branches.
  return {
    now: sum(into, 'now'),
    draft: sum(into, 'draft'),
    left: out.length === 0 ? undefined : sum(into, 'draft') - forwarded,
  };
}
