import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { t } from '../locale/t.ts';
import { Icon } from '../parts/icon.tsx';
import { usePageWindow } from '../time/page-window.tsx';
import { describeRange, shifted } from '../time/range.ts';

const RangeChoices = lazy(() => import('./range-choices.tsx').then((module) => ({ default: module.RangeChoices })));

/** The time range control: earlier, current range, later. */
export function RangePicker(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const shown = usePageWindow();
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const { label, bounds } = describeRange(search, shown);
  const live = search.at === undefined && search.from === undefined;
  return (
    <div className="group">
      <button
        type="button"
        className="btn icononly"
        aria-label={t('Earlier')}
        aria-keyshortcuts="["
        onClick={() => change(shifted(search, -1, Date.now()))}
      >
        <Icon name="left" />
      </button>
      <div className="anchor btn" style={{ padding: 0 }}>
        <button
          type="button"
          className="row range"
          style={{ height: '100%', padding: '0 10px' }}
          aria-haspopup="dialog"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name="clock" />
          <span className="unseen">{t('Time range:')} </span>
          {label}
          <span className="t3 s12" style={{ fontWeight: 'var(--weight-regular)' }}>
            {bounds}
          </span>
          <Icon name="down" />
        </button>
        {open && (
          <Suspense>
            <RangeChoices onDone={close} />
          </Suspense>
        )}
      </div>
      <button
        type="button"
        className="btn icononly"
        aria-label={t('Later')}
        aria-keyshortcuts="]"
        disabled={live}
        onClick={() => change(shifted(search, 1, Date.now()))}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}
