import type { SendingSdk } from '@otelier/query';
import { type ReactNode, useEffect, useRef } from 'react';
import { formatCount } from '../../format/number.ts';
import { formatOffset } from '../../format/quantity.ts';
import { formatAgo } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { itemRate } from '../pipeline/edge-labels.ts';
import { sdkText, senderId, totalOf } from './sender-state.ts';

/** The senders with their numbers. Color marks what has a finding. */
export function SendersTable({
  senders,
  selected,
  nowMillis,
  onSelect,
}: {
  readonly senders: readonly SendingSdk[];
  readonly selected: SendingSdk | undefined;
  readonly nowMillis: number;
  readonly onSelect: (sender: SendingSdk) => void;
}): ReactNode {
  const region = useRef<HTMLDivElement>(null);
  const chosen = selected === undefined ? undefined : senderId(selected);
  useEffect(() => {
    if (chosen !== undefined) region.current?.querySelector('tr.sel')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ScrollRegion label={t('Senders')} scrollRef={region}>
      <table className="sn-table">
        <colgroup>
          <col />
          <col style={{ width: 112 }} />
          <col style={{ width: 108 }} />
          <col style={{ width: 64 }} />
          <col style={{ width: 60 }} />
          <col style={{ width: 56 }} />
          <col style={{ width: 68 }} />
          <col style={{ width: 72 }} />
          <col style={{ width: '20%' }} />
        </colgroup>
        <thead>
          <tr>
            <th>{t('Sender')}</th>
            <th>{t('SDK, version')}</th>
            <th>{t('From')}</th>
            <th className="num">{t('Items /s')}</th>
            <th className="num">{t('Refused')}</th>
            <th className="num">{t('Retries')}</th>
            <th className="num">{t('Clock')}</th>
            <th className="num">{t('Last')}</th>
            <th>{t('Findings')}</th>
          </tr>
        </thead>
        <tbody>
          {senders.map((sender) => (
            <SenderRow
              key={senderId(sender)}
              sender={sender}
              isSelected={senderId(sender) === chosen}
              nowMillis={nowMillis}
              onSelect={() => onSelect(sender)}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function SenderRow({
  sender,
  isSelected,
  nowMillis,
  onSelect,
}: {
  readonly sender: SendingSdk;
  readonly isSelected: boolean;
  readonly nowMillis: number;
  readonly onSelect: () => void;
}): ReactNode {
  const { service, findings, clockMillis } = sender;
  const has = (...checks: readonly string[]): boolean => findings.some(({ check }) => checks.includes(check));
  const toneOf = (isFound: boolean): string => (isFound ? 'warn' : 't2');
  const [worst] = findings;
  const refused = totalOf(sender, 'refusedRequests', 'rejectedItems');
  const retries = totalOf(sender, 'retryRequests') + sender.repeatedRequests;
  return (
    <tr className={isSelected ? 'sel' : ''}>
      <td>
        <button type="button" className="row sn-name" aria-pressed={isSelected} onClick={onSelect}>
          <ServiceMark service={service} hollow={service === ''} />
          <bdi className="cut">{service === '' ? t('(no service)') : service}</bdi>
        </button>
      </td>
      <td className="mono t2">
        <bdi>{sdkText(sender)}</bdi>
      </td>
      <td className="mono t2">
        <bdi>{sender.host || sender.address}</bdi>
      </td>
      <td className="num">{itemRate(sender.itemsPerSecond)}</td>
      <td className={`num ${toneOf(has('refused', 'partial-success'))}`}>{formatCount(refused)}</td>
      <td className={`num ${toneOf(has('retries', 'repeated-requests'))}`}>{formatCount(retries)}</td>
      <td className={`num ${toneOf(has('clock'))}`}>
        {clockMillis === undefined ? '—' : formatOffset(clockMillis * 1e6)}
      </td>
      <td className="num t3">{formatAgo(sender.lastMillis, nowMillis)}</td>
      <td
        className={
          worst === undefined ? 't3' : worst.severity === 'error' ? 'err' : worst.severity === 'note' ? 't2' : 'warn'
        }
      >
        {worst === undefined ? t('none') : findings.map(({ check }) => check).join(', ')}
      </td>
    </tr>
  );
}
