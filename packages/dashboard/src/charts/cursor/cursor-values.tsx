import type { ReactNode } from 'react';
import { type Plot, xOf } from '../plot.ts';
import { useCursor } from './cursor.ts';

/** A value of a chart at the time of the cursor, formatted. */
export interface CursorValue {
  readonly name: string;
  readonly value: string;
}

/** Distance from the cursor's line in pixels. */
const GAP = 8;

/** The values of a chart at the time of the cursor, on the side of its line that has more space. */
export function CursorValues({
  plot,
  valuesAt,
}: {
  readonly plot: Plot;
  readonly valuesAt: (millis: number) => readonly CursorValue[];
}): ReactNode {
  const millis = useCursor();
  if (millis === undefined || millis < plot.startMillis || millis > plot.endMillis) return null;
  const values = valuesAt(millis);
  if (values.length === 0) return null;
  const x = xOf(plot, millis);
  const side = x > (plot.x0 + plot.x1) / 2 ? { right: `calc(100% - ${x - GAP}px)` } : { left: x + GAP };
  return (
    // The chart's table has the same values.
    <div className="tip cursor-values" style={{ top: plot.y0, ...side }} aria-hidden="true">
      {values.map(({ name, value }) => (
        <span key={name} className="r">
          {name} <b className="v">{value}</b>
        </span>
      ))}
    </div>
  );
}
