import type { ReactNode } from 'react';
import { sparkHeights, sparkPath } from './spark-geometry.ts';

/**
 * A sparkline in a table row, without axes. The baseline is at zero, the last value is marked, and gaps remain open.
 */
export function SparkLine({
  values,
  width = 84,
  height = 22,
  max,
  mark = true,
  quiet = false,
}: {
  readonly values: readonly (number | null)[];
  readonly width?: number;
  readonly height?: number;
  readonly max?: number;
  readonly mark?: boolean;
  readonly quiet?: boolean;
}): ReactNode {
  const { path, last } = sparkPath(values, width, height, max);
  const color = quiet ? 'var(--text-3)' : 'var(--text-2)';
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path d={path} fill="none" stroke={color} strokeWidth="1.25" strokeLinejoin="round" />
      {mark && last !== undefined && <circle cx={last.x} cy={last.y} r="1.75" fill={color} />}
    </svg>
  );
}

/** Small bars in a table row. An empty step shows only its baseline. */
export function SparkBars({
  values,
  color = 'var(--text-3)',
  width = 68,
  height = 14,
  max,
}: {
  readonly values: readonly number[];
  readonly color?: string;
  readonly width?: number;
  readonly height?: number;
  readonly max?: number;
}): ReactNode {
  const heights = sparkHeights(values, height, max);
  const step = width / Math.max(1, values.length);
  return (
    <svg width={width} height={height} aria-hidden="true">
      {values.map((value, index) => {
        const size = heights[index] ?? 1;
        return (
          <rect
            key={index}
            x={index * step}
            y={height - size}
            width={Math.max(0.5, step - 1)}
            height={size}
            fill={value > 0 ? color : 'var(--line-strong)'}
          />
        );
      })}
    </svg>
  );
}
