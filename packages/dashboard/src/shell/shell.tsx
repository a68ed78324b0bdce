import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from 'react';
import { useOfferedUndo } from '../data/documents/undo.ts';
import { timeOf } from '../data/search.ts';
import { useKeepFresh } from '../data/use-keep-fresh.ts';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { msg, t } from '../locale/t.ts';
import { copyText } from '../parts/copy-button.tsx';
import { PageWindowProvider } from '../time/page-window.tsx';
import { shifted } from '../time/range.ts';
import { LostConnection } from './banner.tsx';
import { dispatchKey, useKeys } from './keys.ts';
import { useViews } from './palette/use-views.ts';
import { railFolded, rememberRail, switchTheme } from './preferences.ts';
import { Rail } from './rail.tsx';
import { StatusBar } from './status-bar.tsx';
import { TopBar } from './top-bar.tsx';
import { useLive } from './use-live.ts';
import { viewAt } from './views.ts';

const loadPalette = () => import('./palette/palette.tsx').then((module) => ({ default: module.Palette }));
const Palette = lazy(loadPalette);
const Shortcuts = lazy(() => import('./shortcuts.tsx').then((module) => ({ default: module.Shortcuts })));
const UndoToast = lazy(() => import('./undo/undo-toast.tsx').then((module) => ({ default: module.UndoToast })));
const NARROW = '(width < 1200px)';

/** The frame around every view. */
export function Shell(): ReactNode {
  return (
    <PageWindowProvider>
      <Frame />
    </PageWindowProvider>
  );
}

function Frame(): ReactNode {
  const view = viewAt(useLocation().pathname);
  const [floating, setFloating] = useState<'palette' | 'shortcuts' | undefined>(undefined);
  const [folded, toggleRail] = useRail();
  const undoable = useOfferedUndo();
  const close = useCallback(() => setFloating(undefined), []);
  useKeepFresh();
  usePageKeys({ openPalette: () => setFloating('palette'), openShortcuts: () => setFloating('shortcuts'), toggleRail });
  useEffect(() => {
    // The first view needs no palette. It is loaded when the user begins to interact.
    const load = (): void => void loadPalette();
    for (const event of ['pointermove', 'keydown'] as const) document.addEventListener(event, load, { once: true });
    return () => {
      for (const event of ['pointermove', 'keydown'] as const) document.removeEventListener(event, load);
    };
  }, []);
  useEffect(() => {
    document.addEventListener('keydown', dispatchKey);
    return () => document.removeEventListener('keydown', dispatchKey);
  }, []);
  useEffect(() => {
    document.title = view === undefined ? 'otelier' : `${t(view.title)} · otelier`;
  }, [view]);
  return (
    <div className={`shell ${folded ? 'folded' : ''}`}>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('Skip to the view')}
      </button>
      <Rail current={view?.id} onShortcuts={() => setFloating('shortcuts')} />
      <TopBar title={t(view?.title ?? msg('Not found'))} onSearch={() => setFloating('palette')} />
      <LostConnection />
      <main className="main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <StatusBar />
      <Suspense>{undoable !== undefined && <UndoToast action={undoable} />}</Suspense>
      <Suspense fallback={<i data-floating hidden />}>
        {floating === 'palette' && <Palette onClose={close} />}
        {floating === 'shortcuts' && <Shortcuts onClose={close} />}
      </Suspense>
    </div>
  );
}

function usePageKeys({
  openPalette,
  openShortcuts,
  toggleRail,
}: {
  readonly openPalette: () => void;
  readonly openShortcuts: () => void;
  readonly toggleRail: () => void;
}): void {
  const navigate = useNavigate();
  const search = usePageSearch();
  const change = useChangeSearch();
  const { toggle } = useLive();
  const views = useViews();
  useKeys(
    t('Views'),
    [
      ...views.map((view) => ({
        press: `g ${view.letter.toLowerCase()}`,
        does: t(view.title),
        run: () => void navigate({ to: view.path, search: timeOf(search) } as never),
      })),
      { press: 'Ctrl k', does: t('search or run a command'), run: openPalette },
      { press: '?', does: t('all shortcuts'), run: openShortcuts },
    ],
    'page',
  );
  useKeys(
    t('Page'),
    [
      { press: ' ', does: t('pause or resume'), run: toggle },
      { press: '[', does: t('earlier'), run: () => change(shifted(search, -1, Date.now())) },
      {
        press: ']',
        does: t('later'),
        run: () =>
          search.at === undefined && search.from === undefined ? undefined : change(shifted(search, 1, Date.now())),
      },
      { press: 'y', does: t('copy a link'), run: () => void copyText(location.href) },
      { press: '\\', does: t('collapse the sidebar'), run: toggleRail },
      { press: 'd', does: t('switch theme'), run: switchTheme },
    ],
    'page',
  );
}

/** Returns whether the rail is folded, by the user or because the window is narrow, and a function to toggle it. */
function useRail(): readonly [boolean, () => void] {
  const [chosen, setChosen] = useState(railFolded);
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const follow = (): void => setNarrow(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  useEffect(() => rememberRail(chosen), [chosen]);
  return [chosen || narrow, () => setChosen(!chosen)];
}
