import type { ReactNode, RefObject } from 'react';
import { formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { Icon } from '../../parts/icon.tsx';
import type { TraceTree } from './trace-tree.ts';
import type { TraceState } from './use-trace-state.ts';

/** The controls of a trace: search, collapse, zoom. */
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
      <div className="field small tr-find">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          aria-label="Find in this trace"
          placeholder="Find a name, service or attribute"
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
                ? 'the search failed'
                : 'none'
              : place > 0
                ? `${formatCount(place)} of ${formatCount(hits.length)}`
                : formatCount(hits.length))}
        </span>
        {find !== '' && (
          <>
            <button
              type="button"
              className="btn small icononly bare"
              aria-label="Previous match"
              onClick={() => state.step('hits', -1)}
            >
              <Icon name="up" />
            </button>
            <button
              type="button"
              className="btn small icononly bare"
              aria-label="Next match"
              onClick={() => state.step('hits', 1)}
            >
              <Icon name="down" />
            </button>
          </>
        )}
      </div>
      <button type="button" className="btn small bare" onClick={() => state.foldAll(state.folded.size === 0)}>
        {state.folded.size === 0 ? 'Collapse all' : 'Expand all'}
      </button>
      {zoomed && (
        <button type="button" className="btn small push" onClick={() => state.setRange(undefined)}>
          {formatDuration(range.from)} – {formatDuration(range.to)}
          <span className="t3">show all</span>
          <kbd>Z</kbd>
        </button>
      )}
    </div>
  );
}
