import type { X509Certificate } from 'node:crypto';
import type { DoctorReport } from '@otelier/query';
import {
  type CertificateEntry,
  certificateEntries,
  componentsOf,
  expiryOf,
  nameOf,
} from '../../certificates/certificate-entries.ts';
import { certificateValidity, listValidity } from '../../certificates/validity.ts';
import { defined } from '../../component/defined.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { ServiceConfig } from '../../config/model.ts';
import type { Check } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

const DAY_MILLIS = 86_400_000;

/** Reports certificates and revocation lists of the configuration that have expired, are about to, or cannot be read. */
export const certificates: Check = {
  id: 'certificates',
  isLive: false,
  run: ({ config, nowMillis }) =>
    certificateEntries(componentsOf(config)).flatMap((entry): readonly CheckFinding[] => {
      const subject = placeOf(entry);
      if (entry.kind === 'certificate') return validityFinding(subject, entry.certificate, nowMillis);
      if (entry.kind === 'list') return listFinding(subject, entry.list.nextUpdate, nowMillis);
      const remedy = `Provide a readable file with ${entry.expected} in PEM format.`;
      return [{ severity: 'error', subject, message: errorMessage(entry.error), remedy }];
    }),
};

function placeOf({ component, file }: CertificateEntry): string {
  return file === undefined ? component : `${component}: ${file}`;
}

/** Returns a finding if a revocation list has expired, or is about to. */
function listFinding(subject: string, expires: Date | undefined, nowMillis: number): CheckFinding[] {
  const millis = expires?.getTime();
  const validity = listValidity(expires, nowMillis);
  if (millis === undefined || validity === 'valid') return [];
  const hasExpired = validity === 'expired';
  const message = hasExpired
    ? `the revocation list expired at ${new Date(millis).toISOString()}: certificates of its authority are rejected`
    : `the revocation list expires at ${new Date(millis).toISOString()}, in ${remainingText(millis - nowMillis)}`;
  return [{ severity: hasExpired ? 'error' : 'warning', subject, message, remedy: FETCH }];
}

const FETCH = 'Fetch the current list of the authority. A changed file is loaded without a restart.';

/** Returns a finding if a certificate has expired, is about to, or is not valid yet. */
export function validityFinding(subject: string, certificate: X509Certificate, nowMillis: number): CheckFinding[] {
  const { validFromDate, validToDate, subject: name } = certificate;
  const to = validToDate.getTime();
  const validity = certificateValidity(certificate, nowMillis);
  const about = `the certificate ${name.replaceAll('\n', ', ')}`;
  if (validity === 'expired')
    return [{ severity: 'error', subject, message: `${about} expired at ${validToDate.toISOString()}`, remedy: RENEW }];
  if (validity === 'not_yet_valid')
    return [
      {
        severity: 'error',
        subject,
        message: `${about} is not valid before ${validFromDate.toISOString()}`,
        remedy: 'Check the clock of this machine, or use a certificate that is valid now.',
      },
    ];
  if (validity === 'valid') return [];
  const message = `${about} expires at ${validToDate.toISOString()}, in ${remainingText(to - nowMillis)}`;
  return [{ severity: 'warning', subject, message, remedy: RENEW }];
}

const RENEW = 'Renew the certificate. A changed file is loaded without a restart.';

function remainingText(millis: number): string {
  return millis < 2 * DAY_MILLIS
    ? `${Math.round(millis / 3_600_000)} hours`
    : `${Math.round(millis / DAY_MILLIS)} days`;
}

/** Returns the certificates and revocation lists of the configuration, those that expire first at the front. */
export function listCertificates(config: ServiceConfig): DoctorReport['certificates'] {
  return certificateEntries(componentsOf(config))
    .map((entry) => ({
      subject: placeOf(entry),
      name: nameOf(entry),
      ...defined({ expiresMillis: expiryOf(entry)?.getTime() }),
    }))
    .toSorted((a, b) => (a.expiresMillis ?? 0) - (b.expiresMillis ?? 0));
}
