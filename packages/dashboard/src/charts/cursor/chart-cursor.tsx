import { type ReactNode, useEffect, useRef } from 'react';
import { formatClock, formatMillis } from '../../format/time.ts';
import { type Plot, xOf } from '../plot.ts';
import { pageCursor } from './cursor.ts';

/** The shared time cursor with its label on the axis. It moves without rerendering. */
export function ChartCursor({ plot }: { readonly plot: Plot }): ReactNode {
  const group = useRef<SVGGElement>(null);
  const label = useRef<SVGTextElement>(null);
  const flag = useRef<SVGRectElement>(null);
  useEffect(() => {
    const move = (): void => {
      const millis = pageCursor.get();
      const shown = millis !== undefined && millis >= plot.startMillis && millis <= plot.endMillis;
      if (group.current === null || label.current === null || flag.current === null) return;
      group.current.style.display = shown ? '' : 'none';
      if (!shown) return;
      const x = Math.round(xOf(plot, millis));
      group.current.setAttribute('transform', `translate(${x} 0)`);
      const text = plot.endMillis - plot.startMillis < 120_000 ? formatMillis(millis) : formatClock(millis);
      label.current.textContent = text;
      const width = text.length * 6.4 + 10;
      // Keeps the label inside the chart.
      const shift = Math.min(plot.x1 + 12 - x - width / 2, Math.max(plot.x0 - 30 - x + width / 2, 0));
      flag.current.setAttribute('x', String(shift - width / 2));
      flag.current.setAttribute('width', String(width));
      label.current.setAttribute('x', String(shift));
    };
    move();
    return pageCursor.subscribe(move);
  }, [plot]);
  return (
    <g ref={group} style={{ display: 'none' }} pointerEvents="none">
      <line className="cursor-line" x1={0.5} x2={0.5} y1={plot.y0} y2={plot.y1} />
      <g className="flag">
        <rect ref={flag} y={plot.y1 + 3} height={16} rx={2} />
        <text ref={label} y={plot.y1 + 15} textAnchor="middle" />
      </g>
    </g>
  );
}
