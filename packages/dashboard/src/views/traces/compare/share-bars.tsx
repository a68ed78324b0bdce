import type { ReactNode } from 'react';

/** Two bars, the selection above the rest, as parts of the whole width. */
export function ShareBars({ selected, baseline }: { readonly selected: number; readonly baseline: number }): ReactNode {
  return (
    <span className="co-bars" aria-hidden="true">
      <i className="a" style={{ width: widthOf(selected) }} />
      <i className="b" style={{ width: widthOf(baseline) }} />
    </span>
  );
}

function widthOf(share: number): string {
  return share > 0 ? `max(2px, ${Math.min(1, share) * 100}%)` : '1px';
}
