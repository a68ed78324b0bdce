import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useThemeVersion } from './theme-colors.ts';

/** A canvas with device pixel resolution. `paint` draws in CSS pixels, and runs again when it or the theme changes. */
export function Canvas({
  width,
  height,
  paint,
}: {
  readonly width: number;
  readonly height: number;
  readonly paint: (context: CanvasRenderingContext2D) => void;
}): ReactNode {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useThemeVersion();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's colors are read inside `paint`
  useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (canvas === null || context === null || context === undefined || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context);
  }, [width, height, paint, theme]);
  return <canvas ref={ref} style={{ width, height, left: 0, top: 0 }} />;
}
