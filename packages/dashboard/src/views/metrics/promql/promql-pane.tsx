import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { CodeEditor } from '../../../editor/code-editor.tsx';
import { plural } from '../../../format/number.ts';
import { formatDuration, formatStep } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { queryWindow } from '../../../query/query-grid.ts';
import type { SeriesResult } from '../../../query/result.ts';
import { unitOfQuery } from '../../../query/unit-of-query.ts';
import { type QueryRun, useQueryRun } from '../../../query/use-query-run.ts';
import { HeatChart } from '../../../series/heat-chart.tsx';
import { earlierLines, largestSeries, mergeSeries } from '../../../series/series.ts';
import { SeriesChart } from '../../../series/series-chart.tsx';
import { SeriesTable } from '../../../series/series-table.tsx';
import { formatFor, type ValueFormat } from '../../../series/value-format.ts';
import { useKeys } from '../../../shell/keys.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { shiftMillis } from '../../../time/shift.ts';
import { queryPanel } from '../../boards/model/board.ts';
import { PinButton } from '../../boards/pin/pin-button.tsx';
import type { Metric } from '../aggregates.ts';
import { ChartControls, useLineShape, useTop } from '../chart-controls.tsx';
import { ModeSwitch } from './mode-switch.tsx';

const ONE = [''];

/** A query in PromQL with its lines, or its buckets as a heat map. */
export function PromqlPane({ metric }: { readonly metric: Metric | undefined }): ReactNode {
  const { query = '', previous } = usePageSearch();
  const change = useChangeSearch();
  const shown = usePageWindow();
  const [draft, setDraft] = useState(query);
  const [focusKey, setFocusKey] = useState(0);
  useEffect(() => setDraft(query), [query]);
  const window = queryWindow(shown);
  const run = usePromql(query, window, 0);
  const shift = shiftMillis(previous, shown.endMillis - shown.startMillis);
  const before = usePromql(query, window, shift, shift > 0);
  const shape = useLineShape();
  const edited = draft !== query;
  const mark = useMemo(
    () => (run.error?.offset === undefined ? undefined : { offset: run.error.offset, message: run.error.message }),
    [run.error?.offset, run.error?.message],
  );
  const submit = (): void => {
    if (edited) change({ query: draft });
    else run.retry();
  };
  useKeys(t('View'), [
    { press: 'Ctrl Enter', does: t('run the query'), hint: t('run'), shown: ['Ctrl', 'Enter'], run: submit },
    { press: 'i', does: t('edit the query'), hint: t('edit'), run: () => setFocusKey((count) => count + 1) },
  ]);
  const result = seriesOf(run);
  const unit = unitOf(query, metric);
  const format = useMemo(() => formatFor(unit, 'avg', ''), [unit]);
  return (
    <section className="pane" aria-label="PromQL">
      <div className="me-promql bb">
        <CodeEditor
          label={t('PromQL query')}
          language="promql"
          value={draft}
          mark={edited ? undefined : mark}
          focusKey={focusKey}
          onChange={setDraft}
          onRun={submit}
          range={shown}
        />
        <span className="meta">
          <ModeSwitch metric={metric} />
          <span className="t3 s11 nowrap">
            {result !== undefined &&
              `${plural(result.response.total, 'series', 'series')}, ${formatDuration((run.data?.result.elapsedMillis ?? 0) * 1e6)}`}
          </span>
          <button type="button" className="btn small primary" disabled={draft.trim() === ''} onClick={submit}>
            {t('Run')}
            <kbd>Ctrl Enter</kbd>
          </button>
        </span>
      </div>
      <div className="head">
        <h2 className="cut">{t('Result')}</h2>
        <span className="note">
          {[format.words, t('{step} a step', { step: formatStep(window.stepMillis) })]
            .filter((word) => word !== '')
            .join(', ')}
        </span>
        <span className="push row">
          <ChartControls />
          <PinButton
            title={metric?.name ?? 'PromQL'}
            hasKey
            content={queryPanel({
              language: 'promql',
              queries: [{ text: query }],
              shape: result?.heat === undefined ? shape : 'heat',
              unit,
            })}
          />
        </span>
      </div>
      {run.failure !== undefined && <Failure failure={run.failure} retry={run.retry} tight />}
      {query.trim() === '' ? (
        <EmptyState title={t('No query')}>
          <p>
            {t('Write a query and press Ctrl Enter. Completion knows the metrics, labels and values of this range.')}
          </p>
        </EmptyState>
      ) : result === undefined ? (
        run.failure === undefined && <LoadingRows rows={6} height={40} />
      ) : (
        <Drawn result={result} before={shift > 0 ? seriesOf(before) : undefined} format={format} />
      )}
      {run.data?.result.warnings.map((warning) => (
        <p key={warning} className="me-about bt">
          {warning}
        </p>
      ))}
    </section>
  );
}

function Drawn({
  result,
  before,
  format,
}: {
  readonly result: SeriesResult;
  readonly before: SeriesResult | undefined;
  readonly format: ValueFormat;
}): ReactNode {
  const [focused, setFocused] = useState<number | undefined>(undefined);
  const shape = useLineShape();
  const top = useTop();
  const { response, heat } = result;
  const lines = useMemo(() => {
    const merge = (one: SeriesResult['response']) => mergeSeries(ONE, [largestSeries(one, top)]);
    return [...merge(response), ...earlierLines(before === undefined ? [] : merge(before.response))];
  }, [response, before, top]);
  if (response.series.length === 0) {
    return (
      <EmptyState title={t('The query found nothing')}>
        <p>{t('It is valid, and no metric in this range matches. Try a longer range, or fewer conditions.')}</p>
      </EmptyState>
    );
  }
  if (heat !== undefined) return <HeatChart cells={heat} format={format} name={t('Result')} />;
  return (
    <>
      <SeriesChart
        lines={lines}
        times={response}
        format={format}
        focused={focused}
        exemplars={[]}
        name={t('Result')}
        shape={shape}
      />
      <SeriesTable lines={lines} times={response} format={format} onFocus={setFocused} />
      {response.total > top && (
        <p className="groupname">
          {t('The {shown} largest of {series}', { shown: top, series: plural(response.total, 'series', 'series') })}
        </p>
      )}
    </>
  );
}

function usePromql(text: string, window: ReturnType<typeof queryWindow>, shift: number, enabled = true): QueryRun {
  const startMillis = window.startMillis - shift;
  const endMillis = window.endMillis - shift;
  return useQueryRun({
    language: 'promql',
    text,
    window: { ...window, startMillis, endMillis },
    // A live view runs it again with every step.
    key: `metrics ${startMillis} ${endMillis}`,
    enabled,
  });
}

function seriesOf({ data }: QueryRun): SeriesResult | undefined {
  return data?.result.kind === 'series' ? data.result : undefined;
}

/** Returns the unit of the values: that of a name in the text, or of the metric whose own name the text has. */
function unitOf(text: string, metric: Metric | undefined): string {
  const named = unitOfQuery(text);
  if (named !== '' || metric === undefined || !text.includes(metric.name)) return named;
  const isCounted = /_count"|_bucket"|histogram_count/.test(text) && !/histogram_quantile|_sum"/.test(text);
  const isRate =
    /\b(?:rate|irate|count_over_time)\(/.test(text) && !/histogram_quantile|_sum"|histogram_sum/.test(text);
  return isCounted || isRate ? '' : metric.unit;
}
