import { lazy, type ReactNode, Suspense, useRef } from 'react';
import { type PipelineView, usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { useStatus } from '../../data/use-status.ts';
import { plural } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { useKeys } from '../../shell/keys.ts';
import { ComponentsTable } from './components-table.tsx';
import { PipelineGraphView } from './graph-view.tsx';
import './pipeline.css';
import type { EdgeUnit } from './edge-labels.ts';
import { LedgerPane } from './ledger/ledger-pane.tsx';
import { PipelineTabs } from './pipeline-tabs.tsx';
import { ProcessPane } from './process-pane.tsx';

/** Loaded with the first tap. */
const TapView = lazy(async () => ({ default: (await import('./tap/tap.tsx')).TapView }));

/** Loaded when the configuration is edited. */
const PipelineEdit = lazy(async () => ({ default: (await import('./edit/edit.tsx')).PipelineEdit }));

/** The view of the pipeline: the running graph, an edge under observation, or the configuration. */
export function Pipeline(): ReactNode {
  const { edit } = usePageSearch();
  if (edit !== 'pipeline') return <RunningPipeline />;
  return (
    <Suspense fallback={<LoadingRows rows={10} height={44} />}>
      <PipelineEdit />
    </Suspense>
  );
}

/** The view of the running pipeline, with its current rates. */
function RunningPipeline(): ReactNode {
  const { unit: asked, tap } = usePageSearch();
  const change = useChangeSearch();
  const view = useFrozen(usePipeline());
  const unit: EdgeUnit = asked === 'bytes' || asked === 'time' ? asked : 'items';
  const { latest } = view;
  const isTapped = tap !== undefined && latest !== undefined;
  useKeys(
    t('Pipeline'),
    isTapped
      ? []
      : [{ press: 'e', does: t('edit the configuration'), hint: t('edit'), run: () => change({ edit: 'pipeline' }) }],
  );
  if (tap !== undefined && latest !== undefined) {
    return (
      <Suspense fallback={<LoadingRows rows={10} height={44} />}>
        <TapView latest={latest} before={view.before} unit={unit} />
      </Suspense>
    );
  }
  return (
    <div className="pi">
      <div className="pi-bar bb">
        <PipelineTabs tab="graph" />
        <Running
          pipelines={new Set(latest?.edges.map((edge) => edge.pipeline)).size}
          components={latest?.nodes.length ?? 0}
        />
        <span className="push">
          <Segmented
            label={t('Numbers on the edges')}
            value={unit}
            options={[
              { value: 'items', label: t('Items') },
              { value: 'bytes', label: t('Bytes') },
              { value: 'time', label: t('Time') },
            ]}
            onChange={(value) => change({ unit: value === 'items' ? undefined : value }, 'replace')}
          />
        </span>
      </div>
      {latest === undefined ? (
        <LoadingRows rows={10} height={44} />
      ) : (
        <>
          <PipelineGraphView latest={latest} before={view.before} unit={unit} />
          <div className="pi-foot bt">
            <ComponentsTable latest={latest} before={view.before} />
            <LedgerPane latest={latest} before={view.before} />
            <ProcessPane latest={latest} before={view.before} />
          </div>
        </>
      )}
    </div>
  );
}

/** Freezes the snapshot while the view is paused. */
function useFrozen(view: PipelineView): PipelineView {
  const { at, from } = usePageSearch();
  const kept = useRef(view);
  if ((at === undefined && from === undefined) || kept.current.latest === undefined) kept.current = view;
  return kept.current;
}

function Running({ pipelines, components }: { readonly pipelines: number; readonly components: number }): ReactNode {
  const { data } = useStatus();
  if (data === undefined) return null;
  return (
    <>
      <span className="mono med">otelier {data.version}</span>
      <span className={`tag row ${data.accepting ? 'ok' : 'warn'}`} style={{ gap: 4 }}>
        <Icon name={data.accepting ? 'check' : 'warn'} size={11} />
        {data.accepting ? t('running') : t('not accepting')}
      </span>
      <span className="t3 s12 cut">
        {t('since {time}, {pipelines}, {components}', {
          time: formatClock(data.startedMillis),
          pipelines: plural(pipelines, 'pipeline'),
          components: plural(components, 'component'),
        })}
        {data.endpoints.length > 0 &&
          t(', listening on {addresses}', { addresses: data.endpoints.map(({ address }) => address).join(', ') })}
      </span>
    </>
  );
}
