import type { ReactNode } from 'react';
import { sum } from '../../charts/rates.ts';
import { writeCondition } from '../../data/conditions.ts';
import { flowStats } from '../../data/pipeline/pipeline-stats.ts';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { formatCount, formatRate } from '../../format/number.ts';
import { bytesOf, durationOf } from '../../format/quantity.ts';
import { formatMinute } from '../../format/time.ts';
import { rich, t } from '../../locale/t.ts';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { PinButton } from '../boards/pin/pin-button.tsx';
import { DurationChart } from './duration-chart.tsx';
import { IngestChart } from './ingest-chart.tsx';
import { RequestsChart } from './requests-chart.tsx';
import { useCoveredSeconds, useHeatmap, useRed } from './use-overview.ts';

/** Three charts that share a time axis: requests, durations and ingested items. */
export function ChartsRow({ service }: { readonly service: string | undefined }): ReactNode {
  return (
    <div className="ov-charts bb">
      <Requests service={service} />
      <Durations service={service} />
      <Ingest />
    </div>
  );
}

function Requests({ service }: { readonly service: string | undefined }): ReactNode {
  const result = useRed('none', 60, service);
  const seconds = useCoveredSeconds();
  const series = result.data?.series[0];
  return (
    <Pane
      title={t('Requests')}
      note={service}
      className="br"
      actions={
        <span className="read">
          {result.data !== undefined && (
            <>
              <span>
                <b>{formatRate(sum(series?.requests ?? []) / seconds)}</b> /s
              </span>
              <span className={sum(series?.errors ?? []) > 0 ? 'err' : ''}>
                <b>{formatRate(sum(series?.errors ?? []) / seconds)}</b> {t('/s in error')}
              </span>
            </>
          )}
          <PinButton title={t('Requests')} content={{ kind: 'requests', where: whereOf(service) }} />
        </span>
      }
    >
      <QueryResult result={result} tight loading={<div />}>
        {(red) => <RequestsChart red={red} />}
      </QueryResult>
    </Pane>
  );
}

function Durations({ service }: { readonly service: string | undefined }): ReactNode {
  const result = useHeatmap(60, service);
  const whole = useRed('none', 1, service).data?.series[0];
  return (
    <Pane
      title={t('Duration')}
      note={service ?? t('server spans')}
      className="br"
      actions={
        <span className="read">
          <Readout name="p50" nanos={whole?.p50[0]} />
          <Readout name="p95" nanos={whole?.p95[0]} />
          <PinButton title={t('Duration')} content={{ kind: 'durations', where: whereOf(service) }} />
        </span>
      }
    >
      <QueryResult result={result} tight loading={<div />}>
        {(heatmap) => <DurationChart heatmap={heatmap} />}
      </QueryResult>
    </Pane>
  );
}

function whereOf(service: string | undefined): readonly string[] {
  return service === undefined ? [] : [writeCondition('service', '=', service)];
}

function Readout({ name, nanos }: { readonly name: string; readonly nanos: number | null | undefined }): ReactNode {
  if (nanos === null || nanos === undefined) return null;
  const { value, unit } = durationOf(nanos);
  return (
    <span>
      {name} <b>{value}</b> {unit}
    </span>
  );
}

function Ingest(): ReactNode {
  const { latest, before, history } = usePipeline();
  const { startMillis } = usePageWindow();
  const flow = latest === undefined ? undefined : flowStats(latest, before);
  const bytes = bytesOf(flow?.bytesPerSecond ?? 0);
  const first = history.firstMillis;
  return (
    <Pane
      title={t('Ingest')}
      note={
        first !== undefined && first > startMillis + 60_000
          ? t('since {time}', { time: formatMinute(first) })
          : undefined
      }
      actions={
        <span className="read">
          <span>{rich('{count} items/s', { count: <b>{formatCount(flow?.inPerSecond ?? 0)}</b> })}</span>
          <span>
            {bytes.value} {bytes.unit}/s
          </span>
        </span>
      }
    >
      <IngestChart />
    </Pane>
  );
}
