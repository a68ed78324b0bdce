import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';

/** What the lines and numbers of the map mean, and the buttons for its scale. */
export function MapKey({
  onZoom,
  onFit,
}: {
  readonly onZoom: (by: number) => void;
  readonly onFit: () => void;
}): ReactNode {
  return (
    <div className="mp-key">
      <span>
        <svg width="48" height="8" aria-hidden="true">
          <path d="M0 4h20" strokeWidth="1" className="mp-edge near" />
          <path d="M26 4h22" strokeWidth="5" className="mp-edge near" />
        </svg>
        {t('calls /s, log scale')}
      </span>
      <span>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" strokeWidth="2" className="mp-edge near msg" />
        </svg>
        {t('messages')}
      </span>
      <span>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" strokeWidth="3" className="mp-edge bad" />
        </svg>
        {t('over 2 % fail')}
      </span>
      <span>
        <i className="svc hollow" />
        {t('seen from its callers only')}
      </span>
      <span className="group push">
        <button type="button" className="btn small" title={t('Zoom out (−)')} onClick={() => onZoom(0.8)}>
          <span aria-hidden="true">−</span>
          <span className="unseen">{t('Zoom out')}</span>
        </button>
        <button type="button" className="btn small" title={t('Fit (0)')} onClick={onFit}>
          {t('Fit')}
        </button>
        <button type="button" className="btn small" title={t('Zoom in (+)')} onClick={() => onZoom(1.25)}>
          <span aria-hidden="true">+</span>
          <span className="unseen">{t('Zoom in')}</span>
        </button>
      </span>
    </div>
  );
}
