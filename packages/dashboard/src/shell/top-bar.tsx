import type { ReactNode } from 'react';
import { t } from '../locale/t.ts';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { LiveButton } from './live-button.tsx';
import { switchTheme } from './preferences.ts';
import { RangePicker } from './range-picker.tsx';

/** The top bar: title, search, time range and theme. */
export function TopBar({ title, onSearch }: { readonly title: string; readonly onSearch: () => void }): ReactNode {
  return (
    <header className="top">
      <h1>{title}</h1>
      <button type="button" className="field search" aria-keyshortcuts="Control+k" onClick={onSearch}>
        <Icon name="search" />
        <span className="cut">{t('Search or jump to')}</span>
        <span className="push">
          <Keys keys={['Ctrl', 'K']} />
        </span>
      </button>
      <div className="push row">
        <RangePicker />
        <LiveButton />
        <button
          type="button"
          className="btn icononly bare"
          aria-label={t('Switch theme')}
          title={t('Switch theme')}
          onClick={switchTheme}
        >
          <Icon name="theme" />
        </button>
      </div>
    </header>
  );
}
