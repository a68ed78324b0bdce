import type { ReactNode } from 'react';
import { type Plot, xOf } from '../plot.ts';
import { useCursor } from './cursor.ts';
import { indexAt } from './time-index.ts';

/** Dots where the time cursor crosses the lines. */
export function CursorDots({
  plot,
  timesMillis,
  stepMillis,
  lines,
  yOf,
}: {
  readonly plot: Plot;
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  readonly lines: readonly { readonly held: readonly (number | null)[]; readonly token: string }[];
  readonly yOf: (value: number) => number;
}): ReactNode {
  const cursor = useCursor();
  const index = cursor === undefined ? undefined : indexAt(timesMillis, stepMillis, cursor);
  if (index === undefined) return null;
  const x = xOf(plot, timesMillis[index] ?? 0);
  return lines.map((line, at) => {
    const value = line.held[index];
    return value === null || value === undefined ? null : (
      <circle
        key={at}
        cx={x}
        cy={yOf(value)}
        r={3}
        fill={`var(${line.token})`}
        stroke="var(--surface-base)"
        strokeWidth={1.5}
      />
    );
  });
}
