import type { CertificatesResponse, InventoryCertificate } from '@otelier/query';
import { type ReactNode, useMemo, useRef, useState } from 'react';
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
import { CertificatePanel } from './certificate-panel.tsx';
import { certificateId, issuesOf } from './certificate-state.ts';
import './certificates.css';
import { CertificatesTable } from './certificates-table.tsx';
import { RevocationLists } from './revocation-lists.tsx';

const REFRESH_MILLIS = 10_000;

/** The view of the certificates of all components: their expiry, and the state of ACME and OCSP. */
export function Certificates(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const [typed, setTyped] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const result = useApiQuery<CertificatesResponse>({ path: '/certificates', refetchMillis: REFRESH_MILLIS });
  const rows = useMemo(() => matching(result.data?.certificates ?? [], typed), [result.data, typed]);
  const selected = rows.find((entry) => certificateId(entry) === search.row) ?? rows[0];
  const select = (entry: InventoryCertificate | undefined): void =>
    change({ row: entry === undefined ? undefined : certificateId(entry) }, 'replace');
  const fingerprint = selected?.certificate?.fingerprint;
  useListKeys({
    what: t('certificate'),
    count: rows.length,
    index: selected === undefined ? -1 : rows.indexOf(selected),
    onIndex: (index) => select(rows[index]),
    onOpen: () => document.querySelector<HTMLElement>('.ce-panel')?.focus(),
    openHint: t('read'),
    rows: { box, row: '.ce-name' },
  });
  useKeys(
    t('View'),
    fingerprint === undefined
      ? []
      : [
          {
            press: 'y',
            does: t('copy the fingerprint'),
            hint: t('copy the fingerprint'),
            run: () => void copyText(fingerprint),
          },
        ],
  );
  return (
    <div className={`ce ${selected === undefined ? '' : 'with-panel'}`}>
      <div className="ce-bar bb">
        <Extent response={result.data} />
        <FilterField label={t('Filter certificates')} value={typed} onChange={setTyped} press="f" />
      </div>
      <div ref={box} className="pane ce-main">
        <QueryResult result={result} loading={<LoadingRows rows={10} height={28} />}>
          {({ atMillis, revocationLists }) => (
            <>
              {rows.length === 0 ? (
                <NoCertificates filtered={typed !== ''} />
              ) : (
                <CertificatesTable certificates={rows} selected={selected} nowMillis={atMillis} onSelect={select} />
              )}
              <RevocationLists lists={revocationLists} nowMillis={atMillis} />
            </>
          )}
        </QueryResult>
      </div>
      {selected !== undefined && (
        <CertificatePanel
          key={certificateId(selected)}
          entry={selected}
          nowMillis={result.data?.atMillis ?? selected.certificate?.validFromMillis ?? 0}
        />
      )}
    </div>
  );
}

function Extent({ response }: { readonly response: CertificatesResponse | undefined }): ReactNode {
  if (response === undefined) return null;
  const { certificates, unlistedCertificates } = response;
  const tones = certificates.map((entry) => issuesOf(entry)[0]?.tone);
  const [errors, warnings] = [
    tones.filter((tone) => tone === 'err').length,
    tones.filter((tone) => tone === 'warn').length,
  ];
  return (
    <span className="row s12 cut" role="status">
      <span className={errors > 0 ? 'err' : 't3'}>
        {t('{certificates} with errors', { certificates: plural(errors, 'certificate') })}
      </span>
      <span className={warnings > 0 ? 'warn' : 't3'}>
        {t('{certificates} with warnings', { certificates: plural(warnings, 'certificate') })}
      </span>
      <span className="t3">
        {plural(certificates.length + unlistedCertificates, 'certificate')}
        {unlistedCertificates > 0 && `, ${t('{number} not listed', { number: unlistedCertificates })}`}
      </span>
    </span>
  );
}

function NoCertificates({ filtered }: { readonly filtered: boolean }): ReactNode {
  if (filtered) return <EmptyState title={t('No certificate contains this text')} />;
  return (
    <EmptyState title={t('None configured')}>
      <p>{t('No receiver, exporter or extension has a certificate file.')}</p>
    </EmptyState>
  );
}

function matching(entries: readonly InventoryCertificate[], typed: string): readonly InventoryCertificate[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return entries;
  return entries.filter(({ component, option, role, file = '', certificate, acme, usedBy }) => {
    const { subject = '', issuer = '', names = [], serialNumber = '', fingerprint = '' } = certificate ?? {};
    const texts = [component, option, role, file, subject, issuer, ...names, ...(acme?.names ?? []), ...usedBy];
    return [...texts, serialNumber, fingerprint].join(' ').toLowerCase().includes(wanted);
  });
}
