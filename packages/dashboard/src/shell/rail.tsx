import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../data/search.ts';
import { usePageSearch } from '../data/use-search.ts';
import { t } from '../locale/t.ts';
import { Icon } from '../parts/icon.tsx';
import { FiringBadge } from './firing-badge.tsx';
import { useViews } from './palette/use-views.ts';
import { LanguageMenu } from './settings/language-menu.tsx';
import { StoreGauge } from './store-gauge.tsx';

/** The navigation rail: views, the store gauge and the shortcuts. */
export function Rail({
  current,
  onShortcuts,
}: {
  readonly current: string | undefined;
  readonly onShortcuts: () => void;
}): ReactNode {
  const search = timeOf(usePageSearch());
  const views = useViews();
  return (
    <nav className="rail" aria-label={t('Views')}>
      <Link to="/" search={search} className="brand" title={t('otelier, overview')}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <rect x="1" y="2" width="9" height="3" rx=".5" />
          <rect x="4" y="6.5" width="11" height="3" rx=".5" />
          <rect x="7" y="11" width="5" height="3" rx=".5" />
        </svg>
        <span>otelier</span>
      </Link>
      <div className="nav">
        {views.map((view) => (
          <Link
            key={view.id}
            to={view.path}
            search={search}
            aria-current={view.id === current ? 'page' : undefined}
            aria-keyshortcuts={`g ${view.letter.toLowerCase()}`}
            title={`${t(view.title)} (G ${view.letter})`}
          >
            <Icon name={view.id} />
            <span>{t(view.title)}</span>
            {view.id === 'alerts' && <FiringBadge />}
            <span className="k" aria-hidden="true">
              G {view.letter}
            </span>
          </Link>
        ))}
      </div>
      <div className="gauge">
        <StoreGauge />
        <button type="button" onClick={onShortcuts} title={t('Shortcuts')} aria-keyshortcuts="?">
          <kbd>?</kbd>
          <span className="words">{t('Shortcuts')}</span>
        </button>
        <LanguageMenu />
      </div>
    </nav>
  );
}
