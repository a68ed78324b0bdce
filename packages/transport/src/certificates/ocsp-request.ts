import { createHash, type X509Certificate } from 'node:crypto';
import { contentsOf, DER, readChildren, readElements, wholeOf, writeElement, writeOid } from '../der.ts';

/** Hash algorithms that identify certificates, by their object identifiers. */
export const ID_HASHES: Readonly<Record<string, 'sha1' | 'sha256'>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
};

/** Identifies a certificate for the server of its authority (RFC 6960, section 4.1.1). */
export interface CertificateId {
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** Contents of the integer. */
  readonly serialNumber: Buffer;
}

/** Returns the identifier of a certificate of an authority. Throws if one of them is not in DER. */
export function certificateIdOf(
  certificate: X509Certificate,
  issuer: X509Certificate,
  hash: 'sha1' | 'sha256',
): CertificateId {
  const own = partsOf(certificate.raw);
  const authority = partsOf(issuer.raw);
  const digest = (bytes: Buffer) => createHash(hash).update(bytes).digest();
  return {
    issuerNameHash: digest(authority.subject),
    issuerKeyHash: digest(authority.key),
    serialNumber: own.serialNumber,
  };
}

/** The parts of a certificate in DER: its serial number, its subject, and the bits of its public key. */
function partsOf(der: Buffer): { readonly serialNumber: Buffer; readonly subject: Buffer; readonly key: Buffer } {
  const [contents] = readChildren(der, readElements(der)[0], DER.sequence);
  const parts = readChildren(der, contents, DER.sequence);
  const serial = parts.find(({ tag }) => tag === DER.integer);
  // The algorithm, the issuer, the validity, the subject and the public key, in this order.
  const [, , , subject, publicKey] = parts.filter(({ tag }) => tag === DER.sequence);
  const [, bits] = readChildren(der, publicKey, DER.sequence);
  if (serial === undefined || subject === undefined || bits?.tag !== DER.bitString)
    throw new Error('expected a certificate');
  return {
    serialNumber: contentsOf(der, serial),
    subject: wholeOf(der, subject),
    // The first byte is the number of unused bits.
    key: contentsOf(der, bits).subarray(1),
  };
}

/**
 * Returns the request for the status of a certificate (RFC 6960, section 4.1.1), with the hash algorithm that all servers know (RFC 5019) and
 * without a nonce, so that servers can respond from a cache.
 */
export function createOcspRequest(certificate: X509Certificate, issuer: X509Certificate): Buffer {
  const { issuerNameHash, issuerKeyHash, serialNumber } = certificateIdOf(certificate, issuer, 'sha1');
  const algorithm = writeElement(DER.sequence, writeOid('1.3.14.3.2.26'), writeElement(DER.null));
  const id = writeElement(
    DER.sequence,
    algorithm,
    writeElement(DER.octetString, issuerNameHash),
    writeElement(DER.octetString, issuerKeyHash),
    writeElement(DER.integer, serialNumber),
  );
  const list = writeElement(DER.sequence, writeElement(DER.sequence, id));
  return writeElement(DER.sequence, writeElement(DER.sequence, list));
}
