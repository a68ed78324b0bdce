import type { Span, TraceReferencesResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatNumber } from '../../../format/number.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { millisOf, nanosBetween } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Section } from '../../../parts/section.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { indexOf, spanAt, type TraceTree } from '../trace-tree.ts';
import { useReferences } from '../use-traces.ts';

/** The links of a span in both directions, and the metrics that have it as an exemplar. */
export function SpanReferences({
  span,
  tree,
  traceId,
  onSelect,
}: {
  readonly span: Span;
  readonly tree: TraceTree;
  readonly traceId: string;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const start = millisOf(tree.outline.startNanos);
  const { data } = useReferences(traceId, start, start + tree.durationNanos / 1e6);
  const incoming = data?.links.filter(({ toSpanId }) => toSpanId === span.spanId) ?? [];
  const exemplars = data?.exemplars.filter(({ spanId }) => spanId === span.spanId) ?? [];
  return (
    <>
      {span.links.length + incoming.length > 0 && (
        <Section title={t('Links')} count={span.links.length + incoming.length}>
          <OutgoingLinks span={span} tree={tree} onSelect={onSelect} />
          <IncomingLinks links={incoming} span={span} />
        </Section>
      )}
      {exemplars.length > 0 && <Exemplars exemplars={exemplars} span={span} />}
    </>
  );
}

function OutgoingLinks({
  span,
  tree,
  onSelect,
}: {
  readonly span: Span;
  readonly tree: TraceTree;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return span.links.map((link, at) => {
    const here = indexOf(tree, link.spanId);
    return (
      <div key={`${link.traceId} ${link.spanId} ${String(at)}`} className="tr-line">
        <span className="o">{here < 0 ? t('to trace') : t('to')}</span>
        <span />
        {here < 0 ? (
          <Link to="/traces" search={{ ...time, trace: link.traceId, span: link.spanId }} className="cut">
            {link.traceId}
          </Link>
        ) : (
          <button type="button" className="cut link" onClick={() => onSelect(here)}>
            {spanAt(tree, here)?.name}
          </button>
        )}
      </div>
    );
  });
}

function IncomingLinks({
  links,
  span,
}: {
  readonly links: TraceReferencesResponse['links'];
  readonly span: Span;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return links.map(({ traceId, spanId, service, name, startNanos }) => (
    <div key={`${traceId} ${spanId}`} className="tr-line">
      <span className="o">{t('from')}</span>
      <ServiceMark service={service} />
      <Link to="/traces" search={{ ...time, trace: traceId, span: spanId }} className="cut">
        {name} {formatOffset(nanosBetween(span.startNanos, startNanos))}
      </Link>
    </div>
  ));
}

function Exemplars({
  exemplars,
  span,
}: {
  readonly exemplars: TraceReferencesResponse['exemplars'];
  readonly span: Span;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <Section title={t('Metrics')} count={exemplars.length} note={t('exemplars of this span')}>
      {exemplars.map(({ metric, unit, service, timeNanos, value }, at) => (
        <Link
          key={`${metric} ${timeNanos} ${String(at)}`}
          to="/metrics"
          search={{ ...time, metric }}
          className="tr-line"
        >
          <span className="o">{formatOffset(nanosBetween(span.startNanos, timeNanos))}</span>
          <ServiceMark service={service} />
          <span className="cut">
            {metric}{' '}
            <span className="t3">
              {value === null ? '' : formatNumber(value)} {unit}
            </span>
          </span>
        </Link>
      ))}
    </Section>
  );
}
