import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type RevocationList, readRevocationList, splitRevocationLists } from '@otelier/transport/revocation-lists';
import type { ServiceConfig } from '../config/model.ts';
import { toSnakeCase } from '../config/names.ts';
import { certificateFileIn } from './acme/acme-extension.ts';

/** A component and its options. */
export interface ConfiguredComponent {
  /** Section and ID, such as `receivers/otlp`. */
  readonly name: string;
  readonly type: string;
  readonly config: unknown;
}

/** What a certificate is for: presented by a server or a client, or to verify the certificates of clients or servers. */
export type CertificateRole = 'server' | 'client' | 'client_authority' | 'server_authority';

/** Where a certificate or a revocation list is configured. */
interface EntryPlace {
  /** Section and ID of the component, such as `receivers/otlp`. */
  readonly component: string;
  /** Option that has it, such as `protocols.grpc.tls.cert_file`. */
  readonly option: string;
  /** Path of the file; `undefined` if the configuration has the text itself. */
  readonly file: string | undefined;
  /** `undefined` for revocation lists. */
  readonly role: CertificateRole | undefined;
  /** The options beside it. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A certificate or a revocation list of the configuration. */
export type CertificateEntry = EntryPlace &
  (
    | {
        readonly kind: 'certificate';
        readonly certificate: X509Certificate;
        /** Its position in the file. Those after the first complete its chain, or are further authorities. */
        readonly position: number;
      }
    | { readonly kind: 'list'; readonly list: RevocationList }
    /** A file that cannot be read, or does not have what it should. */
    | { readonly kind: 'invalid'; readonly expected: string; readonly error: unknown }
  );

/** Options that name a file with certificates, and those that contain them. `true` for those of authorities. */
const FILES: ReadonlyMap<string, boolean> = new Map([
  ['certFile', false],
  ['caFile', true],
  ['clientCaFile', true],
  ['issuerCaPath', true],
]);
const TEXTS: ReadonlyMap<string, boolean> = new Map([
  ['certPem', false],
  ['caPem', true],
  ['cert', false],
  ['ca', true],
]);
/** Those of revocation lists. */
const LIST_FILE = 'crlFile';
const LIST_TEXT = 'crlPem';
const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;

/** Returns all components of a configuration. */
export function componentsOf(config: ServiceConfig): readonly ConfiguredComponent[] {
  return SECTIONS.flatMap((section) =>
    [...config[section].values()].map(({ id, ...one }) => ({ ...one, name: `${section}/${id}` })),
  );
}

/** Reads the certificates and revocation lists in the options of components. */
export function certificateEntries(components: readonly ConfiguredComponent[]): readonly CertificateEntry[] {
  return components.flatMap(({ name, type, config }) => {
    const own = type === 'acme' && name.startsWith('extensions/') ? acmeEntries(config, name) : [];
    return [...own, ...entriesIn(config, name, [])];
  });
}

/** Returns the certificate that an extension has obtained; none if it is still to come. */
function acmeEntries(config: unknown, component: string): readonly CertificateEntry[] {
  const options = config as Readonly<Record<string, unknown>>;
  const file = certificateFileIn(String(options['directory']));
  if (!existsSync(file)) return [];
  const place = { component, option: 'directory', file, role: 'server', options } as const;
  return readEntries(place, () => readFileSync(file));
}

function entriesIn(value: unknown, component: string, path: readonly string[]): readonly CertificateEntry[] {
  if (typeof value !== 'object' || value === null) return [];
  const options = value as Readonly<Record<string, unknown>>;
  return Object.entries(options).flatMap(([key, field]) => {
    const option = [...path, toSnakeCase(key)].join('.');
    if (typeof field !== 'string') return entriesIn(field, component, [...path, toSnakeCase(key)]);
    const isFile = FILES.has(key) || key === LIST_FILE;
    const isText = key === LIST_TEXT || (TEXTS.has(key) && field.includes('-----BEGIN '));
    if (!isFile && !isText) return [];
    const isAuthority = (isFile ? FILES : TEXTS).get(key);
    const role = isAuthority === undefined ? undefined : roleOf(options, isAuthority);
    const place = { component, option, file: isFile ? field : undefined, role, options };
    return readEntries(place, () => (isFile ? readFileSync(field) : Buffer.from(field)));
  });
}

/** Only clients can skip verification. */
function roleOf(options: Readonly<Record<string, unknown>>, isAuthority: boolean): CertificateRole {
  const isClient = 'insecureSkipVerify' in options || 'insecure' in options || 'issuerCaPath' in options;
  if (isAuthority) return isClient ? 'server_authority' : 'client_authority';
  return isClient ? 'client' : 'server';
}

function readEntries(place: EntryPlace, read: () => Buffer): readonly CertificateEntry[] {
  const isList = place.role === undefined;
  const expected = isList ? 'revocation lists' : 'certificates';
  try {
    const bytes = read();
    const parts = isList ? splitRevocationLists(bytes) : (bytes.toString('latin1').match(CERTIFICATE) ?? []);
    if (parts.length === 0) throw new Error(`expected ${expected} in PEM format, got none`);
    return parts.map((pem, position) =>
      isList
        ? { ...place, kind: 'list', list: readRevocationList(pem) }
        : { ...place, kind: 'certificate', certificate: new X509Certificate(pem), position },
    );
  } catch (error) {
    return [{ ...place, kind: 'invalid', expected, error }];
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Returns when an entry expires; `undefined` if it does not, or is invalid. */
export function expiryOf(entry: CertificateEntry): Date | undefined {
  if (entry.kind === 'certificate') return entry.certificate.validToDate;
  return entry.kind === 'list' ? entry.list.nextUpdate : undefined;
}

/** Returns the name of an entry: the subject of a certificate in one line, or what it is instead. */
export function nameOf(entry: CertificateEntry): string {
  if (entry.kind === 'certificate') return (entry.certificate.subject ?? '').replaceAll('\n', ', ');
  return entry.kind === 'list' ? 'revocation list' : '';
}
