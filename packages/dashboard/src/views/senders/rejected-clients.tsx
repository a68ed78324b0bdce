import type { SendersReport } from '@otelier/query';
import type { ReactNode } from 'react';
import { plural } from '../../format/number.ts';
import { formatAgo } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';

/** Clients whose requests were rejected before their sender was known. */
export function RejectedClients({
  clients,
  nowMillis,
}: {
  readonly clients: SendersReport['clients'];
  readonly nowMillis: number;
}): ReactNode {
  if (clients.length === 0) return null;
  return (
    <section className="pane sn-clients bt" aria-label={t('Rejected clients')}>
      <div className="head bb">
        <h2>{t('Rejected clients')}</h2>
        <span className="note">{t('rejected before their sender was known')}</span>
      </div>
      <ScrollRegion label={t('Rejected clients')}>
        <ul>
          {clients.map(({ address, userAgent, path, status, reason, count, atMillis, remedy, code }) => (
            <li key={JSON.stringify([address, userAgent, path, status, reason])} className="sn-client s12 bb">
              <p className="row">
                <span className="warn mono">{status}</span>
                <bdi className="mono cut">{path}</bdi>
                <bdi className="t2 cut">{[userAgent, address].filter(Boolean).join(', ')}</bdi>
                <span className="push t3 nowrap">
                  {plural(count, 'request')}, {formatAgo(atMillis, nowMillis)}
                </span>
              </p>
              <p>
                <bdi>{reason}</bdi>
              </p>
              <p className="t2">{remedy}</p>
              {code !== undefined && (
                <div className="sn-code">
                  <code className="mono">{code}</code>
                  <CopyButton text={code} label={t('Copy the remedy')} />
                </div>
              )}
            </li>
          ))}
        </ul>
      </ScrollRegion>
    </section>
  );
}
