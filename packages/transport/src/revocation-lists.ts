import { DER, readChildren, readElements, readTime, toPem } from './der.ts';

const BLOCK = /-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g;

/** Splits the contents of a file with revocation lists, in PEM or one in DER, into lists in PEM. */
export function splitRevocationLists(bytes: Buffer): readonly string[] {
  if (bytes[0] !== DER.sequence || bytes.includes('-----BEGIN ')) return bytes.toString('latin1').match(BLOCK) ?? [];
  return [toPem('X509 CRL', bytes)];
}

/**
 * Returns when the issuer of a list in PEM publishes the next one (`nextUpdate`), after which the list is not accepted; `undefined` if it
 * does not say. Throws for anything but a list.
 */
export function nextUpdateOf(pem: string): Date | undefined {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const [signed] = readChildren(bytes, readElements(bytes)[0], DER.sequence);
  const times = readChildren(bytes, signed, DER.sequence).filter(({ tag }) => tag === DER.utcTime || tag === DER.time);
  return times[1] && readTime(bytes, times[1]);
}
