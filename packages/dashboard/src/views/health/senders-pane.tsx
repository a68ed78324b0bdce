import type { ObservedSender } from '@otelier/query';
import type { ReactNode } from 'react';
import { flowStats } from '../../data/pipeline/pipeline-stats.ts';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { formatOffset } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { SendersLink } from '../../parts/links/senders-link.tsx';
import { ServiceLink } from '../../parts/links/service-link.tsx';
import { Pane } from '../../parts/pane.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { itemRate } from '../pipeline/edge-labels.ts';

/** Deviation of a sender's clock that is colored. Items arrive later than their time, but not from the future. */
const SKEW_MILLIS = 5_000;

/** Who sends, with which SDK, how much, and what is missing to tell senders apart. */
export function SendersPane({ senders }: { readonly senders: readonly ObservedSender[] }): ReactNode {
  const { latest, before } = usePipeline();
  const flow = latest && flowStats(latest, before);
  const largest = senders[0]?.itemShare ?? 1;
  return (
    <Pane
      title={t('Senders')}
      note={t('observed for 2 s')}
      className="he-senders bt"
      actions={<SendersLink className="push" />}
    >
      {senders.length === 0 ? (
        <EmptyState tight title={t('No telemetry arrived while the process was observed')}>
          <p>{t('Run the checks again while your applications send.')}</p>
        </EmptyState>
      ) : (
        <ScrollRegion label={t('Senders')}>
          <table>
            <colgroup>
              <col />
              <col style={{ width: 150 }} />
              <col style={{ width: 84 }} />
              <col style={{ width: 168 }} />
              <col style={{ width: 96 }} />
              <col style={{ width: 200 }} />
            </colgroup>
            <thead>
              <tr>
                <th>{t('Sender')}</th>
                <th>{t('SDK, version')}</th>
                <th className="num">{t('Instances')}</th>
                <th className="num">{t('Items /s, share')}</th>
                <th className="num">{t('Clock')}</th>
                <th>{t('Missing resource attributes')}</th>
              </tr>
            </thead>
            <tbody>
              {senders.map((sender) => (
                <tr key={`${sender.service} ${sender.sdk}`}>
                  <td>
                    <span className="row">
                      <ServiceMark service={sender.service} hollow={sender.service === ''} />
                      {sender.service === '' ? (
                        t('(no service)')
                      ) : (
                        <ServiceLink service={sender.service}>{sender.service}</ServiceLink>
                      )}
                    </span>
                  </td>
                  <td className="mono t2">{sender.sdk}</td>
                  <td className="num">{formatCount(sender.instances)}</td>
                  <td className="num">
                    <span className="row he-share">
                      {itemRate(sender.itemShare * (flow?.inPerSecond ?? 0))}
                      <i className="bar" style={{ width: (sender.itemShare / Math.max(largest, 1e-9)) * 48 }} />
                      <span className="t3">{formatPercent(sender.itemShare, 0)} %</span>
                    </span>
                  </td>
                  <Clock millis={sender.newestMillis} />
                  <td className={sender.missing.length > 0 ? 'warn mono' : 't3'}>
                    {sender.missing.length > 0 ? sender.missing.join(', ') : t('none')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      <p className="he-foot t3 s12 bt">
        {t(
          'Rates are shares of what all receivers take: {items} items/s. Refused: {refused} items/s, {requests} requests since the start.',
          {
            items: itemRate(flow?.inPerSecond ?? 0),
            refused: itemRate(flow?.refusedPerSecond ?? 0),
            requests: latest?.admission.refusedRequests ?? 0,
          },
        )}
      </p>
    </Pane>
  );
}

function Clock({ millis }: { readonly millis: number | undefined }): ReactNode {
  const isOff = millis !== undefined && (millis > SKEW_MILLIS || millis < -12 * SKEW_MILLIS);
  return (
    <td className={`num ${isOff ? 'warn' : 't2'}`} title={t('Time of its latest item minus its arrival')}>
      {millis === undefined ? '—' : formatOffset(millis * 1e6)}
    </td>
  );
}
