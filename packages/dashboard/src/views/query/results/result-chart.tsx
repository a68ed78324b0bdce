import type { MetricSeriesResponse } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import type { HeatCells } from '../../../charts/heat.ts';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import type { QueryWindow } from '../../../query/macros.ts';
import { unitOfQuery } from '../../../query/unit-of-query.ts';
import { shownExemplars } from '../../../series/exemplars.ts';
import { HeatChart } from '../../../series/heat-chart.tsx';
import { MAX_SERIES, mergeSeries } from '../../../series/series.ts';
import { SeriesChart } from '../../../series/series-chart.tsx';
import { SeriesTable } from '../../../series/series-table.tsx';
import { formatFor } from '../../../series/value-format.ts';
import { ResultTable } from './result-table.tsx';
import type { ResultRows } from './table-of.ts';

const ONE = [''];

/** A result as lines over time, or as a heat map of buckets, with its values below. */
export function ResultChart({
  series,
  heat,
  window: { startMillis, endMillis },
  text,
  table,
}: {
  readonly series: MetricSeriesResponse;
  readonly heat: HeatCells | undefined;
  readonly window: QueryWindow;
  readonly text: string;
  /** The rows that the series were made of. */
  readonly table: ResultRows | undefined;
}): ReactNode {
  const [focused, setFocused] = useState<number | undefined>(undefined);
  const lines = useMemo(() => mergeSeries(ONE, [series]), [series]);
  const format = useMemo(() => formatFor(unitOfQuery(text), 'avg', ''), [text]);
  const span = { startMillis, endMillis };
  const exemplars = useMemo(() => shownExemplars(lines, startMillis, endMillis), [lines, startMillis, endMillis]);
  return (
    <>
      {heat === undefined ? (
        <SeriesChart
          lines={lines}
          times={series}
          format={format}
          focused={focused}
          exemplars={exemplars}
          name={t('Result')}
          span={span}
        />
      ) : (
        <HeatChart cells={heat} format={format} span={span} name={t('Result')} />
      )}
      {series.total > MAX_SERIES && heat === undefined && (
        <p className="groupname">
          {t('The first {shown} of {series} are drawn; the table has all of them.', {
            shown: MAX_SERIES,
            series: plural(series.total, 'series', 'series'),
          })}
        </p>
      )}
      {table === undefined ? (
        <SeriesTable lines={lines} times={series} format={format} onFocus={setFocused} />
      ) : (
        <ResultTable table={table} />
      )}
    </>
  );
}
