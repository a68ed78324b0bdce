import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { drawable } from './axes/value-ticks.ts';
import type { Plot } from './plot.ts';
import { colorOf, useThemeVersion } from './theme-colors.ts';

/** A line to draw. */
export interface Line {
  /** The values to draw. `null` is a gap, and the line bridges `undefined`. */
  readonly drawn: readonly (number | null | undefined)[];
  /** Name of the color token for the line. */
  readonly token: string;
  readonly width: number;
  readonly dash?: readonly number[] | undefined;
}

/** Lines drawn by uPlot. Axes, cursor and zoom are our own, so that all charts behave alike. */
export function Lines({
  plot,
  timesMillis,
  lines,
  bottom,
  top,
  focused,
}: {
  readonly plot: Plot;
  readonly timesMillis: readonly number[];
  readonly lines: readonly Line[];
  readonly bottom: number;
  readonly top: number;
  readonly focused: number | undefined;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const theme = useThemeVersion();
  const width = Math.max(1, plot.x1 - plot.x0);
  const height = Math.max(1, plot.y1 - plot.y0);
  const shape = `${theme} ${lines.map((line) => `${line.token} ${line.width} ${line.dash?.join(',') ?? ''}`).join('|')}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: rebuilds the chart only when the lines change; data and size are updated below
  useEffect(() => {
    if (box.current === null) return;
    const instance = new uPlot(
      optionsFor(lines, width, height),
      [[], ...lines.map(() => [])] as uPlot.AlignedData,
      box.current,
    );
    chart.current = instance;
    return () => {
      instance.destroy();
      chart.current = undefined;
    };
  }, [shape]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs after the chart has been rebuilt
  useEffect(() => {
    const instance = chart.current;
    if (instance === undefined) return;
    instance.batch(() => {
      if (instance.width !== width || instance.height !== height) instance.setSize({ width, height });
      instance.setData(
        [
          timesMillis.map((millis) => millis / 1000),
          ...lines.map((line) => line.drawn.map((value) => value && drawable(value))),
        ] as unknown as uPlot.AlignedData,
        false,
      );
      instance.setScale('x', { min: plot.startMillis / 1000, max: plot.endMillis / 1000 });
      instance.setScale('y', { min: bottom, max: top });
    });
  }, [shape, timesMillis, lines, width, height, bottom, top, plot]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also runs after the chart has been rebuilt
  useEffect(() => {
    chart.current?.setSeries(focused === undefined ? null : focused + 1, { focus: true });
  }, [focused, shape]);
  return <div ref={box} className="lines" style={{ left: plot.x0, top: plot.y0, width, height }} />;
}

function optionsFor(lines: readonly Line[], width: number, height: number): uPlot.Options {
  return {
    width,
    height,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    focus: { alpha: 0.25 },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: true, auto: false }, y: { auto: false } },
    series: [
      {},
      ...lines.map(
        (line): uPlot.Series => ({
          stroke: colorOf(line.token),
          width: line.width,
          ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
          spanGaps: false,
          // Otherwise, a point between two gaps would be invisible.
          points: {
            show: true,
            size: 4,
            stroke: colorOf(line.token),
            fill: colorOf(line.token),
            filter: (plotted, series) => isolatedIndexes(plotted.data[series] ?? []),
          },
        }),
      ),
    ],
  };
}

/** Returns the indexes of values that are between two gaps. */
export function isolatedIndexes(values: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
  }
  return found;
}
