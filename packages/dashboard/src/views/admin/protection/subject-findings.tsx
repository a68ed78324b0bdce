import type { ReactNode } from 'react';
import { formatCount, NO_VALUE } from '../../../format/number.ts';
import { formatDay } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { type Findings, SIGNALS } from './protection-data.ts';

/** What is stored of a person: items by signal, and where else a value was found. */
export function SubjectFindings({ findings }: { readonly findings: Findings }): ReactNode {
  const { items, searched, held, pseudonyms, documents, alerts } = findings;
  const rows = rowsOf(findings);
  return (
    <>
      <p className="ad-note s12" role="status">
        {items === 0
          ? t('Nothing was found in {count} items.', { count: searched })
          : t('{count} of {searched} items are about the person.', { count: items, searched })}
      </p>
      {rows.length > 0 && (
        <table aria-label={t('Items of the person')}>
          <colgroup>
            <col />
            <col style={{ width: 92 }} />
            <col style={{ width: 92 }} />
            <col style={{ width: 72 }} />
            <col style={{ width: 92 }} />
            <col style={{ width: 92 }} />
          </colgroup>
          <thead>
            <tr>
              <th>{t('Signal')}</th>
              <th className="num">{t('Items')}</th>
              <th className="num">{t('Held')}</th>
              <th className="num">{t('Files')}</th>
              <th className="num">{t('Oldest')}</th>
              <th className="num">{t('Newest')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.signal}>
                <td className="med">{t(row.title)}</td>
                <td className="num">{formatCount(row.items)}</td>
                <td className={`num ${row.held > 0 ? 'warn' : 't2'}`}>{formatCount(row.held)}</td>
                <td className="num t2">{formatCount(row.files)}</td>
                <td className="num t2">{dayText(row.oldestMillis)}</td>
                <td className="num t2">{dayText(row.newestMillis)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ul className="dp-also s12 t2">
        {held > 0 && <li className="warn">{t('{count} items are kept by legal holds.', { count: held })}</li>}
        {pseudonyms > 0 && (
          <li>{t('Pseudonyms of the person that were searched for, too: {count}', { count: pseudonyms })}</li>
        )}
        {documents.length > 0 && (
          <li>
            {t('Saved documents with a value:')} <bdi>{documents.map(({ name }) => name).join(', ')}</bdi>
          </li>
        )}
        {alerts > 0 && <li>{t('Alerts that contain a value until they end: {count}', { count: alerts })}</li>}
      </ul>
    </>
  );
}

interface SignalRow {
  readonly signal: string;
  readonly title: string;
  /** Number of items with those that a legal hold keeps. */
  readonly items: number;
  readonly held: number;
  readonly files: number;
  readonly oldestMillis: number | undefined;
  readonly newestMillis: number | undefined;
}

/** Returns the signals with items of the person. */
export function rowsOf({ files, hours }: Findings): readonly SignalRow[] {
  return SIGNALS.flatMap(([signal, title]) => {
    const own = files.filter((file) => file.signal === signal);
    const times = hours.filter((hour) => hour.signal === signal).map(({ hourMillis }) => hourMillis);
    const held = own.reduce((sum, file) => sum + file.held, 0);
    const items = own.reduce((sum, file) => sum + file.items, held);
    if (items === 0) return [];
    return [{ signal, title, items, held, files: own.length, oldestMillis: times.at(0), newestMillis: times.at(-1) }];
  });
}

function dayText(millis: number | undefined): string {
  return millis === undefined ? NO_VALUE : formatDay(millis);
}
