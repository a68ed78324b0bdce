import { type ReactNode, useCallback, useState } from 'react';
import { addressOf } from '../../data/client.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Popover } from '../../parts/popover.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { useLogFilter } from './use-log-filter.ts';

/** Largest number of records in a file, as the API's. */
const MAX_RECORDS = 1_000_000;

/** A button that offers the matching records as files. */
export function DownloadMenu({
  total,
  order,
}: {
  readonly total: number | undefined;
  readonly order: 'newest' | 'oldest';
}): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const { columns } = usePageSearch();
  const { startMillis, endMillis } = usePageWindow();
  const params = { ...useLogFilter(), start: startMillis, end: endMillis, order };
  return (
    <span className="anchor">
      <button
        type="button"
        className="btn small bare"
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={total === 0}
        onClick={() => setOpen(!open)}
      >
        <Icon name="download" />
        {t('Download')}
      </button>
      {open && (
        <Popover label={t('Download')} onClose={close} align="right" className="menu lo-download">
          <p className="groupname">
            {total === undefined ? t('The matching records') : plural(Math.min(total, MAX_RECORDS), 'record')}
            {total !== undefined &&
              total > MAX_RECORDS &&
              `, ${order === 'newest' ? t('the newest ones') : t('the oldest ones')}`}
          </p>
          <a className="option" href={addressOf('/logs/export', params)} download="logs.ndjson" onClick={close}>
            NDJSON
            <span className="push t3 s11">{t('all fields')}</span>
          </a>
          <a
            className="option"
            href={addressOf('/logs/export', { ...params, format: 'csv', column: columns })}
            download="logs.csv"
            onClick={close}
          >
            CSV<span className="push t3 s11">{columns === undefined ? t('all attributes') : t('chosen columns')}</span>
          </a>
        </Popover>
      )}
    </span>
  );
}
