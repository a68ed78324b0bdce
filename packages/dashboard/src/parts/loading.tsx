import type { ReactNode } from 'react';

const WIDTHS = [
  [140, 200, 40],
  [96, 240, 32],
  [168, 150, 48],
  [110, 210, 28],
  [130, 180, 44],
  [92, 230, 36],
  [150, 170, 30],
  [120, 200, 40],
] as const;

/** Placeholder rows, shown if the response takes longer than 200 ms. */
export function LoadingRows({
  rows = 8,
  height = 28,
}: {
  readonly rows?: number;
  readonly height?: number;
}): ReactNode {
  return (
    <div className="late" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={`row ${String(row)}`} className="sk-row" style={{ height }}>
          {WIDTHS[row % WIDTHS.length]?.map((width) => (
            <i key={width} className="sk" style={{ width }} />
          ))}
        </div>
      ))}
    </div>
  );
}
