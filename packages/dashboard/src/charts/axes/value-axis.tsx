import type { ReactNode } from 'react';
import type { Plot } from '../plot.ts';

/** A tick on the value axis. */
export interface ValueTick {
  readonly y: number;
  readonly text: string;
}

/** Grid lines with their values on the left. */
export function ValueAxis({ plot, ticks }: { readonly plot: Plot; readonly ticks: readonly ValueTick[] }): ReactNode {
  return (
    <g>
      {ticks.map(({ y, text }, index) => (
        <g key={index}>
          <line className="grid-line" x1={plot.x0} x2={plot.x1} y1={Math.round(y) + 0.5} y2={Math.round(y) + 0.5} />
          <text x={plot.x0 - 6} y={y + 4} textAnchor="end">
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}
