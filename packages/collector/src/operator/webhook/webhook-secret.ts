import { X509Certificate } from 'node:crypto';
import type { DesiredObject } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { createAuthority, issueCertificate, type KeyedCertificate, remainingMillis } from './certificate-authority.ts';

/** The secret that all replicas share. Values are in base64, as in every secret. */
export interface CertificateSecret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What a replica serves, and what API servers trust. */
export interface WebhookCertificate extends KeyedCertificate {
  /** Certificates of authorities, the newest first. */
  readonly bundle: string;
  /** When it must be renewed, in milliseconds since the Unix epoch. */
  readonly renewAtMillis: number;
}

const DAY_MILLIS = 24 * 3_600_000;
const RENEW_MILLIS = 30 * DAY_MILLIS;
/** An authority must outlive what it issues. */
const RENEW_AUTHORITY_MILLIS = 365 * DAY_MILLIS;

/** Keys of the secret, the first ones as those of type `kubernetes.io/tls`. */
const KEYS = { cert: 'tls.crt', key: 'tls.key', bundle: 'ca.crt', authorityKey: 'ca.key' } as const;

/** Returns the certificate of a secret; `undefined` if it must be written again: missing, unreadable, for other names or old. */
export function certificateOf(
  secret: CertificateSecret | undefined,
  names: readonly string[],
  nowMillis: number,
): WebhookCertificate | undefined {
  const cert = textOf(secret, KEYS.cert);
  const key = textOf(secret, KEYS.key);
  const bundle = textOf(secret, KEYS.bundle);
  try {
    const parsed = new X509Certificate(cert);
    const [authority] = authoritiesOf(bundle);
    const remaining = remainingMillis(parsed, nowMillis);
    if (authority === undefined || !parsed.verify(authority.publicKey) || remaining <= RENEW_MILLIS) return undefined;
    if (!names.every((name) => parsed.checkHost(name) ?? parsed.checkIP(name))) return undefined;
    return { cert, key, bundle, renewAtMillis: parsed.validToDate.getTime() - RENEW_MILLIS };
  } catch {
    return undefined;
  }
}

/** Returns a secret with a new certificate. The authority is replaced a year before it ends, and is trusted until it ends. */
export function renewedSecret(
  secret: CertificateSecret | undefined,
  place: { readonly name: string; readonly namespace: string },
  names: readonly string[],
  nowMillis: number,
): DesiredObject {
  const known = authorityOf(secret, nowMillis);
  const authority = known ?? createAuthority(nowMillis);
  const issued = issueCertificate(authority, names, nowMillis);
  const trusted = [authority.cert, ...stillValid(textOf(secret, KEYS.bundle), authority.cert, nowMillis)];
  const data = {
    [KEYS.cert]: issued.cert,
    [KEYS.key]: issued.key,
    [KEYS.bundle]: trusted.join(''),
    [KEYS.authorityKey]: authority.key,
  };
  const { resourceVersion } = secret?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...place, ...(resourceVersion !== undefined && { resourceVersion }) },
    type: 'kubernetes.io/tls',
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
  };
}

function authorityOf(secret: CertificateSecret | undefined, nowMillis: number): KeyedCertificate | undefined {
  const key = textOf(secret, KEYS.authorityKey);
  try {
    const [authority] = authoritiesOf(textOf(secret, KEYS.bundle));
    if (authority === undefined || remainingMillis(authority, nowMillis) <= RENEW_AUTHORITY_MILLIS) return undefined;
    const pair = { cert: authority.toString(), key };
    // Fails if the key is not that of the certificate.
    const probe = new X509Certificate(issueCertificate(pair, ['probe.invalid'], nowMillis).cert);
    return probe.verify(authority.publicKey) ? pair : undefined;
  } catch {
    return undefined;
  }
}

/** Returns authorities that have issued certificates which replicas may still serve. At most two are kept. */
function stillValid(bundle: string, current: string, nowMillis: number): readonly string[] {
  try {
    return authoritiesOf(bundle)
      .filter((authority) => authority.toString() !== current && remainingMillis(authority, nowMillis) > 0)
      .map(String)
      .slice(0, 2);
  } catch {
    return [];
  }
}

function authoritiesOf(bundle: string): readonly X509Certificate[] {
  const texts = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return texts.map((text) => new X509Certificate(text));
}

function textOf(secret: CertificateSecret | undefined, key: string): string {
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
}
