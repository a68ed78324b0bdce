import type { WindowConfig } from './config.ts';

/** A time range, in milliseconds since the epoch. */
export interface Range {
  readonly startMillis: number;
  readonly endMillis: number;
}

/**
 * Assigns values to windows. Until their windows are known, values are combined in time slices that are never split
 * later: a slide of a sliding window, or a piece of a session.
 */
export interface Windowing {
  /** Returns the time slice that contains a range or a point in time, or `undefined` if it spans several slices. */
  partOf(startMillis: number, endMillis: number): Range | undefined;
  /** Returns the windows that contain a time slice. */
  windowsOf(part: Range): readonly Range[];
  /** Reports whether two slices belong to the same window, so that their ranges are merged. */
  joins(left: Range, right: Range): boolean;
  /** Returns the end time of a window. */
  endOf(range: Range): number;
  /** Whether windows overlap, in which case their counts must not be added up. */
  readonly overlaps: boolean;
}

/** Returns the windowing for a configuration. Windows start at multiples of their length since the epoch. */
export function windowingOf({ type, size, slide, gap }: WindowConfig): Windowing {
  if (type === 'session') return sessions(gap);
  const step = type === 'sliding' ? slide : size;
  return {
    overlaps: size > step,
    partOf(startMillis, endMillis) {
      const first = Math.floor(startMillis / step) * step;
      return endMillis > first + step ? undefined : { startMillis: first, endMillis: first + step };
    },
    windowsOf({ startMillis }) {
      const windows: Range[] = [];
      for (let start = startMillis; start > startMillis - size; start -= step)
        windows.push({ startMillis: start, endMillis: start + size });
      return windows;
    },
    joins: (left, right) => left.startMillis === right.startMillis,
    endOf: ({ endMillis }) => endMillis,
  };
}

function sessions(gapMillis: number): Windowing {
  return {
    overlaps: false,
    partOf: (startMillis, endMillis) => ({ startMillis, endMillis }),
    windowsOf: (part) => [part],
    joins: (left, right) =>
      left.startMillis <= right.endMillis + gapMillis && right.startMillis <= left.endMillis + gapMillis,
    endOf: ({ endMillis }) => endMillis + gapMillis,
  };
}

/** Returns the smallest range that contains both ranges. */
export function union(left: Range, right: Range): Range {
  return {
    startMillis: Math.min(left.startMillis, right.startMillis),
    endMillis: Math.max(left.endMillis, right.endMillis),
  };
}
