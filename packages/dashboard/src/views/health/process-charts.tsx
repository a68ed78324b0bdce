import type { ProcessHistory } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { type ReleaseMark, ReleasesContext } from '../../charts/releases/releases.tsx';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatPercent } from '../../format/number.ts';
import { formatBytes, formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { LevelChart, type LevelLine } from './level-chart.tsx';
import { useHistory } from './use-history.ts';

const DASHED = [4, 2];
/** Fill level from which a queue is colored. */
const FULL_SHARE = 0.8;
const DASHES = [[], [4, 2], [1.5, 2.5], [8, 3]] as const;

/** CPU, memory, event-loop delay and queues of the process, on the time axis of the page, with its reloads. */
export function ProcessCharts(): ReactNode {
  const { tab } = usePageSearch();
  const change = useChangeSearch();
  const history = useHistory();
  const { latest } = usePipeline();
  const reloads = useMemo(() => marksOf(history.data), [history.data]);
  const process = latest?.process;
  const charts: readonly {
    readonly title: string;
    readonly now: ReactNode;
    readonly lines: (data: ProcessHistory) => readonly LevelLine[];
    readonly format: (value: number) => string;
    readonly limit?: { readonly value: number; readonly name: string } | undefined;
    readonly action?: ReactNode;
  }[] = [
    {
      title: t('CPU'),
      now: process && t('{percent} % of a core', { percent: formatPercent(process.cpuCores, 1) }),
      lines: ({ cpuCores }) => [{ name: t('CPU'), values: cpuCores }],
      format: percent,
      action: tab === undefined && (
        <button type="button" className="btn small" onClick={() => change({ tab: 'cpu' })}>
          {t('Profile')}
          <kbd>P</kbd>
        </button>
      ),
    },
    {
      title: t('Memory'),
      now:
        process &&
        t('heap {heap}, total {total}', { heap: formatBytes(process.heapBytes), total: formatBytes(process.rssBytes) }),
      lines: ({ memoryBytes, heapBytes }) => [
        { name: t('total'), values: memoryBytes },
        { name: t('heap'), values: heapBytes, dash: DASHED, token: '--text-2' },
      ],
      format: formatBytes,
    },
    {
      title: t('Event-loop delay'),
      now: process && `p99 ${formatDuration(process.eventLoopDelayP99Millis * 1e6)}`,
      lines: ({ eventLoopDelayP99Millis }) => [{ name: 'p99', values: eventLoopDelayP99Millis }],
      format: (millis) => formatDuration(millis * 1e6),
    },
    {
      title: t('Queues'),
      now:
        latest &&
        t('{percent} % of the memory limit', {
          percent: formatPercent(latest.admission.inFlightBytes / Math.max(1, latest.admission.limitBytes), 1),
        }),
      lines: queueLines,
      format: percent,
      limit: { value: 1, name: t('full') },
    },
  ];
  return (
    <ReleasesContext value={reloads}>
      <div className="he-charts bb">
        {charts.map(({ title, now, lines, format, limit, action }) => (
          <Pane
            key={title}
            title={title}
            className="br"
            actions={
              <>
                <span className="read">{now}</span>
                {action}
              </>
            }
          >
            <QueryResult result={history} tight>
              {(data) => <Chart title={title} history={data} lines={lines(data)} format={format} limit={limit} />}
            </QueryResult>
          </Pane>
        ))}
      </div>
    </ReleasesContext>
  );
}

function Chart({
  title,
  history,
  lines,
  format,
  limit,
}: {
  readonly title: string;
  readonly history: ProcessHistory;
  readonly lines: readonly LevelLine[];
  readonly format: (value: number) => string;
  readonly limit: { readonly value: number; readonly name: string } | undefined;
}): ReactNode {
  if (lines.every(({ values }) => values.every((value) => value === null))) {
    return (
      <EmptyState tight title={t('Nothing kept in this range')}>
        <p>{t('The gateway takes a sample every five seconds while it runs, and keeps 40 days.')}</p>
      </EmptyState>
    );
  }
  return <LevelChart label={title} history={history} lines={lines} format={format} limit={limit} />;
}

function queueLines({ queues, admissionShare }: ProcessHistory): readonly LevelLine[] {
  const lines = [{ name: t('telemetry in flight'), values: admissionShare }, ...queues];
  return lines.map(({ name, values }, index) => ({
    name,
    values,
    dash: DASHES[index % DASHES.length] ?? [],
    token: (values.findLast((value) => value !== null) ?? 0) > FULL_SHARE ? '--warn-fill' : '--text',
  }));
}

function marksOf(history: ProcessHistory | undefined): readonly ReleaseMark[] {
  return (history?.reloads ?? [])
    .filter(({ result }) => result !== 'unchanged')
    .map(({ atMillis, result, components: [first = ''] }) => ({
      service: t(result === 'applied' ? 'reload' : 'reload rolled back'),
      version: first,
      timeMillis: atMillis,
    }));
}

function percent(share: number): string {
  return `${formatPercent(share, share < 0.1 && share > 0 ? 1 : 0)} %`;
}
