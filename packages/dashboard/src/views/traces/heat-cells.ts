import type { TraceHeatmapResponse } from '@otelier/query';
import { upperBound } from '../../charts/heat.ts';
import type { Plot } from '../../charts/plot.ts';
import type { DurationScale } from './duration-scale.ts';

/** Returns the ends of the rows that have traces, so that a scale contains them. */
export function occupiedBounds({ bounds, counts }: TraceHeatmapResponse): readonly number[] {
  return bounds.flatMap((bound, row) =>
    counts.some((column) => (column[row] ?? 0) > 0) ? [bound, upperBound(bounds, row)] : [],
  );
}

/** Returns the centers of the cells with failed traces. */
export function failedCells({
  timesMillis,
  stepMillis,
  bounds,
  failed,
}: TraceHeatmapResponse): readonly { readonly millis: number; readonly nanos: number }[] {
  return failed.flatMap((column, step) =>
    column.flatMap((count, row) =>
      count > 0
        ? [
            {
              millis: (timesMillis[step] ?? 0) + stepMillis / 2,
              nanos: Math.sqrt(Math.max(1, bounds[row] ?? 1) * upperBound(bounds, row)),
            },
          ]
        : [],
    ),
  );
}

/** Returns the time of the cell at a position, or `undefined` if it is empty. */
export function cellAt(
  { timesMillis, stepMillis, bounds, counts }: TraceHeatmapResponse,
  millis: number,
  nanos: number,
): { readonly fromMillis: number; readonly toMillis: number } | undefined {
  const step = timesMillis.findIndex((from) => millis >= from && millis < from + stepMillis);
  const row = bounds.findLastIndex((bound) => nanos >= bound);
  if ((counts[step]?.[row] ?? 0) === 0) return undefined;
  const fromMillis = timesMillis[step] ?? 0;
  return { fromMillis, toMillis: fromMillis + stepMillis };
}

/** Returns the duration at a pixel of a scale. */
export function nanosAt(scale: DurationScale, y: number, { y0, y1 }: Pick<Plot, 'y0' | 'y1'>): number {
  const share = y1 > y0 ? Math.min(1, Math.max(0, (y1 - y) / (y1 - y0))) : 0;
  return scale.from * (scale.to / scale.from) ** share;
}
