import { formatDuration } from '../../format/quantity.ts';
import { roundDuration } from './duration-scale.ts';
import type { TraceRange } from './use-trace-state.ts';

/** A round time of the shown range, as a share of its width. */
export interface WaterfallTick {
  readonly share: number;
  readonly text: string;
}

/** Where a span's bar lies in per cent of the width, cut just outside of it. */
export interface WaterfallBar {
  readonly left: number;
  readonly width: number;
  /** Where the duration stands: behind the bar, before it, or where there is no space for either, in the gutter. */
  readonly label: { readonly place: 'right' | 'left' | 'gutter'; readonly left: number };
}

const MARGIN = 1;

/** Round times of the shown range. */
export function waterfallTicks({ from, to }: TraceRange): readonly WaterfallTick[] {
  const length = to - from;
  if (!(length > 0)) return [];
  const step = roundDuration(length / 5);
  const first = Math.ceil(from / step);
  const ticks: WaterfallTick[] = [];
  for (let index = 0; index <= 5; index += 1) {
    const at = (first + index) * step;
    if (at >= to - length * 0.03) break;
    ticks.push({ share: (at - from) / length, text: tickText(at) });
  }
  return ticks;
}

/** Percentage of the range at which a time lies; in a range of no time everything lies at its start. */
export function shareOf({ from, to }: TraceRange, nanos: number): number {
  return to > from ? ((nanos - from) / (to - from)) * 100 : 0;
}

/** The bar of a span; `undefined` when it lies outside of the range. What ends before it starts has no width. */
export function waterfallBar(range: TraceRange, startNanos: number, durationNanos: number): WaterfallBar | undefined {
  const left = shareOf(range, startNanos);
  const right = Math.max(left, shareOf(range, startNanos + durationNanos));
  if (right < 0 || left > 100) return undefined;
  const from = Math.max(-MARGIN, left);
  const to = Math.min(100 + MARGIN, right);
  const width = to - from;
  if (to > 90 && width > 40) return { left: from, width, label: { place: 'gutter', left: 100 } };
  return {
    left: from,
    width,
    label: to >= 88 ? { place: 'left', left: from } : { place: 'right', left: to },
  };
}

function tickText(at: number): string {
  if (at === 0) return '0';
  return formatDuration(at)
    .replace(/(\.\d*?)\.?0+ /, '$1 ')
    .replace('. ', ' ');
}
