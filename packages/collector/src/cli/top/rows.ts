import type { PipelineGraph, PipelineNode } from '@otelier/query';
import { nameOf } from '../graph/pipelines.ts';
import { droppedItems, ratesBetween } from '../graph/rates.ts';
import type { SortName } from './sort-names.ts';

/** The state of a component between two snapshots. */
export interface TopRow {
  /** Name in the configuration: `processors/batch`. */
  readonly name: string;
  readonly itemsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly refusedPerSecond: number;
  readonly droppedPerSecond: number;
  /** Total number of items dropped since the start. */
  readonly droppedItems: number;
  /** Fill level of the fullest queue, from 0 to 1. */
  readonly queueShare: number | undefined;
  readonly queueBytes: number | undefined;
  /** CPU cores that the component uses; `undefined` if it is not known. */
  readonly cpuCores: number | undefined;
  readonly error: string | undefined;
}

/** CPU cores by component, and of shared code by name. */
export interface CpuUsage {
  readonly components: ReadonlyMap<string, number>;
  readonly shared: ReadonlyMap<string, number>;
}

/** Returns a row for each component. A component with several instances, such as one per signal, has one row. */
export function topRows(before: PipelineGraph, after: PipelineGraph, cpu: CpuUsage | undefined): TopRow[] {
  const rates = ratesBetween(before, after);
  const byName = Map.groupBy(after.nodes, nameOf);
  return [...byName].map(([name, nodes]) => {
    const sum = (of: (node: PipelineNode) => number | undefined) =>
      nodes.reduce((total, node) => total + (of(node) ?? 0), 0);
    const queues = nodes.flatMap(({ queue }) => (queue === undefined ? [] : [queue]));
    return {
      name,
      itemsPerSecond: sum(({ id }) => rates.nodes.get(id)?.itemsPerSecond),
      bytesPerSecond: sum(({ id }) => rates.nodes.get(id)?.bytesPerSecond),
      refusedPerSecond: sum(({ id }) => rates.nodes.get(id)?.refusedPerSecond),
      droppedPerSecond: sum(({ id }) => rates.nodes.get(id)?.droppedPerSecond),
      droppedItems: sum(droppedItems),
      queueShare: queues.length === 0 ? undefined : Math.max(...queues.map((one) => one.sizeBytes / one.limitBytes)),
      queueBytes: queues.length === 0 ? undefined : queues.reduce((total, one) => total + one.sizeBytes, 0),
      cpuCores: cpu === undefined ? undefined : (cpu.components.get(name) ?? 0),
      error: nodes.find(({ problem }) => problem !== undefined)?.problem,
    };
  });
}

/** The columns by which rows can be sorted, with the key that selects them. */
export const SORTS = [
  { key: 'c', name: 'cpu', of: (row: TopRow) => row.cpuCores ?? 0 },
  { key: 'i', name: 'items', of: (row: TopRow) => row.itemsPerSecond },
  { key: 'b', name: 'bytes', of: (row: TopRow) => row.bytesPerSecond },
  { key: 'd', name: 'dropped', of: (row: TopRow) => row.droppedPerSecond * 1e9 + row.droppedItems },
  { key: 'r', name: 'refused', of: (row: TopRow) => row.refusedPerSecond },
  { key: 'u', name: 'queue', of: (row: TopRow) => row.queueShare ?? -1 },
] as const;

/** Sorts rows by a column, largest first, then by name. */
export function sortRows(rows: readonly TopRow[], by: SortName): TopRow[] {
  const of = SORTS.find(({ name }) => name === by)?.of ?? (() => 0);
  return rows.toSorted((a, b) => of(b) - of(a) || (a.name < b.name ? -1 : 1));
}
