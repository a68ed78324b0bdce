import type { DoctorReport } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatAge, formatDay } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';

const SOON_MILLIS = 14 * 86_400_000;

/** The certificates of the configuration, by the time that is left. */
export function CertificatesPane({
  certificates,
  nowMillis,
}: {
  readonly certificates: DoctorReport['certificates'];
  readonly nowMillis: number;
}): ReactNode {
  return (
    <Pane
      title={t('Certificates')}
      className="he-certificates"
      actions={
        <Link to="/certificates" search={timeOf(usePageSearch())} className="push s12">
          {t('All certificates')}
        </Link>
      }
    >
      {certificates.length === 0 ? (
        <EmptyState tight title={t('None configured')}>
          <p>{t('No receiver, exporter or extension has a certificate file.')}</p>
        </EmptyState>
      ) : (
        <ScrollRegion label={t('Certificates')}>
          <table>
            <colgroup>
              <col />
              <col style={{ width: 76 }} />
              <col style={{ width: 96 }} />
            </colgroup>
            <thead className="unseen">
              <tr>
                <th>{t('Certificate')}</th>
                <th>{t('Ends')}</th>
                <th>{t('Left')}</th>
              </tr>
            </thead>
            <tbody>
              {certificates.map(({ subject, name, expiresMillis }, index) => {
                const left = (expiresMillis ?? 0) - nowMillis;
                return (
                  <tr key={`${subject} ${name} ${index}`}>
                    <td title={`${subject}\n${name}`}>
                      {subject} <span className="t3">{name}</span>
                    </td>
                    <td className="num t2">{expiresMillis === undefined ? '' : formatDay(expiresMillis)}</td>
                    <td className={`num ${left < SOON_MILLIS ? (left <= 0 ? 'err' : 'warn') : ''}`}>
                      {expiresMillis === undefined ? t('unreadable') : left <= 0 ? t('expired') : formatAge(left)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Pane>
  );
}
