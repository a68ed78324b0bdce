import type { InventoryCertificate } from '@otelier/query';
import type { ReactNode } from 'react';
import { dayOf, formatAge, formatMinute } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { Section } from '../../parts/section.tsx';
import { certificateName, issuesOf, issueTexts, ROLES } from './certificate-state.ts';

/** What is known of a certificate, of its OCSP response, and of its renewal. */
export function CertificatePanel({
  entry,
  nowMillis,
}: {
  readonly entry: InventoryCertificate;
  readonly nowMillis: number;
}): ReactNode {
  const { certificate, chain, ocsp, acme, error } = entry;
  const issues = issuesOf(entry);
  return (
    <section className="pane ce-panel bl" aria-label={t('Certificate')} tabIndex={-1}>
      <div className="head bb">
        <h2 className="cut mono">
          <bdi>{certificateName(entry)}</bdi>
        </h2>
        <span className="note">{t(ROLES[entry.role])}</span>
      </div>
      <ScrollRegion label={t('Certificate')}>
        {issues.length > 0 && (
          <p className={`row ce-issue s12 bb ${issues[0]?.tone ?? ''}`}>
            <Icon name="warn" />
            {issueTexts(issues)}
          </p>
        )}
        {error !== undefined && (
          <p className="ce-issue s12 bb">
            <bdi>{error}</bdi>
          </p>
        )}
        <Facts facts={placeFacts(entry)} />
        {certificate !== undefined && (
          <Section title={t('Certificate')}>
            <Facts facts={certificateFacts(certificate)} />
          </Section>
        )}
        {acme !== undefined && (
          <Section title={t('ACME')} note={acme.phase}>
            <Facts facts={acmeFacts(acme, nowMillis)} />
          </Section>
        )}
        {ocsp !== undefined && (
          <Section title={t('OCSP')} note={ocsp.status}>
            <Facts facts={ocspFacts(ocsp, nowMillis)} />
          </Section>
        )}
        {chain.map((one) => (
          <Section key={one.fingerprint} title={t('Authority')} note={one.subject} open={false}>
            <Facts facts={certificateFacts(one)} />
          </Section>
        ))}
      </ScrollRegion>
    </section>
  );
}

/** A fact: its name, its value, and whether the value can be copied. */
type Fact = readonly [name: string, value: string | undefined, copies?: boolean];

function placeFacts({ component, option, file, usedBy }: InventoryCertificate): readonly Fact[] {
  return [
    [t('Component'), component],
    [t('Option'), option],
    [t('File'), file],
    [t('Used by'), usedBy.join(', ')],
  ];
}

function certificateFacts({
  subject,
  issuer,
  names,
  serialNumber,
  fingerprint,
  key,
  validFromMillis,
  validToMillis,
}: NonNullable<InventoryCertificate['certificate']>): readonly Fact[] {
  return [
    [t('Subject'), subject],
    [t('Issuer'), issuer],
    [t('Names'), names.join(', ')],
    [t('Valid from'), momentText(validFromMillis)],
    [t('Ends'), momentText(validToMillis)],
    [t('Key'), key],
    [t('Serial number'), serialNumber, true],
    ['SHA-256', fingerprint, true],
  ];
}

function acmeFacts(
  { authority, names, issuedMillis, renewalMillis, error }: NonNullable<InventoryCertificate['acme']>,
  nowMillis: number,
): readonly Fact[] {
  return [
    [t('Authority'), authority],
    [t('Names'), names.join(', ')],
    [t('Issued'), issuedMillis === undefined ? undefined : momentText(issuedMillis)],
    [t('Renewal'), renewalMillis === undefined ? undefined : untilText(renewalMillis, nowMillis)],
    [t('Last error'), error],
  ];
}

function ocspFacts(
  { source, responder, producedMillis, nextUpdateMillis, error }: NonNullable<InventoryCertificate['ocsp']>,
  nowMillis: number,
): readonly Fact[] {
  return [
    [t('From'), source === 'file' ? t('a file') : responder],
    [t('Produced'), producedMillis === undefined ? undefined : momentText(producedMillis)],
    [t('Next update'), nextUpdateMillis === undefined ? undefined : untilText(nextUpdateMillis, nowMillis)],
    [t('Last error'), error],
  ];
}

function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="ce-facts s12">
      {facts.map(([name, value = '', copies = false]) =>
        value === '' ? null : (
          <div key={name}>
            <dt className="t3">{name}</dt>
            <dd>
              <bdi className={copies ? 'mono' : ''}>{value}</bdi>
              {copies && <CopyButton text={value} label={t('Copy {name}', { name })} />}
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

function momentText(millis: number): string {
  return `${dayOf(millis)} ${formatMinute(millis)}`;
}

function untilText(millis: number, nowMillis: number): string {
  const moment = momentText(millis);
  return millis <= nowMillis ? moment : `${moment} (${t('in {age}', { age: formatAge(millis - nowMillis) })})`;
}
