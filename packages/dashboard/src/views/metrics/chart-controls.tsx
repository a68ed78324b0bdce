import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { MAX_SERIES } from '../../series/series.ts';
import type { LineShape } from '../../series/stack.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { describeShift, SHIFTS } from '../../time/shift.ts';

const TOPS = ['3', '5', '10'] as const;

/** Returns how the lines of the view are drawn, which is in the URL. */
export function useLineShape(): LineShape {
  const { shape } = usePageSearch();
  return shape === 'stacked' || shape === 'bars' ? shape : 'lines';
}

/** Returns how many of the largest series are drawn. */
export function useTop(): number {
  const { top } = usePageSearch();
  return TOPS.some((one) => one === top) ? Number(top) : MAX_SERIES;
}

/** Controls of a chart: its form, how many series, and the earlier period. */
export function ChartControls(): ReactNode {
  const { top, previous } = usePageSearch();
  const change = useChangeSearch();
  const shape = useLineShape();
  const { startMillis, endMillis } = usePageWindow();
  return (
    <>
      <Segmented
        label={t('Form of the chart')}
        value={shape}
        options={[
          { value: 'lines', label: t('Lines') },
          { value: 'stacked', label: t('Stacked') },
          { value: 'bars', label: t('Bars') },
        ]}
        onChange={(next) => change({ shape: next === 'lines' ? undefined : next }, 'replace')}
      />
      <Choice
        label={t('Series')}
        value={top ?? ''}
        options={[
          ['', t('top {count}', { count: MAX_SERIES })],
          ...TOPS.map((one) => [one, t('top {count}', { count: one })] as const),
        ]}
        onChange={(next) => change({ top: next }, 'replace')}
      />
      <Choice
        label={t('Compare with')}
        value={previous ?? ''}
        options={[
          ['', t('compare with')],
          ...SHIFTS.map((shift) => [shift, describeShift(shift, endMillis - startMillis)] as const),
        ]}
        onChange={(next) => change({ previous: next }, 'replace')}
      />
    </>
  );
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string | undefined) => void;
}): ReactNode {
  return (
    <span className="me-select">
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      <Icon name="down" size={10} />
    </span>
  );
}
