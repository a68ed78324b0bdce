import { type ReactNode, useMemo } from 'react';
import { FlameGraph } from '../../../charts/flame/flame-graph.tsx';
import { formatDuration } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { TickLabels } from '../tick-labels.tsx';
import { isError, ownNanos, spanAt, type TraceTree } from '../trace-tree.ts';
import type { TraceState } from '../use-trace-state.ts';
import { waterfallTicks } from '../waterfall-geometry.ts';
import { spanFlames } from './span-flames.ts';

/** A trace's spans by time and depth. It shows the same spans, selection and search as the waterfall. */
export function Flame({ tree, state }: { readonly tree: TraceTree; readonly state: TraceState }): ReactNode {
  const { range, selected, hits, find } = state;
  const source = useMemo(() => spanFlames(tree), [tree]);
  const found = useMemo(() => (find === '' ? undefined : new Set(hits)), [find, hits]);
  return (
    <FlameGraph
      label={t('Spans as a flame graph')}
      scope={t('Trace')}
      zoomHint={t('zoom to the span')}
      source={source}
      range={range}
      selected={selected}
      found={found}
      axis={<TickLabels ticks={waterfallTicks(range)} />}
      tip={(index) => <SpanTip tree={tree} index={index} />}
      describe={(index) => describe(tree, index)}
      onSelect={state.select}
      onRange={state.setRange}
    />
  );
}

function describe(tree: TraceTree, index: number): string {
  const span = spanAt(tree, index);
  if (span === undefined) return '';
  const error = isError(tree, index) ? `, ${t('error')}` : '';
  return `${span.name}, ${span.service}, ${formatDuration(span.durationNanos)}${error}`;
}

function SpanTip({ tree, index }: { readonly tree: TraceTree; readonly index: number }): ReactNode {
  const span = spanAt(tree, index);
  if (span === undefined) return null;
  return (
    <>
      <div className="mono med">{span.name}</div>
      <div className="row">
        <ServiceMark service={span.service} />
        {span.service}
      </div>
      <div className="t2">
        {t('{duration}, own {own}', {
          duration: formatDuration(span.durationNanos),
          own: formatDuration(ownNanos(tree, index)),
        })}
        {isError(tree, index) && <span className="err"> {t('error')}</span>}
      </div>
    </>
  );
}
