import { verify, X509Certificate } from 'node:crypto';
import { contentsOf, DER, type DerElement, readChildren, readElements, readOid, readTime, wholeOf } from '../der.ts';
import { type CertificateId, certificateIdOf, ID_HASHES } from './ocsp-request.ts';

/** What the server of an authority says about a certificate, verified. Times are milliseconds since the Unix epoch. */
export interface OcspStatus {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly producedMillis: number;
  readonly updateMillis: number;
  /** When the next response is due, after which this one is not accepted; `undefined` if it does not say. */
  readonly nextUpdateMillis: number | undefined;
}

/** How far the clock of the server may be ahead. */
const SKEW_MILLIS = 5 * 60_000;
/** Certificates that a response may bring. */
const MAX_CERTIFICATES = 10;
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const STATUSES = ['successful', 'malformedRequest', 'internalError', 'tryLater', '', 'sigRequired', 'unauthorized'];
const SIGNATURES: Readonly<Record<string, string | undefined>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const ED25519 = '1.3.101.112';

/**
 * Verifies a response about a certificate (RFC 6960, section 3.2): it is for this certificate of this authority, valid now, and signed by the
 * authority, or by a certificate that the authority issued for this. Throws with what was expected instead.
 */
export function verifyOcspResponse(
  bytes: Buffer,
  certificate: X509Certificate,
  issuer: X509Certificate,
  nowMillis: number,
): OcspStatus {
  const basic = readBasicResponse(bytes);
  verifySignature(basic, issuer, nowMillis);
  const { produced, responses } = basic;
  const own = responses.find(({ id, hash }) => isSame(id, certificateIdOf(certificate, issuer, hash)));
  if (own === undefined) throw new Error('expected a response about this certificate, got one about another');
  const { status, update, nextUpdate } = own;
  if (update > nowMillis + SKEW_MILLIS) throw new Error(`expected a response for now, got one from ${iso(update)}`);
  if (nextUpdate !== undefined && nextUpdate <= nowMillis)
    throw new Error(`expected a current response, got one that expired at ${iso(nextUpdate)}`);
  return { status, producedMillis: produced, updateMillis: update, nextUpdateMillis: nextUpdate };
}

function iso(millis: number): string {
  return new Date(millis).toISOString();
}

interface SingleResponse {
  readonly id: CertificateId;
  readonly hash: 'sha1' | 'sha256';
  readonly status: OcspStatus['status'];
  readonly update: number;
  readonly nextUpdate: number | undefined;
}

interface BasicResponse {
  readonly signed: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
  readonly certificates: readonly Buffer[];
  readonly produced: number;
  readonly responses: readonly SingleResponse[];
}

function readBasicResponse(bytes: Buffer): BasicResponse {
  const whole = readElements(bytes);
  if (whole.length !== 1) throw new Error('expected an OCSP response in DER, got something else');
  const [status, body] = readChildren(bytes, whole[0], DER.sequence);
  if (status?.tag !== DER.enumerated) throw new Error('expected an OCSP response in DER, got something else');
  const code = contentsOf(bytes, status)[0] ?? 0;
  if (code !== 0) throw new Error(`expected a successful response, got ${STATUSES[code] || `the status ${code}`}`);
  const [typed] = readChildren(bytes, body, DER.context(0));
  const [type, response] = readChildren(bytes, typed, DER.sequence);
  if (readOid(bytes, type) !== BASIC || response?.tag !== DER.octetString)
    throw new Error('expected a basic response, got another type');
  const basic = contentsOf(bytes, response);
  const [signed, algorithm, signature, more] = readChildren(basic, readElements(basic)[0], DER.sequence);
  if (signed === undefined || signature?.tag !== DER.bitString) throw new Error('expected a signed response');
  const [sequence] = more === undefined ? [] : readChildren(basic, more, DER.context(0));
  const certificates = sequence === undefined ? [] : readChildren(basic, sequence, DER.sequence);
  return {
    ...readResponses(basic, signed),
    signed: wholeOf(basic, signed),
    algorithm: readOid(basic, readChildren(basic, algorithm, DER.sequence)[0]),
    signature: contentsOf(basic, signature).subarray(1),
    certificates: certificates.slice(0, MAX_CERTIFICATES).map((one) => wholeOf(basic, one)),
  };
}

function readResponses(bytes: Buffer, signed: DerElement): Pick<BasicResponse, 'produced' | 'responses'> {
  const parts = readChildren(bytes, signed, DER.sequence);
  const at = parts.findIndex(({ tag }) => tag === DER.time);
  const responses = readChildren(bytes, parts[at + 1], DER.sequence);
  return { produced: timeOf(bytes, parts[at]), responses: responses.flatMap((one) => readResponse(bytes, one)) };
}

/** Returns a response of the list; nothing for one whose certificate is identified by another hash algorithm. */
function readResponse(bytes: Buffer, element: DerElement): SingleResponse[] {
  const [id, status, update, ...more] = readChildren(bytes, element, DER.sequence);
  const [algorithm, name, key, serial] = readChildren(bytes, id, DER.sequence);
  const hash = ID_HASHES[readOid(bytes, readChildren(bytes, algorithm, DER.sequence)[0])];
  if (hash === undefined) return [];
  if (name === undefined || key === undefined || serial === undefined || status === undefined)
    throw new Error('expected the status of a certificate');
  const next = more.find(({ tag }) => tag === DER.context(0));
  const [nextTime] = next === undefined ? [] : readChildren(bytes, next, DER.context(0));
  return [
    {
      hash,
      id: {
        issuerNameHash: contentsOf(bytes, name),
        issuerKeyHash: contentsOf(bytes, key),
        serialNumber: contentsOf(bytes, serial),
      },
      status: statusOf(status.tag),
      update: timeOf(bytes, update),
      nextUpdate: nextTime === undefined ? undefined : timeOf(bytes, nextTime),
    },
  ];
}

function statusOf(tag: number): OcspStatus['status'] {
  if (tag === DER.value(0)) return 'good';
  return tag === DER.context(1) ? 'revoked' : 'unknown';
}

function timeOf(bytes: Buffer, element: DerElement | undefined): number {
  const time = element && readTime(bytes, element)?.getTime();
  if (time === undefined || Number.isNaN(time)) throw new Error('expected a time in the OCSP response');
  return time;
}

function isSame(one: CertificateId, other: CertificateId): boolean {
  return (
    one.serialNumber.equals(other.serialNumber) &&
    one.issuerKeyHash.equals(other.issuerKeyHash) &&
    one.issuerNameHash.equals(other.issuerNameHash)
  );
}

function verifySignature(response: BasicResponse, issuer: X509Certificate, nowMillis: number): void {
  const { signed, algorithm, signature, certificates } = response;
  const hash = algorithm === ED25519 ? null : SIGNATURES[algorithm];
  if (hash === undefined) throw new Error(`expected a signature with SHA-2 or Ed25519, got ${algorithm}`);
  const signers = [issuer, ...certificates.flatMap((der) => delegateOf(der, issuer, nowMillis))];
  const isSigned = signers.some(({ publicKey }) => {
    try {
      return verify(hash, signed, publicKey, signature);
    } catch {
      // The algorithm is not one of this kind of key.
      return false;
    }
  });
  if (!isSigned) throw new Error('expected a signature of the authority, got another');
}

/** Returns a certificate to which the authority has delegated its responses (RFC 6960, section 4.2.2.2); nothing for any other. */
function delegateOf(der: Buffer, issuer: X509Certificate, nowMillis: number): X509Certificate[] {
  try {
    const certificate = new X509Certificate(der);
    const { validFromDate, validToDate, keyUsage } = certificate;
    const isValid = validFromDate.getTime() <= nowMillis + SKEW_MILLIS && validToDate.getTime() > nowMillis;
    const isDelegate = keyUsage?.includes(OCSP_SIGNING) === true && certificate.checkIssued(issuer);
    return isValid && isDelegate && certificate.verify(issuer.publicKey) ? [certificate] : [];
  } catch {
    return [];
  }
}
