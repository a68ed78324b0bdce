import { type ReactNode, useEffect } from 'react';
import { useChangeSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { formatMillis, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { rememberTrace } from '../../shell/palette/recents.ts';
import { spanAt, type TraceTree } from './trace-tree.ts';

/** The summary of a trace: root, ID, duration, size and errors. */
export function TraceHead({
  tree,
  traceId,
  onClose,
}: {
  readonly tree: TraceTree;
  readonly traceId: string;
  readonly onClose: () => void;
}): ReactNode {
  const change = useChangeSearch();
  const { outline } = tree;
  const name = spanAt(tree, 0)?.name;
  useEffect(() => {
    if (name !== undefined) rememberTrace({ traceId, name });
  }, [traceId, name]);
  const [duration = '', unit = ''] = formatDuration(tree.durationNanos).split(' ');
  return (
    <div className="tr-head bb">
      <h2 className="cut">{name}</h2>
      {outline.errorCount > 0 && <span className="tag err">{t('Error')}</span>}
      <span className="mono t3 cut">{traceId}</span>
      <CopyButton text={traceId} label={t('Copy trace id')} />
      <a
        className="btn small bare icononly"
        href={`/api/v1/traces/${encodeURIComponent(traceId)}/otlp`}
        download={`trace-${traceId}.json`}
        aria-label={t('Download as OTLP/JSON')}
        title={t('Download as OTLP/JSON')}
      >
        <Icon name="download" />
      </a>
      <button
        type="button"
        className="btn small bare icononly"
        aria-label={t('Compare with another trace')}
        title={t('Compare with another trace')}
        onClick={() => change({ compare: 'two', a: traceId, b: undefined, trace: undefined, span: undefined })}
      >
        <Icon name="compare" />
      </button>
      <span className="tr-facts push">
        {!outline.isComplete && (
          <span role="status">{t('{count} loaded', { count: formatCount(outline.length) })}</span>
        )}
        <span>{t('started {time}', { time: formatMillis(millisOf(outline.startNanos)) })}</span>
        <span>
          <b>{duration}</b> {unit}
        </span>
        <Fact words={plural(outline.spanCount, 'span')} />
        <Fact words={plural(tree.services.length, 'service')} />
        {outline.errorCount > 0 && <Fact words={plural(outline.errorCount, 'error')} bad />}
      </span>
      <button type="button" className="btn small icononly bare" aria-label={t('Close trace')} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Fact({ words, bad = false }: { readonly words: string; readonly bad?: boolean }): ReactNode {
  const [count, ...rest] = words.split(' ');
  return (
    <span className={bad ? 'err' : ''}>
      <b className={bad ? 'err' : ''}>{count}</b> {rest.join(' ')}
    </span>
  );
}
