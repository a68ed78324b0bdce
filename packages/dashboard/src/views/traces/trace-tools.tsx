import { type ReactNode, type RefObject, useMemo } from 'react';
import { formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { worstCalls } from './shape/repeats.ts';
import { spanAt, type TraceTree } from './trace-tree.ts';
import type { TraceState } from './use-trace-state.ts';

/** The controls of a trace: shape, search, collapse, critical path, zoom. */
export function TraceTools({
  tree,
  state,
  field,
}: {
  readonly tree: TraceTree;
  readonly state: TraceState;
  readonly field: RefObject<HTMLInputElement | null>;
}): ReactNode {
  const { find, hits, found, selected, range } = state;
  const place = hits.indexOf(selected) + 1;
  const zoomed = range.from > 0 || range.to < tree.durationNanos;
  return (
    <div className="tr-tools">
      <Segmented
        label={t('Shape of the trace')}
        value={state.shape}
        options={[
          { value: 'waterfall', label: t('Waterfall') },
          { value: 'flame', label: t('Flame') },
        ]}
        onChange={state.setShape}
      />
      <div className="field small tr-find">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          aria-label={t('Find in this trace')}
          placeholder={t('Find a name, service or attribute')}
          value={find}
          onChange={(event) => state.setFind(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') state.step('hits', event.shiftKey ? -1 : 1);
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            if (find === '') event.currentTarget.blur();
            else state.setFind('');
          }}
        />
        <span className="s11 t2 nowrap" role="status">
          {find !== '' &&
            found !== 'not yet' &&
            (hits.length === 0
              ? found === 'failed'
                ? t('the search failed')
                : t('none')
              : place > 0
                ? t('{shown} of {count}', { shown: formatCount(place), count: formatCount(hits.length) })
                : formatCount(hits.length))}
        </span>
        {find !== '' && (
          <>
            <button
              type="button"
              className="btn small icononly bare"
              aria-label={t('Previous match')}
              onClick={() => state.step('hits', -1)}
            >
              <Icon name="up" />
            </button>
            <button
              type="button"
              className="btn small icononly bare"
              aria-label={t('Next match')}
              onClick={() => state.step('hits', 1)}
            >
              <Icon name="down" />
            </button>
          </>
        )}
      </div>
      {state.shape === 'waterfall' && (
        <button type="button" className="btn small bare" onClick={() => state.foldAll(state.folded.size === 0)}>
          {state.folded.size === 0 ? t('Collapse all') : t('Expand all')}
        </button>
      )}
      <button
        type="button"
        className="btn small"
        aria-pressed={state.isPathShown}
        onClick={() => state.showPath(!state.isPathShown)}
      >
        <i className="tr-path-mark" />
        {t('Critical path')}
      </button>
      <Calls tree={tree} state={state} />
      {zoomed && (
        <button type="button" className="btn small push" onClick={() => state.setRange(undefined)}>
          {formatDuration(range.from)} – {formatDuration(range.to)}
          <span className="t3">{t('show all')}</span>
          <kbd>Z</kbd>
        </button>
      )}
    </div>
  );
}

/** The repeated calls that a single call could replace. */
function Calls({ tree, state }: { readonly tree: TraceTree; readonly state: TraceState }): ReactNode {
  const worst = useMemo(() => worstCalls(state.repeats), [state.repeats]);
  if (worst === undefined) return null;
  return (
    <button type="button" className="tag warn push cut" onClick={() => state.select(worst.index)}>
      {t('N+1: {count} × {name} in {duration}', {
        count: formatCount(worst.members.length),
        name: spanAt(tree, worst.index)?.name ?? '',
        duration: formatDuration(worst.nanos),
      })}
    </button>
  );
}
