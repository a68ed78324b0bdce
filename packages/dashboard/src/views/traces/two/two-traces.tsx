import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { buildTree, type TraceTree } from '../trace-tree.ts';
import { useTraceOutline } from '../use-traces.ts';
import './two.css';
import { TwoView } from './two-view.tsx';

/** Compares two traces, A and B, which are chosen on the chart or by ID. */
export function TwoTraces(): ReactNode {
  const { a, b } = usePageSearch();
  if (a === undefined || b === undefined || !isTraceId(a) || !isTraceId(b)) return <ChooseTraces a={a} b={b} />;
  return <Loaded key={`${a} ${b}`} a={a} b={b} />;
}

function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text);
}

function Loaded({ a, b }: { readonly a: string; readonly b: string }): ReactNode {
  const change = useChangeSearch();
  const [one, other] = [useTree(a), useTree(b)];
  const failed = one.failure === undefined ? other : one;
  if (failed.failure?.status === 404)
    return (
      <EmptyState
        title={t('One of the traces is not in the store')}
        actions={
          <button
            type="button"
            className="btn small"
            onClick={() => change(failed === one ? { a: undefined } : { b: undefined })}
          >
            {t('Choose another trace')}
          </button>
        }
      >
        <p className="mono">{failed === one ? a : b}</p>
      </EmptyState>
    );
  if (failed.failure !== undefined) return <Failure failure={failed.failure} retry={failed.retry} />;
  if (one.tree === undefined || other.tree === undefined) return <LoadingRows rows={16} height={20} />;
  return <TwoView a={one.tree} b={other.tree} ids={{ a, b }} />;
}

function useTree(traceId: string): ReturnType<typeof useTraceOutline> & { readonly tree: TraceTree | undefined } {
  const result = useTraceOutline(traceId);
  const { data } = result;
  // A trace that has not arrived completely would differ from the other.
  const tree = useMemo(
    () => (data === undefined || !data.isComplete || data.length === 0 ? undefined : buildTree(data)),
    [data],
  );
  return { ...result, tree };
}

function ChooseTraces({ a, b }: { readonly a: string | undefined; readonly b: string | undefined }): ReactNode {
  const change = useChangeSearch();
  const [texts, setTexts] = useState({ a: a ?? '', b: b ?? '' });
  const isReady = isTraceId(texts.a.trim()) && isTraceId(texts.b.trim());
  return (
    <EmptyState title={t('Choose two traces')}>
      <p>{t('Click two points above, or enter the IDs of two traces.')}</p>
      <form
        className="co-choose"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) change({ a: texts.a.trim().toLowerCase(), b: texts.b.trim().toLowerCase() });
        }}
      >
        {(['a', 'b'] as const).map((side) => (
          <label key={side} className="row">
            <span className="tag">{side.toUpperCase()}</span>
            <span className="field small">
              <input
                aria-label={t('ID of trace {trace}', { trace: side.toUpperCase() })}
                className="mono"
                placeholder={t('32 hexadecimal digits')}
                value={texts[side]}
                onChange={(event) => setTexts({ ...texts, [side]: event.target.value })}
              />
            </span>
          </label>
        ))}
        <button type="submit" className="btn small primary" disabled={!isReady}>
          {t('Compare')}
        </button>
      </form>
    </EmptyState>
  );
}
