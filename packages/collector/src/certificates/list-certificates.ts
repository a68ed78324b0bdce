import type { X509Certificate } from 'node:crypto';
import type { CertificatesResponse, InventoryCertificate, InventoryRevocationList } from '@otelier/query';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import { defined } from '../component/defined.ts';
import { errorMessage } from '../component/error-message.ts';
import type { Host, RunningSetup } from '../component/host.ts';
import type { AcmeState } from './acme/acme-certificate.ts';
import type { AcmeOffer } from './acme/acme-extension.ts';
import { type CertificateEntry, type ConfiguredComponent, certificateEntries } from './certificate-entries.ts';
import { ocspOf } from './ocsp-state.ts';
import { certificateValidity, listValidity } from './validity.ts';

/** A bundle of authorities may have hundreds of certificates. */
const MAX_CERTIFICATES = 500;
const MAX_CHAIN = 10;

/** Returns the certificates and revocation lists of the components that run, from the current files. */
export function listCertificates(
  { components }: Pick<RunningSetup, 'components'>,
  host: Pick<Host, 'extension' | 'ocspStates'>,
  nowMillis: number,
): CertificatesResponse {
  const configured = components.map(({ kind, id, type, config }) => ({ name: `${kind}s/${id}`, id, type, config }));
  const entries = certificateEntries(configured);
  const acme = acmeStates(configured, host);
  const users = acmeUsers(configured);
  const fetched = host.ocspStates?.() ?? new Map<string, OcspState>();
  const certificates = [
    ...entries.flatMap((entry) => (isHead(entry) ? [certificateOf(entry, entries, fetched, nowMillis)] : [])),
    ...[...acme.keys()].filter((name) => !entries.some(({ component }) => component === name)).map(missing),
  ].map((one) => {
    const state = one.option === 'directory' ? acme.get(one.component) : undefined;
    const usedBy = users.get(one.component) ?? [];
    return state === undefined ? { ...one, usedBy } : { ...one, usedBy, acme: acmeOf(state) };
  });
  const listed = certificates.toSorted((a, b) => expiryOf(a) - expiryOf(b)).slice(0, MAX_CERTIFICATES);
  return {
    atMillis: nowMillis,
    certificates: listed,
    revocationLists: entries.flatMap((entry) => listOf(entry, nowMillis)),
    unlistedCertificates: certificates.length - listed.length,
  };
}

/** Those that cannot be used come first. */
function expiryOf({ certificate, validity }: InventoryCertificate): number {
  return certificate?.validToMillis ?? (validity === 'missing' ? 1 : 0);
}

/** Reports whether an entry is listed as a certificate of its own, not as a part of a chain. */
function isHead(entry: CertificateEntry): boolean {
  if (entry.role === undefined) return false;
  return entry.kind !== 'certificate' || entry.position === 0 || entry.role.endsWith('_authority');
}

function placeOf({ component, option, file }: CertificateEntry) {
  return defined({ component, option, file });
}

function certificateOf(
  entry: CertificateEntry,
  entries: readonly CertificateEntry[],
  fetched: ReadonlyMap<string, OcspState>,
  nowMillis: number,
): InventoryCertificate {
  const { role = 'server' } = entry;
  const head = { ...placeOf(entry), role, chain: [], usedBy: [] };
  if (entry.kind !== 'certificate')
    return { ...head, validity: 'unreadable', error: entry.kind === 'invalid' ? errorText(entry) : '' };
  const { certificate } = entry;
  const isOfChain = (other: CertificateEntry) =>
    other.component === entry.component && other.option === entry.option && other.file === entry.file;
  const chain = role.endsWith('_authority')
    ? []
    : entries.filter(isOfChain).flatMap((other) => (other.kind === 'certificate' ? [other.certificate] : []));
  return {
    ...head,
    validity: certificateValidity(certificate, nowMillis),
    certificate: factsOf(certificate),
    chain: chain.slice(1, 1 + MAX_CHAIN).map(factsOf),
    ...defined({ ocsp: role === 'server' ? ocspOf(entry, chain, fetched, nowMillis) : undefined }),
  };
}

/** Returns why a file cannot be read, without its path, which not every caller may see. */
function errorText({ error, expected, file }: CertificateEntry & { readonly kind: 'invalid' }): string {
  const message = errorMessage(error);
  return file === undefined || !message.includes(file) ? message : `expected a readable file with ${expected}`;
}

function factsOf(certificate: X509Certificate): NonNullable<InventoryCertificate['certificate']> {
  const { subject, issuer, serialNumber, fingerprint256, validFromDate, validToDate } = certificate;
  return {
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    names: namesOf(certificate),
    serialNumber,
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    key: keyOf(certificate),
    validFromMillis: validFromDate.getTime(),
    validToMillis: validToDate.getTime(),
  };
}

/** Node has `undefined` for an empty name. */
function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

/** A name of `subjectAltName` in the form of Node, which quotes names with commas as JSON does. */
const NAME = /(?:DNS|IP Address|URI|email):("(?:[^"\\]|\\.)*"|[^,]*)/g;

function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(NAME)].map(([, name = '']) => name);
}

function keyOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails: details } = publicKey;
  return `${asymmetricKeyType.toUpperCase()} ${details?.namedCurve ?? details?.modulusLength ?? ''}`.trimEnd();
}

function listOf(entry: CertificateEntry, nowMillis: number): InventoryRevocationList[] {
  if (entry.role !== undefined || entry.kind === 'certificate') return [];
  if (entry.kind === 'invalid') return [{ ...placeOf(entry), validity: 'unreadable', error: errorText(entry) }];
  const { issuer, produced, nextUpdate, revokedCount } = entry.list;
  const times = defined({ producedMillis: produced?.getTime(), nextUpdateMillis: nextUpdate?.getTime() });
  return [{ ...placeOf(entry), validity: listValidity(nextUpdate, nowMillis), issuer, ...times, revokedCount }];
}

/** Returns the state of each `acme` extension by its name in the inventory. */
function acmeStates(
  components: readonly (ConfiguredComponent & { readonly id: string })[],
  host: Pick<Host, 'extension'>,
): ReadonlyMap<string, AcmeState> {
  const states = components.flatMap(({ name, id, type }) => {
    if (type !== 'acme' || !name.startsWith('extensions/')) return [];
    const state = (host.extension(id)?.offers as AcmeOffer | undefined)?.state();
    return state === undefined ? [] : [[name, state] as const];
  });
  return new Map(states);
}

function acmeOf({ names, authority, phase, issuedMillis, renewalMillis, error }: AcmeState) {
  return {
    names: [...names],
    authority: new URL(authority).host,
    phase,
    ...defined({ issuedMillis, renewalMillis, error }),
  };
}

/** Returns the certificate of an extension that is still to be issued. */
function missing(component: string): InventoryCertificate {
  return { component, option: 'directory', role: 'server', validity: 'missing', chain: [], usedBy: [] };
}

/** Returns the components that present the certificate of each extension. */
function acmeUsers(components: readonly ConfiguredComponent[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  const visit = (value: unknown, component: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, field] of Object.entries(value)) {
      if (key !== 'acme' || typeof field !== 'string') visit(field, component);
      else {
        const known = users.get(`extensions/${field}`) ?? [];
        if (!known.includes(component)) users.set(`extensions/${field}`, [...known, component]);
      }
    }
  };
  for (const { name, config } of components) visit(config, name);
  return users;
}
