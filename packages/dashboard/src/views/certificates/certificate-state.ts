import type { InventoryCertificate, InventoryRevocationList } from '@otelier/query';
import { msg, t } from '../../locale/t.ts';

/** Something about a certificate that its reader should know. */
export interface CertificateIssue {
  readonly tone: 'err' | 'warn';
  readonly text: string;
}

/** Identifies a certificate among those of the process. */
export function certificateId({ component, option, certificate }: InventoryCertificate): string {
  return `${component} ${option} ${certificate?.fingerprint.slice(0, 16) ?? ''}`;
}

/** Returns the shortest name of a certificate: the common name, the first of its names, or where it is configured. */
export function certificateName({ certificate, acme, option }: InventoryCertificate): string {
  const commonName = /(?:^|, )CN=([^,]+)/.exec(certificate?.subject ?? '')?.[1];
  return commonName ?? certificate?.names[0] ?? acme?.names[0] ?? (certificate?.subject || option);
}

/** What certificates are for, as the table shows it. */
export const ROLES: Readonly<Record<InventoryCertificate['role'], string>> = {
  server: msg('server'),
  client: msg('client'),
  client_authority: msg('verifies clients'),
  server_authority: msg('verifies servers'),
};

const VALIDITY: Readonly<Partial<Record<InventoryCertificate['validity'], CertificateIssue>>> = {
  expires_soon: { tone: 'warn', text: msg('expires soon') },
  expired: { tone: 'err', text: msg('expired') },
  not_yet_valid: { tone: 'err', text: msg('not valid yet') },
  unreadable: { tone: 'err', text: msg('unreadable') },
  missing: { tone: 'warn', text: msg('not issued yet') },
};

/** Returns what is wrong with the validity of a certificate or a revocation list. */
export function validityIssue({
  validity,
}: Pick<InventoryCertificate | InventoryRevocationList, 'validity'>): CertificateIssue | undefined {
  return VALIDITY[validity];
}

/** Returns what is wrong with a certificate, its OCSP response and its renewal, the most important first. */
export function issuesOf(entry: InventoryCertificate): readonly CertificateIssue[] {
  const { acme, ocsp } = entry;
  const validity = validityIssue(entry);
  return [
    ...(validity === undefined ? [] : [validity]),
    ...(ocsp?.status === 'revoked' ? [{ tone: 'err' as const, text: msg('revoked') }] : []),
    ...(acme?.phase === 'failed' ? [{ tone: 'warn' as const, text: msg('not renewed') }] : []),
    ...(ocsp !== undefined && (ocsp.status === 'missing' || ocsp.status === 'unknown' || ocsp.error !== undefined)
      ? [{ tone: 'warn' as const, text: msg('no OCSP response') }]
      : []),
  ].toSorted((a, b) => Number(b.tone === 'err') - Number(a.tone === 'err'));
}

/** Returns the texts of issues, translated. */
export function issueTexts(issues: readonly CertificateIssue[]): string {
  return issues.map(({ text }) => t(text)).join(', ');
}
