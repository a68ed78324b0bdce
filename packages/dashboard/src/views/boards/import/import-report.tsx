import type { ReactNode } from 'react';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { reports, useReport } from './reports.ts';

const MAX_NAMES = 6;

/** What of a dashboard was not imported. */
export function ImportReport({ id }: { readonly id: string }): ReactNode {
  const report = useReport(id);
  if (report === undefined) return null;
  return (
    <section className="bo-report bb" aria-label={t('Import')}>
      <div className="row">
        <b role="status">
          {report.length === 0
            ? t('Everything was imported')
            : t('Imported, except for {things}', { things: plural(report.length, 'thing') })}
        </b>
        <button type="button" className="btn small push" onClick={() => reports.remove(id)}>
          {t('Close')}
        </button>
      </div>
      {report.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
        <ul tabIndex={0} aria-label={t('Not imported')}>
          {report.map(({ what, where }) => (
            <li key={what}>
              {what}
              {where.length > 0 && (
                <span className="t3" title={where.join('\n')}>
                  : {where.slice(0, MAX_NAMES).join(', ')}
                  {where.length > MAX_NAMES &&
                    ` ${t('and {things}', { things: plural(where.length - MAX_NAMES, 'other') })}`}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
