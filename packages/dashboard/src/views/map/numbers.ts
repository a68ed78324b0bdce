import { formatAxis, formatPercent, formatRate } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { errorClass, errorLevel } from '../overview/service-order.ts';
import type { MapEdge } from './graph.ts';

/** What the labels of edges show. */
export type EdgeUnit = 'rate' | 'errors' | 'p95';

interface Counted {
  readonly calls: number;
  readonly errors: number;
}

/** Returns the share of failed calls. */
export function shareOf({ calls, errors }: Counted): number {
  return calls === 0 ? 0 : errors / calls;
}

/** Reports whether so many calls fail that the edge is red. */
export function isFailing(counted: Counted): boolean {
  return errorLevel(shareOf(counted)) === 'bad';
}

/** Returns the CSS classes for a share of failures, which has a color only from a threshold on. */
export function failureClass(counted: Counted): string {
  const share = shareOf(counted);
  return share === 0 ? '' : errorClass(errorLevel(share), share);
}

/** Formats a rate in few characters. */
export function shortRate(perSecond: number): string {
  return perSecond >= 1000 ? formatAxis(perSecond) : formatRate(perSecond);
}

/** Returns the width of an edge in pixels, on a logarithmic scale of calls per second. */
export function widthOf(perSecond: number): number {
  const width = 1.2 + Math.log10(Math.max(perSecond, 0.3)) * 1.75;
  return Math.round(Math.max(1, Math.min(8, width)) * 2) / 2;
}

/** Formats an edge's number. */
export function labelOf(edge: MapEdge, unit: EdgeUnit, seconds: number): string {
  if (unit === 'errors') return `${formatPercent(shareOf(edge), 1)} %`;
  if (unit === 'p95') return formatDuration(edge.p95);
  return shortRate(edge.calls / seconds);
}
