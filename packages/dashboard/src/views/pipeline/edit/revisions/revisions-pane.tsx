import type { ConfigurationText } from '@otelier/query';
import type { ReactNode } from 'react';
import { plural } from '../../../../format/number.ts';
import { formatClock, formatDay } from '../../../../format/time.ts';
import { t } from '../../../../locale/t.ts';
import { ScrollRegion } from '../../../../parts/scroll/scroll-region.tsx';
import { useClock } from '../../../../time/clock.ts';

const DAY_MILLIS = 86_400_000;

/** The configurations that ran: when, by whom and what. One can be shown beside the running one, or applied again. */
export function RevisionsPane({
  config: { revisions, revision: running },
  shown,
  author,
  canApply,
  draft,
  onAuthor,
  onShow,
  onRollBack,
}: {
  readonly config: ConfigurationText;
  /** The revision whose text is shown. */
  readonly shown: number | undefined;
  readonly author: string;
  readonly canApply: boolean;
  /** What the draft changes; `undefined` if there is none. */
  readonly draft: { readonly added: number; readonly changed: number; readonly removed: number } | undefined;
  readonly onAuthor: (name: string) => void;
  readonly onShow: (revision: number | undefined) => void;
  readonly onRollBack: (revision: number) => void;
}): ReactNode {
  const now = useClock(60_000, true);
  return (
    <section className="pane pe-revisions bt" aria-label={t('Revisions')}>
      <div className="head">
        <h2>{t('Revisions')}</h2>
        <span className="note">{plural(revisions.length, 'revision')}</span>
        <label className="push row s12">
          <span className="t3">{t('Your name')}</span>
          <input
            className="input pe-author"
            maxLength={64}
            value={author}
            autoComplete="off"
            onChange={(event) => onAuthor(event.target.value)}
          />
        </label>
      </div>
      <ScrollRegion className="pe-rows" label={t('Revisions')}>
        <table>
          <thead>
            <tr>
              <th scope="col" className="num">
                {t('No.')}
              </th>
              <th scope="col">{t('Applied')}</th>
              <th scope="col">{t('By')}</th>
              <th scope="col">{t('What')}</th>
              <th scope="col">
                <span className="unseen">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {draft !== undefined && (
              <tr aria-selected={shown === undefined}>
                <td className="num strong">{running + 1}</td>
                <td className="t2">{t('draft')}</td>
                <td className="t2">{author === '' ? t('you') : author}</td>
                <td>
                  <span className="ok">+{draft.added}</span> <span className="warn">~{draft.changed}</span>{' '}
                  <span className="err">−{draft.removed}</span> {t('lines, not applied')}
                </td>
                <td />
              </tr>
            )}
            {revisions.map(({ revision, atMillis, by, what }) => (
              <tr key={revision} aria-selected={shown === revision}>
                <td className="num strong">{revision}</td>
                <td className="t2">{now - atMillis < DAY_MILLIS ? formatClock(atMillis) : formatDay(atMillis)}</td>
                <td className="t2 cut">{by === 'file' ? t('file') : by}</td>
                <td className="cut" title={what}>
                  {what}
                </td>
                <td className="pe-acts">
                  {revision === running ? (
                    <span className="tag ok">{t('running')}</span>
                  ) : (
                    <>
                      <button
                        type="button"
                        className="btn bare small"
                        aria-pressed={shown === revision}
                        onClick={() => onShow(shown === revision ? undefined : revision)}
                      >
                        {t('Compare')}
                        <span className="unseen"> {revision}</span>
                      </button>
                      <button
                        type="button"
                        className="btn bare small"
                        disabled={!canApply}
                        onClick={() => onRollBack(revision)}
                      >
                        {t('Roll back')}
                        <span className="unseen"> {revision}</span>
                      </button>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}
