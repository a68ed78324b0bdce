import type { Span } from '@otelier/query';
import { type ReactNode, useEffect, useRef } from 'react';
import { attributeField, writeCondition } from '../../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatPercent } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { type AttributeActions, AttributeList } from '../../../parts/attribute-list.tsx';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { ServiceLink } from '../../../parts/links/service-link.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { Section } from '../../../parts/section.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { useKeys } from '../../../shell/keys.ts';
import type { CriticalPath } from '../shape/critical-path.ts';
import { ownNanos, peerOf, spanAt, startNanosOf, type TraceTree } from '../trace-tree.ts';
import { spanStartedAt, useSpans } from '../use-traces.ts';
import { SpanEvents } from './span-events.tsx';
import { SpanException } from './span-exception.tsx';
import { SpanLogs } from './span-logs.tsx';
import { SpanPath } from './span-path.tsx';
import { SpanReferences } from './span-references.tsx';

/** All details of a span: exceptions first, then attributes, events, logs and links. The resource is collapsed. */
export function SpanDetail({
  tree,
  index,
  path,
  traceId,
  onClose,
  onSelect,
}: {
  readonly tree: TraceTree;
  readonly index: number;
  readonly path: CriticalPath;
  readonly traceId: string;
  readonly onClose: () => void;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const span = spanAt(tree, index);
  const spanId = span?.spanId ?? '';
  const { data, failure, retry } = useSpans(traceId, spanId);
  const loaded = spanStartedAt(data, startNanosOf(tree, index));
  const box = useRef<HTMLDivElement>(null);
  useKeys(t('Span'), [{ press: 'Escape', does: t('close the span'), run: onClose }], 'inner');
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls to the top when another span is selected
  useEffect(() => {
    void box.current?.scrollTo(0, 0);
  }, [index]);
  if (span === undefined) return null;
  const version = loaded?.resourceAttributes['service.version'];
  return (
    <aside className="pane tr-detail bl" aria-label={t('Span {name}', { name: span.name })}>
      <div className="tr-detail-head">
        <h3>
          <span className="cut">{span.name}</span>
          <span className="push row" style={{ gap: 2 }}>
            <CopyButton text={location.href} label={t('Copy link to this span')} />
            <button type="button" className="btn small icononly bare" aria-label={t('Close span')} onClick={onClose}>
              <Icon name="close" />
            </button>
          </span>
        </h3>
        <div className="row s12">
          <ServiceMark service={span.service} hollow={peerOf(tree, index) !== undefined} />
          {peerOf(tree, index) === undefined ? (
            <ServiceLink service={span.service} className="med cut">
              {span.service}
            </ServiceLink>
          ) : (
            <span className="med cut">{span.service}</span>
          )}
          {version !== undefined && <span className="t3">{String(version)}</span>}
          <span className="t3">{span.spanKind.toLowerCase()}</span>
          <span className="t3 mono push">{spanId}</span>
        </div>
        <dl className="tr-times">
          <Time name={t('Starts')} value={`+${formatDuration(span.start)}`} />
          <Time name={t('Lasts')} value={formatDuration(span.durationNanos)} />
          <Time name={t('Own time')} value={formatDuration(ownNanos(tree, index))} />
          <Time
            name={t('Of the critical path')}
            value={`${formatPercent((path.nanos.get(index) ?? 0) / Math.max(1, path.totalNanos), 1)} %`}
          />
        </dl>
      </div>
      <ScrollRegion scrollRef={box} label={t('Span data')} isBusy={data === undefined}>
        {failure !== undefined && <Failure failure={failure} retry={retry} tight />}
        {loaded !== undefined && (
          <SpanBody span={loaded} tree={tree} index={index} path={path} traceId={traceId} onSelect={onSelect} />
        )}
      </ScrollRegion>
    </aside>
  );
}

/** The exceptions, attributes, events, logs, links, resource and scope of a span. */
function SpanBody({
  span,
  tree,
  index,
  path,
  traceId,
  onSelect,
}: {
  readonly span: Span;
  readonly tree: TraceTree;
  readonly index: number;
  readonly path: CriticalPath;
  readonly traceId: string;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const actions = useSpanActions();
  const pod = span.resourceAttributes['k8s.pod.name'] ?? span.resourceAttributes['host.name'] ?? '';
  return (
    <>
      <SpanException span={span} />
      <Section title={t('Attributes')} count={Object.keys(span.attributes).length}>
        <AttributeList attributes={span.attributes} actions={actions('attributes')} of="span" />
      </Section>
      <SpanEvents span={span} />
      <SpanLogs traceId={traceId} span={span} />
      <SpanReferences span={span} tree={tree} traceId={traceId} onSelect={onSelect} />
      <SpanPath tree={tree} index={index} path={path} onSelect={onSelect} />
      <Section
        title={t('Resource')}
        count={Object.keys(span.resourceAttributes).length}
        open={false}
        note={String(pod)}
      >
        <AttributeList attributes={span.resourceAttributes} actions={actions('resource')} />
      </Section>
      <Section title={t('Scope')} open={false} note={span.scopeName}>
        <AttributeList
          attributes={{
            'scope.name': span.scopeName,
            ...(span.traceState ? { trace_state: span.traceState } : {}),
            parent_span_id: span.parentSpanId ?? null,
          }}
        />
      </Section>
    </>
  );
}

function Time({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div>
      <dt className="t3">{name}</dt>
      <dd className="med">{value}</dd>
    </div>
  );
}

/** Returns actions that filter the search by one of the span's values. */
function useSpanActions(): (of: 'attributes' | 'resource') => AttributeActions {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  return (of) => ({
    only: (key, value) => change({ where: [...where, writeCondition(attributeField(key, of), '=', value)] }),
    without: (key, value) => change({ where: [...where, writeCondition(attributeField(key, of), '!=', value)] }),
  });
}
