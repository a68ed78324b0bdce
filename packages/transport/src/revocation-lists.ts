import { readDistinguishedName } from './certificates/distinguished-name.ts';
import { DER, type DerElement, readChildren, readElements, readTime, toPem } from './der.ts';

const BLOCK = /-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g;

/** Splits the contents of a file with revocation lists, in PEM or one in DER, into lists in PEM. */
export function splitRevocationLists(bytes: Buffer): readonly string[] {
  if (bytes[0] !== DER.sequence || bytes.includes('-----BEGIN ')) return bytes.toString('latin1').match(BLOCK) ?? [];
  return [toPem('X509 CRL', bytes)];
}

/** What a revocation list says. */
export interface RevocationList {
  /** Distinguished name of the authority. */
  readonly issuer: string;
  readonly produced: Date | undefined;
  /** When the next list is due, after which this one is not accepted; `undefined` if it does not say. */
  readonly nextUpdate: Date | undefined;
  readonly revokedCount: number;
}

/** Reads a list in PEM. Throws for anything else. */
export function readRevocationList(pem: string): RevocationList {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const [signed] = readChildren(bytes, readElements(bytes)[0], DER.sequence);
  const parts = readChildren(bytes, signed, DER.sequence);
  const isTime = ({ tag }: DerElement) => tag === DER.utcTime || tag === DER.time;
  const times = parts.filter(isTime);
  // The algorithm and the issuer precede the times, the revoked certificates follow them.
  const sequences = parts.filter(({ tag }) => tag === DER.sequence);
  const revoked = parts.slice(parts.findLastIndex(isTime) + 1).find(({ tag }) => tag === DER.sequence);
  return {
    issuer: readDistinguishedName(bytes, sequences[1]),
    produced: times[0] && readTime(bytes, times[0]),
    nextUpdate: times[1] && readTime(bytes, times[1]),
    revokedCount: revoked === undefined ? 0 : readChildren(bytes, revoked, DER.sequence).length,
  };
}
