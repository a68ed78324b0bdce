import { type ReactNode, useMemo } from 'react';
import { rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { useKeys } from '../../shell/keys.ts';
import { buildTree } from './trace-tree.ts';
import { TraceView } from './trace-view.tsx';
import { useTraceOutline } from './use-traces.ts';

/** The selected trace below the list: loading, failed, or the waterfall with the selected span. */
export function TracePanel({
  traceId,
  onClose,
}: {
  readonly traceId: string;
  readonly onClose: () => void;
}): ReactNode {
  const result = useTraceOutline(traceId);
  const tree = useMemo(
    () => (result.data === undefined || result.data.length === 0 ? undefined : buildTree(result.data)),
    [result.data],
  );
  useKeys(t('Trace'), [{ press: 'Escape', does: t('close the trace'), run: onClose }], 'detail');
  const close = (
    <button type="button" className="btn small" onClick={onClose}>
      {t('Close')}
      <kbd>Esc</kbd>
    </button>
  );
  if (tree !== undefined && result.failure === undefined)
    return <TraceView tree={tree} traceId={traceId} onClose={onClose} />;
  return (
    <section className="pane tr-panel" aria-label={t('Trace')}>
      {result.failure?.status === 404 ? (
        <EmptyState title={t('This trace is not in the store')} actions={close}>
          <p>
            {rich('{trace} was never received, was sampled out, or is older than what the store keeps.', {
              trace: <span className="mono">{traceId}</span>,
            })}
          </p>
        </EmptyState>
      ) : result.failure !== undefined ? (
        <Failure failure={result.failure} retry={result.retry} />
      ) : (
        <LoadingRows rows={16} height={20} />
      )}
    </section>
  );
}
