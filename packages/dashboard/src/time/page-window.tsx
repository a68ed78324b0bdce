import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useConnection } from '../data/pipeline/pipeline-stream.ts';
import { usePageSearch } from '../data/use-search.ts';
import { useClock } from './clock.ts';
import { lengthOf, type PageWindow, refreshMillis, windowOf } from './range.ts';

const WindowContext = createContext<PageWindow | undefined>(undefined);

/** Provides the same time window to all panes of a view, and advances it while the view is live. */
export function PageWindowProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const search = usePageSearch();
  const connected = useConnection().lostMillis === undefined;
  const live = search.at === undefined && search.from === undefined;
  const now = useClock(refreshMillis(lengthOf(search)), live && connected);
  const { last, at, from, to } = search;
  const shown = useMemo(() => windowOf({ last, at, from, to }, now), [last, at, from, to, now]);
  return <WindowContext value={shown}>{children}</WindowContext>;
}

/** Returns the view's time window. Only valid inside `PageWindowProvider`. */
export function usePageWindow(): PageWindow {
  const shown = useContext(WindowContext);
  if (shown === undefined) throw new Error('usePageWindow needs a PageWindowProvider above it');
  return shown;
}
