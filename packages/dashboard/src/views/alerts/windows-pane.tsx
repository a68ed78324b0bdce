import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { Code } from '../../parts/code.tsx';

/** The time intervals in which routes are muted, as they are configured. */
export function WindowsPane({ config }: { readonly config: string | undefined }): ReactNode {
  const intervals = timeIntervalsOf(config ?? '');
  if (intervals === undefined) return null;
  return (
    <section className="al-side" aria-label={t('Maintenance windows')}>
      <div className="head al-head bt bb">
        <h2>{t('Maintenance windows')}</h2>
        <span className="note">{t('as configured')}</span>
      </div>
      <Code text={intervals} />
    </section>
  );
}

/** Returns the section of the time intervals in a configuration of Alertmanager, without its own key. */
export function timeIntervalsOf(config: string): string | undefined {
  const [, body = ''] = /(?:^|\n)time_intervals:[ \t]*\n((?:[ \t-][^\n]*(?:\n|$))+)/.exec(config) ?? [];
  return body.trim() === '' ? undefined : body.trimEnd();
}
