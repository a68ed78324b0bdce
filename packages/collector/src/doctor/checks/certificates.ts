import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DoctorReport } from '@otelier/query';
import { nextUpdateOf, splitRevocationLists } from '@otelier/transport/revocation-lists';
import { defined } from '../../component/defined.ts';
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
/** Those of revocation lists. */
const LIST_FILE = 'crlFile';
const LIST_TEXT = 'crlPem';

/** Reports certificates and revocation lists of the configuration that have expired, are about to, or cannot be read. */
export const certificates: Check = {
  id: 'certificates',
  isLive: false,
  run: ({ config, nowMillis }) =>
    configuredIn(config).flatMap(({ subject, isList, read }): readonly CheckFinding[] => {
      try {
        return isList
          ? listsIn(read()).flatMap((list) => listFinding(subject, list, nowMillis))
          : splitPem(read()).flatMap((one) => validityFinding(subject, new X509Certificate(one), nowMillis));
      } catch (error) {
        const remedy = `Provide a readable file with ${isList ? 'revocation lists' : 'certificates'} in PEM format.`;
        return [{ severity: 'error', subject, message: errorMessage(error), remedy }];
      }
    }),
};

/** Returns a finding if a revocation list has expired, or is about to. */
function listFinding(subject: string, pem: string, nowMillis: number): CheckFinding[] {
  const millis = nextUpdateOf(pem)?.getTime();
  if (millis === undefined || millis - nowMillis >= SOON_LIST_MILLIS) return [];
  const hasExpired = millis <= nowMillis;
  const message = hasExpired
    ? `the revocation list expired at ${new Date(millis).toISOString()}: certificates of its authority are rejected`
    : `the revocation list expires at ${new Date(millis).toISOString()}, in ${remainingText(millis - nowMillis)}`;
  return [{ severity: hasExpired ? 'error' : 'warning', subject, message, remedy: FETCH }];
}

const FETCH = 'Fetch the current list of the authority. A changed file is loaded without a restart.';
/** Authorities publish lists daily or weekly, well before the last one expires. */
const SOON_LIST_MILLIS = 12 * 3_600_000;

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

interface Configured {
  /** Where it is configured, and the file. */
  readonly subject: string;
  /** Whether it has revocation lists instead of certificates. */
  readonly isList: boolean;
  read(): Buffer;
}

/** Returns the certificates and revocation lists of the configuration, those that expire first at the front. */
export function listCertificates(config: ServiceConfig): DoctorReport['certificates'] {
  const found = configuredIn(config).flatMap(({ subject, isList, read }): DoctorReport['certificates'][number][] => {
    try {
      if (isList)
        return listsIn(read()).map((pem) => ({
          subject,
          name: 'revocation list',
          ...defined({ expiresMillis: nextUpdateOf(pem)?.getTime() }),
        }));
      return splitPem(read()).map((one) => {
        const { subject: name, validToDate } = new X509Certificate(one);
        return { subject, name: name.replaceAll('\n', ', '), expiresMillis: validToDate.getTime() };
      });
    } catch {
      return [{ subject, name: '' }];
    }
  });
  return found.toSorted((a, b) => (a.expiresMillis ?? 0) - (b.expiresMillis ?? 0));
}

/** Returns the certificates and revocation lists in the options of all components. */
function configuredIn(config: ServiceConfig): Configured[] {
  const sections = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;
  return sections.flatMap((section) =>
    [...config[section].values()].flatMap((component) => configuredAt(component.config, `${section}/${component.id}`)),
  );
}

function configuredAt(value: unknown, subject: string): Configured[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]): Configured[] => {
    if (typeof field !== 'string') return configuredAt(field, subject);
    const isList = key === LIST_FILE || key === LIST_TEXT;
    if (FILES.has(key) || key === LIST_FILE)
      return [{ subject: `${subject}: ${field}`, isList, read: () => readFileSync(field) }];
    return TEXTS.has(key) || isList ? [{ subject, isList, read: () => Buffer.from(field) }] : [];
  });
}

function splitPem(text: Buffer): readonly string[] {
  const list = text.toString('latin1').match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  if (list === null) throw new Error('expected certificates in PEM format, got none');
  return list;
}

function listsIn(bytes: Buffer): readonly string[] {
  const lists = splitRevocationLists(bytes);
  if (lists.length === 0) throw new Error('expected revocation lists in PEM format, got none');
  return lists;
}
