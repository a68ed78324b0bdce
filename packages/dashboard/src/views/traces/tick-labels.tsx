import type { ReactNode } from 'react';
import type { WaterfallTick } from './waterfall-geometry.ts';

/** The labels of a time axis, centered at their ticks except at the start. */
export function TickLabels({ ticks }: { readonly ticks: readonly WaterfallTick[] }): ReactNode {
  return ticks.map(({ share, text }) => (
    <span key={text} style={{ left: `${share * 100}%`, transform: share === 0 ? undefined : 'translateX(-50%)' }}>
      {text}
    </span>
  ));
}
