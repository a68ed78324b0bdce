import type { ReactNode } from 'react';
import type { Plot } from '../plot.ts';

/** A tick on the value axis. */
export interface ValueTick {
  readonly y: number;
  readonly text: string;
}

/** Distance of the values from the plot in pixels. */
const GAP = 6;
/** Approximate width of a digit in pixels. */
const DIGIT_WIDTH = 6;

/** Grid lines with their values on the left. Values that are longer than the margin are condensed. */
export function ValueAxis({ plot, ticks }: { readonly plot: Plot; readonly ticks: readonly ValueTick[] }): ReactNode {
  return (
    <g>
      {ticks.map(({ y, text }, index) => (
        <g key={index}>
          <line className="grid-line" x1={plot.x0} x2={plot.x1} y1={Math.round(y) + 0.5} y2={Math.round(y) + 0.5} />
          <text x={plot.x0 - GAP} y={y + 4} textAnchor="end" {...condensed(text, plot.x0 - GAP)}>
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Returns the attributes that fit a text into a width. */
function condensed(text: string, width: number): { textLength?: number; lengthAdjust?: string } {
  return text.length * DIGIT_WIDTH > width ? { textLength: width, lengthAdjust: 'spacingAndGlyphs' } : {};
}
