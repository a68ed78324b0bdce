import type { SendingSdk } from '@otelier/query';
import type { ReactNode } from 'react';
import { formatCount, plural } from '../../format/number.ts';
import { formatOffset } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ServiceLink } from '../../parts/links/service-link.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { sdkText, totalOf } from './sender-state.ts';

type SenderFinding = SendingSdk['findings'][number];

/** What is wrong with a sender, the remedy, and what is known of it. */
export function SenderPanel({ sender }: { readonly sender: SendingSdk }): ReactNode {
  const { service, findings, deprecated } = sender;
  return (
    <section className="pane sn-panel bl" aria-label={t('Sender')} tabIndex={-1}>
      <div className="head bb">
        <ServiceMark service={service} hollow={service === ''} />
        <h2 className="cut">
          <bdi>{service === '' ? t('(no service)') : service}</bdi>
        </h2>
        <span className="note">{sdkText(sender)}</span>
        {service !== '' && (
          <ServiceLink service={service} className="push s12">
            {t('Service')}
          </ServiceLink>
        )}
      </div>
      <ScrollRegion label={t('Findings')}>
        {findings.length === 0 ? (
          <EmptyState tight title={t('Nothing found')}>
            <p>{t('All checks of this sender passed.')}</p>
          </EmptyState>
        ) : (
          <ul>
            {findings.map((finding) => (
              <FindingItem key={finding.check} finding={finding} />
            ))}
          </ul>
        )}
        {deprecated.length > 0 && <DeprecatedNames names={deprecated} />}
        <Facts sender={sender} />
      </ScrollRegion>
    </section>
  );
}

function FindingItem({
  finding: { check, severity, message, remedy, code },
}: {
  readonly finding: SenderFinding;
}): ReactNode {
  const tone = severity === 'error' ? 'err' : severity === 'warning' ? 'warn' : 't2';
  return (
    <li className="sn-finding bb">
      <h3 className={`row ${tone}`}>
        <Icon name="warn" />
        <span className="mono">{check}</span>
        <span className="unseen">{severity}</span>
      </h3>
      <p>
        <bdi>{message}</bdi>
      </p>
      <p className="t2">{remedy}</p>
      {code !== undefined && (
        <div className="sn-code">
          <code className="mono">{code}</code>
          <CopyButton text={code} label={t('Copy the remedy')} />
        </div>
      )}
    </li>
  );
}

function DeprecatedNames({ names }: { readonly names: SendingSdk['deprecated'] }): ReactNode {
  return (
    <table className="sn-names">
      <caption className="unseen">{t('Deprecated names')}</caption>
      <thead>
        <tr>
          <th>{t('Deprecated name')}</th>
          <th>{t('Replaced by')}</th>
          <th className="num" style={{ width: 64 }}>
            {t('Items')}
          </th>
        </tr>
      </thead>
      <tbody>
        {names.map(({ name, replacement, items }) => (
          <tr key={name}>
            <td className="mono">{name}</td>
            <td className="mono t2" title={replacement}>
              {replacement}
            </td>
            <td className="num t2">{items === 0 ? '—' : formatCount(items)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ sender }: { readonly sender: SendingSdk }): ReactNode {
  const { signals, clockMillis } = sender;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['service.namespace', sender.namespace],
    ['service.instance.id', sender.instance],
    ['service.version', sender.version],
    [t('SDK'), [sender.sdk, sdkText(sender)].filter(Boolean).join(', ')],
    [t('Host'), sender.host],
    [t('Address'), [sender.address, ...sender.transports].filter(Boolean).join(', ')],
    [t('User agent'), sender.userAgent],
    ...signals.map(
      ({ signal, items, requests }) =>
        [
          signal,
          t('{items} in {requests}', { items: plural(items, 'item'), requests: plural(requests, 'request') }),
        ] as const,
    ),
    [t('Rejected items'), formatCount(totalOf(sender, 'rejectedItems'))],
    [t('Refused requests'), formatCount(totalOf(sender, 'refusedRequests'))],
    [t('Rejected as retryable'), formatCount(totalOf(sender, 'retryRequests'))],
    [t('Sent again'), formatCount(sender.retriedRequests + sender.repeatedRequests)],
    [t('Dropped by the SDK'), formatCount(sender.droppedItems)],
    [t('Not arrived'), formatCount(sender.missingItems)],
    [t('Clock'), clockMillis === undefined ? '—' : formatOffset(clockMillis * 1e6)],
    [t('Missing attributes'), sender.missing.join(', ') || t('none')],
    [t('Inspected requests'), formatCount(sender.inspectedRequests)],
  ];
  return (
    <dl className="sn-facts s12">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt className="t3">{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
    </dl>
  );
}
