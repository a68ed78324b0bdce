import type { InventoryCertificate } from '@otelier/query';
import { type ReactNode, useEffect, useRef } from 'react';
import { NO_VALUE } from '../../format/number.ts';
import { dayOf, formatAge } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { certificateId, certificateName, issuesOf, issueTexts, ROLES } from './certificate-state.ts';

/** The certificates by the time that is left. Color marks what needs a hand. */
export function CertificatesTable({
  certificates,
  selected,
  nowMillis,
  onSelect,
}: {
  readonly certificates: readonly InventoryCertificate[];
  readonly selected: InventoryCertificate | undefined;
  readonly nowMillis: number;
  readonly onSelect: (entry: InventoryCertificate) => void;
}): ReactNode {
  const region = useRef<HTMLDivElement>(null);
  const chosen = selected === undefined ? undefined : certificateId(selected);
  useEffect(() => {
    if (chosen !== undefined) region.current?.querySelector('tr.sel')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ScrollRegion label={t('Certificates')} scrollRef={region}>
      <table className="ce-table">
        <colgroup>
          <col />
          <col style={{ width: '24%' }} />
          <col style={{ width: 124 }} />
          <col style={{ width: 96 }} />
          <col style={{ width: 88 }} />
          <col style={{ width: '22%' }} />
        </colgroup>
        <thead>
          <tr>
            <th>{t('Certificate')}</th>
            <th>{t('Component')}</th>
            <th>{t('Role')}</th>
            <th className="num">{t('Ends')}</th>
            <th className="num">{t('Left')}</th>
            <th>{t('Findings')}</th>
          </tr>
        </thead>
        <tbody>
          {certificates.map((entry, index) => (
            <CertificateRow
              key={`${certificateId(entry)} ${index}`}
              entry={entry}
              isSelected={entry === selected}
              nowMillis={nowMillis}
              onSelect={() => onSelect(entry)}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function CertificateRow({
  entry,
  isSelected,
  nowMillis,
  onSelect,
}: {
  readonly entry: InventoryCertificate;
  readonly isSelected: boolean;
  readonly nowMillis: number;
  readonly onSelect: () => void;
}): ReactNode {
  const { component, role, certificate } = entry;
  const issues = issuesOf(entry);
  const tone = issues[0]?.tone ?? '';
  const end = certificate?.validToMillis;
  return (
    <tr className={isSelected ? 'sel' : ''}>
      <td>
        <button type="button" className="row ce-name" aria-pressed={isSelected} onClick={onSelect}>
          <bdi className="cut mono">{certificateName(entry)}</bdi>
        </button>
      </td>
      <td className="mono t2" title={component}>
        <bdi>{component}</bdi>
      </td>
      <td className="t2">{t(ROLES[role])}</td>
      <td className="num t2">{end === undefined ? NO_VALUE : dayOf(end)}</td>
      <td className={`num ${tone}`}>{end === undefined || end <= nowMillis ? NO_VALUE : formatAge(end - nowMillis)}</td>
      <td className={issues.length === 0 ? 't3' : tone}>{issues.length === 0 ? t('none') : issueTexts(issues)}</td>
    </tr>
  );
}
