import { formatDuration } from '../../format/quantity.ts';
import { roundDuration } from './duration-scale.ts';
import type { TraceRange } from './use-trace-state.ts';

/** A tick at a round time, positioned as a fraction of the width. */
export interface WaterfallTick {
  readonly share: number;
  readonly text: string;
}

/** The position of a span's bar in percent of the width, clipped just outside the visible range. */
export interface WaterfallBar {
  readonly left: number;
  readonly width: number;
  /** Position of the duration label: after the bar, before it, or in the gutter if there is no space for either. */
  readonly label: { readonly place: 'right' | 'left' | 'gutter'; readonly left: number };
}

const MARGIN = 1;

/** Returns ticks at round times in the visible range. */
export function waterfallTicks({ from, to }: TraceRange): readonly WaterfallTick[] {
  const length = to - from;
  if (!(length > 0)) return [];
  const step = tickStep(length / 5);
  const first = Math.ceil(from / step);
  const ticks: WaterfallTick[] = [];
  for (let index = 0; index <= 5; index += 1) {
    const at = (first + index) * step;
    if (at >= to - length * 0.03) break;
    ticks.push({ share: (at - from) / length, text: tickText(at) });
  }
  return ticks;
}

const MINUTE = 6e10;
/** Steps of ticks from a minute on, in minutes, because powers of ten are no round times there. */
const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];

/** Returns the smallest round time that is not below the given one. */
function tickStep(nanos: number): number {
  if (nanos <= MINUTE / 2) {
    const round = roundDuration(nanos);
    return round > MINUTE / 2 ? MINUTE : round;
  }
  const minutes = MINUTES.find((one) => one * MINUTE >= nanos);
  return minutes === undefined ? 1440 * MINUTE * roundDuration(nanos / (1440 * MINUTE)) : minutes * MINUTE;
}

/** Returns a time's position in the range in percent, or 0 if the range is empty. */
export function shareOf({ from, to }: TraceRange, nanos: number): number {
  return to > from ? ((nanos - from) / (to - from)) * 100 : 0;
}

/** Returns a span's bar, or `undefined` if it is outside the range. A span that ends before it starts has no width. */
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
