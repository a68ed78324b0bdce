import { type ReactNode, useMemo, useState } from 'react';
import { formatDuration } from '../../../format/quantity.ts';
import { formatClock } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import type { Language } from '../../../query/languages.ts';
import { expandMacros } from '../../../query/macros.ts';
import { downloadCsv } from '../../../query/run-sql.ts';
import { seriesOfRows } from '../../../query/series-of-rows.ts';
import { unitOfQuery } from '../../../query/unit-of-query.ts';
import type { QueryRun } from '../../../query/use-query-run.ts';
import { queryPanel } from '../../boards/model/board.ts';
import { PinButton } from '../../boards/pin/pin-button.tsx';
import { countOf } from '../outcome.ts';
import { csvOf, saveFile } from './csv.ts';
import { JsonText } from './json-text.tsx';
import { LogLines } from './log-lines.tsx';
import { ResultChart } from './result-chart.tsx';
import { ResultTable } from './result-table.tsx';
import { tableOf } from './table-of.ts';
import { TraceTable } from './trace-table.tsx';

type Shape = 'chart' | 'table' | 'json';
type Data = NonNullable<QueryRun['data']>;

/** A result with its size and time, as a chart, table, list or JSON. */
export function ResultPane({
  language,
  text,
  data,
  stale,
  range,
}: {
  readonly language: Language;
  readonly text: string;
  readonly data: Data;
  /** Whether the text or range differ from those of the run. */
  readonly stale: boolean;
  readonly range: { readonly startMillis: number; readonly endMillis: number };
}): ReactNode {
  const { result, window } = data;
  const series = useMemo(
    () =>
      result.kind === 'series' ? result.response : result.kind === 'rows' ? seriesOfRows(result, window) : undefined,
    [result, window],
  );
  const table = useMemo(() => tableOf(result), [result]);
  const [chosen, setChosen] = useState<Shape>('chart');
  const first = result.kind === 'traces' || result.kind === 'logs' ? t('Lines') : t('Chart and table');
  const hasChart = series !== undefined || result.kind === 'traces' || result.kind === 'logs';
  const shape = chosen === 'chart' && !hasChart ? 'table' : chosen;
  const options = [
    ...(hasChart ? [{ value: 'chart' as const, label: first }] : []),
    { value: 'table' as const, label: t('Table') },
    { value: 'json' as const, label: 'JSON' },
  ];
  const download = (): void => {
    if (language === 'sql') {
      const { text: statement } = expandMacros(text, window);
      void downloadCsv(statement, new AbortController().signal).then((blob) => saveFile(blob, 'result.csv'));
    } else saveFile(new Blob([csvOf(table)], { type: 'text/csv' }), 'result.csv');
  };
  return (
    <section className="pane qu-result" aria-label={t('Result')}>
      <div className="head bb">
        <h2>{countOf(result)}</h2>
        <span className="note">{formatDuration(result.elapsedMillis * 1e6)}</span>
        <span className={`note ${stale ? 'stale' : ''}`}>
          {stale
            ? t('from {time}, before this change', { time: formatClock(data.atMillis) })
            : t('from {time}', { time: formatClock(data.atMillis) })}
        </span>
        <span className="push row">
          <Segmented label={t('Form of the result')} value={shape} options={options} onChange={setChosen} />
          <button type="button" className="btn small bare" disabled={table.rows.length === 0} onClick={download}>
            <Icon name="download" />
            {t('Download CSV')}
          </button>
          <PinButton
            title={text.split('\n')[0]?.slice(0, 80) ?? ''}
            hasKey
            content={panelOf(language, text, result, shape)}
          />
        </span>
      </div>
      {result.warnings.length > 0 && (
        <ul className="qu-warnings bb" aria-label={t('Warnings')}>
          {result.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <Content data={data} shape={shape} series={series} table={table} range={range} text={text} />
    </section>
  );
}

/** Returns the panel that shows the result as it is shown here. */
function panelOf(language: Language, text: string, result: Data['result'], shape: Shape) {
  const isHeat = result.kind === 'series' && result.heat !== undefined;
  const isList = result.kind === 'logs' || result.kind === 'traces';
  return queryPanel({
    language,
    queries: [{ text }],
    shape: shape !== 'chart' ? 'table' : isHeat ? 'heat' : isList ? 'list' : 'lines',
    unit: unitOfQuery(text),
  });
}

function Content({
  data: { result, window },
  shape,
  series,
  table,
  text,
}: {
  readonly data: Data;
  readonly shape: Shape;
  readonly series: ReturnType<typeof seriesOfRows>;
  readonly table: ReturnType<typeof tableOf>;
  readonly range: { readonly startMillis: number; readonly endMillis: number };
  readonly text: string;
}): ReactNode {
  if (table.rows.length === 0) {
    return (
      <EmptyState title={t('The query found nothing')}>
        <p>{t('It is valid, and nothing in this range matches. Try a longer range, or fewer conditions.')}</p>
      </EmptyState>
    );
  }
  if (shape === 'json') return <JsonText result={result} />;
  if (shape === 'table') return <ResultTable table={table} />;
  if (result.kind === 'logs') return <LogLines entries={result.entries} />;
  if (result.kind === 'traces') return <TraceTable traces={result.traces} />;
  if (series === undefined) return <ResultTable table={table} />;
  return (
    <ResultChart
      series={series}
      heat={result.kind === 'series' ? result.heat : undefined}
      window={window}
      text={text}
      table={result.kind === 'rows' ? table : undefined}
    />
  );
}
