import type { ReactNode } from 'react';
import { formatPercent } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { Section } from '../../../parts/section.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { type CriticalPath, parallelSpans, segmentAt } from '../shape/critical-path.ts';
import { durationOf, spanAt, startOf, type TraceTree } from '../trace-tree.ts';

const MAX_PARALLEL = 5;

/** Explains a span's part of the critical path, what ran beside it, or what the trace waited for instead. */
export function SpanPath({
  tree,
  index,
  path,
  onSelect,
}: {
  readonly tree: TraceTree;
  readonly index: number;
  readonly path: CriticalPath;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const nanos = path.nanos.get(index);
  const parallel = parallelSpans(tree, path, index, MAX_PARALLEL);
  if (nanos === undefined) {
    const end = startOf(tree, index) + durationOf(tree, index);
    const instead = segmentAt(path, end - 1);
    return (
      <Section title={t('Critical path')} open={false} note={t('not on it')}>
        <p className="tr-note">
          {t('The trace did not wait for this span.')}{' '}
          {instead !== undefined && instead.index !== index && t('When it ended, the trace waited for:')}
        </p>
        {instead !== undefined && instead.index !== index && (
          <SpanLine tree={tree} index={instead.index} note={t('on the path')} onSelect={onSelect} />
        )}
      </Section>
    );
  }
  const share = path.totalNanos === 0 ? 0 : nanos / path.totalNanos;
  return (
    <Section title={t('Critical path')} open={false} note={`${formatDuration(nanos)}, ${formatPercent(share, 1)} %`}>
      <p className="tr-note">
        {nanos === 0
          ? t('It is on the path, but only waits for the spans below it.')
          : t('A trace without its own work on the path takes {duration} less.', { duration: formatDuration(nanos) })}
        {parallel.length > 0 && ` ${t('In parallel, without delaying the trace:')}`}
      </p>
      {parallel.map((one) => (
        <SpanLine
          key={one.index}
          tree={tree}
          index={one.index}
          note={formatDuration(one.overlapNanos)}
          onSelect={onSelect}
        />
      ))}
    </Section>
  );
}

function SpanLine({
  tree,
  index,
  note,
  onSelect,
}: {
  readonly tree: TraceTree;
  readonly index: number;
  readonly note: string;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const span = spanAt(tree, index);
  if (span === undefined) return null;
  return (
    <button type="button" className="tr-line" onClick={() => onSelect(index)}>
      <span className="o">{note}</span>
      <ServiceMark service={span.service} />
      <span className="cut">{span.name}</span>
    </button>
  );
}
