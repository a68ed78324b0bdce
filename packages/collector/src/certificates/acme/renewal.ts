import type { X509Certificate } from 'node:crypto';
import { contentsOf, DER, readChildren, readElements } from '@otelier/transport/der';
import { fieldOf } from './acme-error.ts';
import type { AcmeConnection, AcmeResponse } from './connection.ts';

/** When a certificate is renewed, and when that is decided again. Times are milliseconds since the Unix epoch. */
export interface Renewal {
  readonly atMillis: number;
  readonly checkAtMillis: number;
}

/** How often the authority is asked, unless it says otherwise. */
const CHECK_MILLIS = 6 * 3_600_000;
const MIN_CHECK_MILLIS = 60_000;

interface PlanOptions {
  readonly beforeMillis: number | undefined;
  /** The time that was planned before, which stays if the authority does not respond. */
  readonly planned: number | undefined;
  readonly random: () => number;
  readonly nowMillis: number;
}

/**
 * Plans the renewal of a certificate: at a random time in the window that the authority suggests (RFC 9773), or else `beforeMillis` before it
 * expires, by default a third of its lifetime, with up to a tenth of that earlier, so that not all certificates are renewed at once.
 */
export async function planRenewal(
  connection: AcmeConnection,
  certificate: X509Certificate,
  { beforeMillis, planned, random, nowMillis }: PlanOptions,
): Promise<Renewal> {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  const before = beforeMillis ?? (to - from) / 3;
  const fallback = { atMillis: Math.round(to - before * (1 + random() / 10)), checkAtMillis: nowMillis + CHECK_MILLIS };
  const suggestion = beforeMillis === undefined ? await suggestedRenewal(connection, certificate) : undefined;
  if (suggestion === undefined) return planned === undefined ? fallback : { ...fallback, atMillis: planned };
  const { json, retryAfterMillis } = suggestion;
  const suggested = fieldOf(json, 'suggestedWindow');
  const [start, end] = ['start', 'end'].map((name) => Date.parse(String(fieldOf(suggested, name)))) as [number, number];
  // A window in the past asks for a renewal now, for example of a certificate that is about to be revoked.
  if (!(start < end) || start >= to) return fallback;
  const checkAtMillis =
    nowMillis + Math.max(MIN_CHECK_MILLIS, Math.min(retryAfterMillis ?? CHECK_MILLIS, 4 * CHECK_MILLIS));
  return { atMillis: Math.round(Math.min(start + random() * (end - start), to - (to - from) / 50)), checkAtMillis };
}

/** Returns what the authority says about the renewal; `undefined` if it says nothing, or does not respond. */
async function suggestedRenewal(
  connection: AcmeConnection,
  certificate: X509Certificate,
): Promise<AcmeResponse | undefined> {
  try {
    await connection.open();
    const [id, url] = [renewalId(certificate), connection.urlOf('renewalInfo')];
    if (id === undefined || url === undefined) return undefined;
    return await connection.get(`${url.replace(/\/$/, '')}/${id}`, 'the renewal information');
  } catch {
    return undefined;
  }
}

const AUTHORITY_KEY = Buffer.from('0603551d23', 'hex');

/**
 * Returns the identifier of a certificate for the authority (RFC 9773, section 4.1): the identifier of its key and the serial number;
 * `undefined` if the certificate does not have the former.
 */
export function renewalId(certificate: X509Certificate): string | undefined {
  const der = certificate.raw;
  const [contents] = readChildren(der, readElements(der)[0], DER.sequence);
  const parts = readChildren(der, contents, DER.sequence);
  const serial = parts.find(({ tag }) => tag === DER.integer);
  const extensions = parts.find(({ tag }) => tag === DER.context(3));
  const [list] = extensions === undefined ? [] : readChildren(der, extensions, DER.context(3));
  for (const extension of list === undefined ? [] : readChildren(der, list, DER.sequence)) {
    const [oid, ...rest] = readChildren(der, extension, DER.sequence);
    if (oid === undefined || !der.subarray(oid.at, oid.end).equals(AUTHORITY_KEY)) continue;
    const value = rest.at(-1);
    if (value?.tag !== DER.octetString) return undefined;
    const [identifier] = readElements(der, value.start, value.end);
    const key = readChildren(der, identifier, DER.sequence).find(({ tag }) => tag === DER.value(0));
    if (key === undefined || serial === undefined) return undefined;
    return `${contentsOf(der, key).toString('base64url')}.${contentsOf(der, serial).toString('base64url')}`;
  }
  return undefined;
}
