import type { MetricSeriesResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { useCursor } from '../../../charts/cursor/cursor.ts';
import { indexAt } from '../../../charts/cursor/time-index.ts';
import { t } from '../../../locale/t.ts';
import { Measure } from '../../../parts/measure.tsx';
import { type SeriesLine, summaryOf } from '../../../series/series.ts';
import type { ValueFormat } from '../../../series/value-format.ts';

/** The lines of a panel with the value at the cursor, or the last one. */
export function PanelLegend({
  lines,
  times,
  format,
  onFocus,
}: {
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly onFocus: (index: number | undefined) => void;
}): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
    <ul className="bo-legend" aria-label={t('Series')} tabIndex={0} onPointerLeave={() => onFocus(undefined)}>
      {lines.map((line, index) => (
        <li key={line.key} onPointerEnter={() => onFocus(index)} title={line.name}>
          <i className="sw" style={{ background: `var(${line.token})` }} />
          <span className="cut">{line.name}</span>
          <Value line={line} times={times} format={format} />
        </li>
      ))}
    </ul>
  );
}

function Value({
  line,
  times,
  format,
}: {
  readonly line: SeriesLine;
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
}): ReactNode {
  const cursor = useCursor();
  const index = cursor === undefined ? undefined : indexAt(times.timesMillis, times.stepMillis, cursor);
  const value = index === undefined ? summaryOf(line.values)?.last : (line.held[index] ?? undefined);
  return <b>{value === undefined ? '—' : <Measure of={format.quantity(value)} />}</b>;
}
