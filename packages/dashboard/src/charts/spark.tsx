import type { ReactNode } from 'react';

/** A line of a table row: no axes, baseline at zero, last value marked; gaps stay gaps. */
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
  const known = values.filter((value) => value !== null);
  // Head room, so that a steady line lies in the middle and a peak stands out.
  const top = max ?? Math.max(...known, 0) * 1.3;
  const x = (index: number): number => 1 + (index / Math.max(1, values.length - 1)) * (width - 5);
  const y = (value: number): number => height - 2 - (value / (top || 1)) * (height - 5);
  let path = '';
  let last: { x: number; y: number } | undefined;
  values.forEach((value, index) => {
    if (value === null) return;
    path += `${index === 0 || values[index - 1] === null ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    last = { x: x(index), y: y(value) };
  });
  const colour = quiet ? 'var(--text-3)' : 'var(--text-2)';
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path d={path} fill="none" stroke={colour} strokeWidth="1.25" strokeLinejoin="round" />
      {mark && last !== undefined && <circle cx={last.x} cy={last.y} r="1.75" fill={colour} />}
    </svg>
  );
}

/** Small bars of a table row; an empty step keeps its line. */
export function SparkBars({
  values,
  colour = 'var(--text-3)',
  width = 68,
  height = 14,
  max,
}: {
  readonly values: readonly number[];
  readonly colour?: string;
  readonly width?: number;
  readonly height?: number;
  readonly max?: number;
}): ReactNode {
  const top = max ?? Math.max(...values, 1e-9);
  const step = width / Math.max(1, values.length);
  return (
    <svg width={width} height={height} aria-hidden="true">
      {values.map((value, index) => {
        const size = value > 0 ? Math.max(1.5, (Math.min(value, top) / top) * height) : 1;
        return (
          <rect
            key={index}
            x={index * step}
            y={height - size}
            width={Math.max(0.5, step - 1)}
            height={size}
            fill={value > 0 ? colour : 'var(--line-strong)'}
          />
        );
      })}
    </svg>
  );
}
