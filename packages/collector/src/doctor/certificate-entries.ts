import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { nextUpdateOf, splitRevocationLists } from '@otelier/transport/revocation-lists';
import { certificateFileIn } from '../certificates/acme/acme-extension.ts';
import type { ServiceConfig } from '../config/model.ts';

/** A certificate or a revocation list of the configuration. */
export type CertificateEntry = {
  /** Section and ID of the component, such as `receivers/otlp`. */
  readonly component: string;
  /** Path of the file; `undefined` if the configuration has the text itself. */
  readonly file: string | undefined;
} & (
  | { readonly kind: 'certificate'; readonly certificate: X509Certificate }
  /** `expires` is `undefined` if the list does not say. */
  | { readonly kind: 'list'; readonly expires: Date | undefined }
  /** A file that cannot be read, or does not have what it should. */
  | { readonly kind: 'invalid'; readonly expected: string; readonly error: unknown }
);

/** Configuration fields that name a file with certificates, and those that contain them. */
const FILES = new Set(['certFile', 'caFile', 'clientCaFile']);
const TEXTS = new Set(['certPem', 'caPem']);
/** Those of revocation lists. */
const LIST_FILE = 'crlFile';
const LIST_TEXT = 'crlPem';
const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;

/** Reads the certificates and revocation lists in the options of all components. */
export function certificateEntries(config: ServiceConfig): readonly CertificateEntry[] {
  return SECTIONS.flatMap((section) =>
    [...config[section].values()].flatMap(({ id, type, config: options }) => {
      const component = `${section}/${id}`;
      const own = section === 'extensions' && type === 'acme' ? acmeEntries(options, component) : [];
      return [...own, ...entriesIn(options, component)];
    }),
  );
}

/** Returns the certificate that an extension has obtained; none if it is still to come. */
function acmeEntries({ directory }: Readonly<Record<string, unknown>>, component: string): readonly CertificateEntry[] {
  const file = certificateFileIn(String(directory));
  return existsSync(file) ? readEntries({ component, file }, false, () => readFileSync(file)) : [];
}

function entriesIn(value: unknown, component: string): readonly CertificateEntry[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    if (typeof field !== 'string') return entriesIn(field, component);
    const isList = key === LIST_FILE || key === LIST_TEXT;
    if (FILES.has(key) || key === LIST_FILE)
      return readEntries({ component, file: field }, isList, () => readFileSync(field));
    return TEXTS.has(key) || isList
      ? readEntries({ component, file: undefined }, isList, () => Buffer.from(field))
      : [];
  });
}

function readEntries(
  place: Pick<CertificateEntry, 'component' | 'file'>,
  isList: boolean,
  read: () => Buffer,
): readonly CertificateEntry[] {
  const expected = isList ? 'revocation lists' : 'certificates';
  try {
    const bytes = read();
    const parts = isList ? splitRevocationLists(bytes) : (bytes.toString('latin1').match(CERTIFICATE) ?? []);
    if (parts.length === 0) throw new Error(`expected ${expected} in PEM format, got none`);
    return parts.map((pem) =>
      isList
        ? { ...place, kind: 'list', expires: nextUpdateOf(pem) }
        : { ...place, kind: 'certificate', certificate: new X509Certificate(pem) },
    );
  } catch (error) {
    return [{ ...place, kind: 'invalid', expected, error }];
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Returns when an entry expires; `undefined` if it does not, or is invalid. */
export function expiryOf(entry: CertificateEntry): Date | undefined {
  if (entry.kind === 'certificate') return entry.certificate.validToDate;
  return entry.kind === 'list' ? entry.expires : undefined;
}

/** Returns the name of an entry: the subject of a certificate in one line, or what it is instead. */
export function nameOf(entry: CertificateEntry): string {
  if (entry.kind === 'certificate') return entry.certificate.subject.replaceAll('\n', ', ');
  return entry.kind === 'list' ? 'revocation list' : '';
}
