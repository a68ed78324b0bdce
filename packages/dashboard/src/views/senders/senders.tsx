import type { SendersReport, SendingSdk } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { timeOf } from '../../data/search.ts';
import { assignServiceColors } from '../../data/service-colors.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { copyText } from '../../parts/copy-button.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import { itemRate } from '../pipeline/edge-labels.ts';
import { RejectedClients } from './rejected-clients.tsx';
import { SenderPanel } from './sender-panel.tsx';
import { senderId } from './sender-state.ts';
import './senders.css';
import { SendersTable } from './senders-table.tsx';

const REFRESH_MILLIS = 5000;

/** The view of the programs that send: what is wrong with each, and the remedy. */
export function Senders(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const [typed, setTyped] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const result = useApiQuery<SendersReport>({ path: '/senders', refetchMillis: REFRESH_MILLIS });
  const rows = useMemo(() => matching(result.data?.senders ?? [], typed), [result.data, typed]);
  useMemo(() => assignServiceColors([...new Set(rows.map(({ service }) => service))].sort()), [rows]);
  const selected = rows.find((sender) => senderId(sender) === search.row) ?? rows[0];
  const select = (sender: SendingSdk | undefined): void =>
    change({ row: sender === undefined ? undefined : senderId(sender) }, 'replace');
  const [finding] = selected?.findings ?? [];
  useListKeys({
    what: t('sender'),
    count: rows.length,
    index: selected === undefined ? -1 : rows.indexOf(selected),
    onIndex: (index) => select(rows[index]),
    onOpen: () => document.querySelector<HTMLElement>('.sn-panel')?.focus(),
    openHint: t('read the findings of'),
    rows: { box, row: '.sn-name' },
  });
  useKeys(
    t('View'),
    finding === undefined
      ? []
      : [
          {
            press: 'y',
            does: t('copy the remedy'),
            hint: t('copy the remedy'),
            run: () => void copyText(finding.code ?? finding.remedy),
          },
        ],
  );
  return (
    <div className={`sn ${selected === undefined ? '' : 'with-panel'}`}>
      <div className="sn-bar bb">
        <Extent report={result.data} />
        <FilterField label={t('Filter senders')} value={typed} onChange={setTyped} press="f" />
      </div>
      <div ref={box} className="pane sn-main">
        <QueryResult result={result} loading={<LoadingRows rows={10} height={28} />}>
          {(report) => (
            <>
              {rows.length === 0 ? (
                <NoSenders filtered={typed !== ''} />
              ) : (
                <SendersTable senders={rows} selected={selected} nowMillis={report.atMillis} onSelect={select} />
              )}
              <RejectedClients clients={report.clients} nowMillis={report.atMillis} />
            </>
          )}
        </QueryResult>
      </div>
      {selected !== undefined && <SenderPanel key={senderId(selected)} sender={selected} />}
    </div>
  );
}

function Extent({ report }: { readonly report: SendersReport | undefined }): ReactNode {
  if (report === undefined) return null;
  const { senders, unlistedItems } = report;
  const count = (severity: string): number =>
    senders.filter(({ findings: [worst] }) => worst?.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return (
    <span className="row s12 cut" role="status">
      <span className={errors > 0 ? 'err' : 't3'}>
        {t('{senders} with errors', { senders: plural(errors, 'sender') })}
      </span>
      <span className={warnings > 0 ? 'warn' : 't3'}>
        {t('{senders} with warnings', { senders: plural(warnings, 'sender') })}
      </span>
      <span className="t3">
        {t('{senders} send {items} items/s over OTLP', {
          senders: plural(senders.length, 'sender'),
          items: itemRate(senders.reduce((sum, { itemsPerSecond }) => sum + itemsPerSecond, 0)),
        })}
        {unlistedItems > 0 && `, ${t('{items} items are of senders that are not listed', { items: unlistedItems })}`}
      </span>
    </span>
  );
}

function NoSenders({ filtered }: { readonly filtered: boolean }): ReactNode {
  const time = timeOf(usePageSearch());
  if (filtered) return <EmptyState title={t('No sender contains this text')} />;
  return (
    <EmptyState
      title={t('No program has sent over OTLP since the start')}
      actions={
        <Link to="/" search={time} className="btn">
          {t('Open the overview')}
        </Link>
      }
    >
      <p>{t('The overview shows how to send from your language.')}</p>
    </EmptyState>
  );
}

function matching(senders: readonly SendingSdk[], typed: string): readonly SendingSdk[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return senders;
  return senders.filter(({ service, instance, host, address, language, sdkVersion, findings }) =>
    [service, instance, host, address, language, sdkVersion, ...findings.map(({ check }) => check)]
      .join(' ')
      .toLowerCase()
      .includes(wanted),
  );
}
