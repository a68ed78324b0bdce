import { useConnection } from '../data/pipeline/pipeline-stream.ts';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { usePageWindow } from '../time/page-window.tsx';

/** Returns whether the view is live, and a function to change it. Pausing freezes the view but never ingestion. */
export function useLive(): { readonly live: boolean; readonly offline: boolean; readonly toggle: () => void } {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { nowMillis } = usePageWindow();
  const offline = useConnection().lostMillis !== undefined;
  const live = search.at === undefined && search.from === undefined;
  return {
    live,
    offline,
    toggle: () =>
      live ? change({ at: nowMillis }, 'replace') : change({ at: undefined, from: undefined, to: undefined }),
  };
}
