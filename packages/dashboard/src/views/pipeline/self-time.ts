import type { PipelineGraph } from '@otelier/query';
import { NO_VALUE } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';

/** What a component costs, between two snapshots. */
export interface SelfTime {
  /** Time in the component, without the components after it. */
  readonly microsPerItem: number;
  readonly itemsPerSecond: number;
}

/**
 * Returns the time that items spend in each processor and connector: the time of its inputs without that of its outputs.
 * Receivers have no input, and exporters wait for their destinations.
 */
export function selfTimes(latest: PipelineGraph, before: PipelineGraph | undefined): ReadonlyMap<string, SelfTime> {
  const earlier = new Map(before?.edges.map((edge) => [edge.id, edge]));
  const seconds = before === undefined ? 0 : (latest.atMillis - before.atMillis) / 1000;
  const times = new Map<string, SelfTime>();
  if (seconds <= 0) return times;
  for (const { id, kind } of latest.nodes) {
    if (kind !== 'processor' && kind !== 'connector') continue;
    let items = 0;
    let micros = 0;
    for (const edge of latest.edges) {
      const old = earlier.get(edge.id);
      if (old === undefined || old.items > edge.items) continue;
      if (edge.to === id) {
        items += edge.items - old.items;
        micros += edge.consumeMicros - old.consumeMicros;
      } else if (edge.from === id) micros -= edge.consumeMicros - old.consumeMicros;
    }
    // A processor that sends later, such as a batch, has outputs outside of its inputs.
    if (items > 0) times.set(id, { microsPerItem: Math.max(0, micros) / items, itemsPerSecond: items / seconds });
  }
  return times;
}

/** Formats microseconds per item: `2.45 µs`. */
export function formatMicros(micros: number | undefined): string {
  return micros === undefined ? NO_VALUE : formatDuration(micros * 1000);
}
