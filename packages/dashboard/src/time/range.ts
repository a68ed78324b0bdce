import { roundStep } from '../charts/axes/time-ticks.ts';
import type { PageSearch } from '../data/search.ts';
import { dayOf, formatClock, formatDay, formatMinute } from '../format/time.ts';
import { msg, t } from '../locale/t.ts';

/** The time window that all panes of a view show. */
export interface PageWindow {
  readonly startMillis: number;
  readonly endMillis: number;
  /** When the window was computed. The last step may be incomplete. */
  readonly nowMillis: number;
  /** Length of a step. A window has about sixty steps. */
  readonly stepMillis: number;
  /** Number of steps in the window. */
  readonly steps: number;
  /** Whether the window follows the clock. */
  readonly live: boolean;
}

/** A relative range that the user can select. */
export interface RangeChoice {
  readonly last: string;
  readonly label: string;
  /** The length alone, without `Last`. */
  readonly length: string;
  readonly millis: number;
}

const MINUTE = 60_000;
export const RANGES: readonly RangeChoice[] = [
  { last: '5m', label: msg('Last 5 min'), length: msg('5 min'), millis: 5 * MINUTE },
  { last: '15m', label: msg('Last 15 min'), length: msg('15 min'), millis: 15 * MINUTE },
  { last: '30m', label: msg('Last 30 min'), length: msg('30 min'), millis: 30 * MINUTE },
  { last: '1h', label: msg('Last hour'), length: msg('1 hour'), millis: 60 * MINUTE },
  { last: '3h', label: msg('Last 3 hours'), length: msg('3 hours'), millis: 180 * MINUTE },
  { last: '6h', label: msg('Last 6 hours'), length: msg('6 hours'), millis: 360 * MINUTE },
  { last: '24h', label: msg('Last 24 hours'), length: msg('24 hours'), millis: 1440 * MINUTE },
  { last: '7d', label: msg('Last 7 days'), length: msg('7 days'), millis: 10_080 * MINUTE },
];
export const DEFAULT_RANGE = RANGES[1] as RangeChoice;

/** Returns the range with this short name, or the default range. */
export function rangeOf(last: string | undefined): RangeChoice {
  return RANGES.find((range) => range.last === last) ?? DEFAULT_RANGE;
}

/** Returns the length of the selected range in milliseconds, whether exact or relative. */
export function lengthOf(search: PageSearch): number {
  const exact = exactRange(search);
  return exact === undefined ? rangeOf(search.last).millis : exact.to - exact.from;
}

/** Computes the time window at `now`. A relative range ends on a step boundary, so that bars keep their bounds. */
export function windowOf(search: PageSearch, now: number): PageWindow {
  const exact = exactRange(search);
  if (exact !== undefined) {
    const length = exact.to - exact.from;
    return {
      startMillis: exact.from,
      endMillis: exact.to,
      nowMillis: now,
      stepMillis: length / 60,
      steps: 60,
      live: false,
    };
  }
  const { millis } = rangeOf(search.last);
  const stepMillis = roundStep(millis / 60);
  const end = Math.ceil((search.at ?? now) / stepMillis) * stepMillis;
  return {
    startMillis: end - millis,
    endMillis: end,
    nowMillis: Math.min(now, search.at ?? now),
    stepMillis,
    steps: Math.round(millis / stepMillis),
    live: search.at === undefined,
  };
}

/** Returns the refresh interval of a live view: short enough that each step grows visibly, at least a second. */
export function refreshMillis(lengthMillis: number): number {
  return Math.min(30_000, Math.max(1000, Math.round(lengthMillis / 360 / 500) * 500));
}

/**
 * Returns the search parameters with the range moved by its own length, earlier (−1) or later (+1). A range that
 * reaches the present becomes live.
 */
export function shifted(search: PageSearch, direction: -1 | 1, now: number): PageSearch {
  const exact = exactRange(search);
  if (exact !== undefined) {
    const by = (exact.to - exact.from) * direction;
    return { ...search, from: exact.from + by, to: exact.to + by };
  }
  const { millis } = rangeOf(search.last);
  const at = (search.at ?? now) + millis * direction;
  // Time passes while the user navigates, so a range that ends almost now becomes live.
  return { ...search, at: at >= now - millis * 0.1 ? undefined : at };
}

/** Describes the range and its bounds: `Last 30 min`, `14:02 – 14:32`. */
export function describeRange(
  search: PageSearch,
  shown: PageWindow,
): { readonly label: string; readonly bounds: string } {
  const exact = exactRange(search);
  const sameDay = dayOf(shown.startMillis) === dayOf(shown.endMillis);
  const short = shown.endMillis - shown.startMillis < 10 * MINUTE && exact !== undefined;
  const point = (millis: number): string =>
    `${sameDay ? '' : `${formatDay(millis)} `}${short ? formatClock(millis) : formatMinute(millis)}`;
  const bounds = `${point(shown.startMillis)} – ${point(shown.endMillis)}`;
  if (exact !== undefined)
    return {
      label: sameDay && isToday(shown.startMillis, shown.nowMillis) ? t('Exact range') : formatDay(shown.startMillis),
      bounds,
    };
  const range = rangeOf(search.last);
  return {
    label: t(search.at === undefined ? range.label : range.length),
    bounds,
  };
}

function isToday(millis: number, now: number): boolean {
  return dayOf(millis) === dayOf(now);
}

function exactRange({ from, to }: PageSearch): { readonly from: number; readonly to: number } | undefined {
  return from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
}
