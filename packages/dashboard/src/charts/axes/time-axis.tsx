import type { ReactNode } from 'react';
import { type Plot, xOf } from '../plot.ts';
import { timeTicks } from './time-ticks.ts';

const TEXT_WIDTH = 84;

/** The ruler ticks below the plot. */
export function TimeAxis({ plot }: { readonly plot: Plot }): ReactNode {
  const maxLabels = Math.max(1, Math.floor((plot.x1 - plot.x0) / TEXT_WIDTH));
  const ticks = timeTicks(plot.startMillis, plot.endMillis, maxLabels);
  return (
    <g>
      <line className="axis-line" x1={plot.x0} x2={plot.x1} y1={plot.y1 + 0.5} y2={plot.y1 + 0.5} />
      {ticks.map(({ millis, text }) => {
        const x = Math.round(xOf(plot, millis)) + 0.5;
        const anchor = x > plot.x1 - 16 ? 'end' : x < plot.x0 + 16 ? 'start' : 'middle';
        return (
          <g key={millis}>
            <line className="axis-line" x1={x} x2={x} y1={plot.y1} y2={plot.y1 + (text === undefined ? 3 : 5)} />
            {text !== undefined && (
              <text x={x} y={plot.y1 + 16} textAnchor={anchor}>
                {text}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}
