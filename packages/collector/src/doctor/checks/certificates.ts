import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DoctorReport } from '@otelier/query';
import { errorMessage } from '../../component/error-message.ts';
import type { ServiceConfig } from '../../config/model.ts';
import type { Check } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

const DAY_MILLIS = 86_400_000;
/** Remaining validity from which a certificate should be renewed. The certificates of some authorities live 6 days. */
const MIN_DAYS = 14;
const SOON_SHARE = 1 / 5;

/** Configuration fields that name a file with certificates, and those that contain them. */
const FILES = new Set(['certFile', 'caFile', 'clientCaFile']);
const TEXTS = new Set(['certPem', 'caPem']);

/** Reports certificates of the configuration that have expired, are about to, or cannot be read. */
export const certificates: Check = {
  id: 'certificates',
  isLive: false,
  run: ({ config, nowMillis }) =>
    certificatesOf(config).flatMap(({ subject, pem }): readonly CheckFinding[] => {
      try {
        return splitPem(pem()).flatMap((one) => validityFinding(subject, new X509Certificate(one), nowMillis));
      } catch (error) {
        const remedy = 'Provide a readable file with certificates in PEM format.';
        return [{ severity: 'error', subject, message: errorMessage(error), remedy }];
      }
    }),
};

/** Returns a finding if a certificate has expired, is about to, or is not valid yet. */
export function validityFinding(subject: string, certificate: X509Certificate, nowMillis: number): CheckFinding[] {
  const { validFromDate, validToDate, subject: name } = certificate;
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  const about = `the certificate ${name.replaceAll('\n', ', ')}`;
  if (to <= nowMillis)
    return [{ severity: 'error', subject, message: `${about} expired at ${validToDate.toISOString()}`, remedy: RENEW }];
  if (from > nowMillis)
    return [
      {
        severity: 'error',
        subject,
        message: `${about} is not valid before ${validFromDate.toISOString()}`,
        remedy: 'Check the clock of this machine, or use a certificate that is valid now.',
      },
    ];
  const isSoon = to - nowMillis < Math.min(MIN_DAYS * DAY_MILLIS, (to - from) * SOON_SHARE);
  if (!isSoon) return [];
  const message = `${about} expires at ${validToDate.toISOString()}, in ${remainingText(to - nowMillis)}`;
  return [{ severity: 'warning', subject, message, remedy: RENEW }];
}

const RENEW = 'Renew the certificate. A changed file is loaded without a restart.';

function remainingText(millis: number): string {
  return millis < 2 * DAY_MILLIS
    ? `${Math.round(millis / 3_600_000)} hours`
    : `${Math.round(millis / DAY_MILLIS)} days`;
}

interface ConfiguredPem {
  /** Where it is configured, and the file. */
  readonly subject: string;
  pem(): string;
}

/** Returns the certificates of the configuration, those that expire first at the front. */
export function listCertificates(config: ServiceConfig): DoctorReport['certificates'] {
  const found = certificatesOf(config).flatMap(({ subject, pem }): DoctorReport['certificates'][number][] => {
    try {
      return splitPem(pem()).map((one) => {
        const { subject: name, validToDate } = new X509Certificate(one);
        return { subject, name: name.replaceAll('\n', ', '), expiresMillis: validToDate.getTime() };
      });
    } catch {
      return [{ subject, name: '' }];
    }
  });
  return found.toSorted((a, b) => (a.expiresMillis ?? 0) - (b.expiresMillis ?? 0));
}

/** Returns the certificates in the options of all components. */
function certificatesOf(config: ServiceConfig): ConfiguredPem[] {
  const sections = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;
  return sections.flatMap((section) =>
    [...config[section].values()].flatMap((component) => pemsIn(component.config, `${section}/${component.id}`)),
  );
}

function pemsIn(value: unknown, subject: string): ConfiguredPem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]): ConfiguredPem[] => {
    if (typeof field !== 'string') return pemsIn(field, subject);
    if (FILES.has(key)) return [{ subject: `${subject}: ${field}`, pem: () => readFileSync(field, 'utf8') }];
    return TEXTS.has(key) ? [{ subject, pem: () => field }] : [];
  });
}

function splitPem(text: string): readonly string[] {
  const list = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  if (list === null) throw new Error('expected certificates in PEM format, got none');
  return list;
}
