import type { WindowConfig } from './config.ts';

/** A range of time, in milliseconds since the epoch. */
export interface Range {
  readonly startMillis: number;
  readonly endMillis: number;
}

/**
 * The windows of time. Before they are known, values are collected in parts of time that are never split later: a
 * slide of windows, or a piece of a session.
 */
export interface Windowing {
  /** Returns the part of time that contains a range or moment, or `undefined` if it is in several. */
  partOf(startMillis: number, endMillis: number): Range | undefined;
  /** Returns the windows that contain a part of time. */
  windowsOf(part: Range): readonly Range[];
  /** Reports whether two parts belong together, so that ranges are merged. */
  joins(left: Range, right: Range): boolean;
  /** Returns the time at which a window ends. */
  endOf(range: Range): number;
  /** Whether windows overlap, so that their counts must not be added. */
  readonly overlaps: boolean;
}

/** Returns the windows of a configuration. They begin at multiples of their length since the epoch. */
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

/** Returns the smallest range that contains both. */
export function union(left: Range, right: Range): Range {
  return {
    startMillis: Math.min(left.startMillis, right.startMillis),
    endMillis: Math.max(left.endMillis, right.endMillis),
  };
}
