import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { DER, toPem, writeElement, writeInteger, writeOid, writeTime } from '@otelier/transport/der';
import { algorithmOf, alternativeNames, signed } from '../../certificates/acme/certificate-request.ts';

/** A certificate and its key in PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MILLIS = 24 * 3_600_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 90;
/** Clocks of machines differ. */
const SKEW_MILLIS = 3_600_000;

const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

/** Creates a certificate authority that is valid for ten years. Its name is different from those of others. */
export function createAuthority(nowMillis: number): KeyedCertificate {
  const { privateKey, publicKey } = createKey();
  const name = nameOf(`otelier webhook ${randomBytes(8).toString('hex')}`);
  const contents = contentsOf({
    issuer: name,
    subject: name,
    publicKey,
    from: nowMillis - SKEW_MILLIS,
    to: nowMillis + AUTHORITY_DAYS * DAY_MILLIS,
    extensions: [
      criticalExtension(
        BASIC_CONSTRAINTS,
        writeElement(DER.sequence, writeElement(DER.boolean, Buffer.from([0xff])), writeInteger(Buffer.from([0]))),
      ),
      // Signs certificates only.
      criticalExtension(KEY_USAGE, writeElement(DER.bitString, Buffer.from([2, 0x04]))),
    ],
  });
  return inPem(signed(contents, privateKey), privateKey);
}

/** Issues a certificate of a server for names or addresses, which is valid for 90 days. */
export function issueCertificate(
  authority: KeyedCertificate,
  names: readonly string[],
  nowMillis: number,
): KeyedCertificate {
  const { privateKey, publicKey } = createKey();
  const issuer = new X509Certificate(authority.cert).subject.replace(/^CN=/, '');
  const usage = writeElement(DER.sequence, writeOid(SERVER_AUTHENTICATION));
  const contents = contentsOf({
    issuer: nameOf(issuer),
    subject: nameOf('otelier webhook'),
    publicKey,
    from: nowMillis - SKEW_MILLIS,
    to: nowMillis + SERVER_DAYS * DAY_MILLIS,
    extensions: [
      // Signs handshakes only.
      criticalExtension(KEY_USAGE, writeElement(DER.bitString, Buffer.from([7, 0x80]))),
      writeElement(DER.sequence, writeOid(EXTENDED_KEY_USAGE), writeElement(DER.octetString, usage)),
      alternativeNames(names),
    ],
  });
  return inPem(signed(contents, createPrivateKey(authority.key)), privateKey);
}

/** Returns how long a certificate is still valid; nothing below zero. */
export function remainingMillis(certificate: X509Certificate, nowMillis: number): number {
  return Math.max(0, certificate.validToDate.getTime() - nowMillis);
}

function createKey(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function inPem(certificate: Buffer, key: KeyObject): KeyedCertificate {
  return {
    cert: toPem('CERTIFICATE', certificate),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function nameOf(commonName: string): Buffer {
  const attribute = writeElement(
    DER.sequence,
    writeOid(COMMON_NAME),
    writeElement(DER.utf8String, Buffer.from(commonName)),
  );
  return writeElement(DER.sequence, writeElement(DER.set, attribute));
}

function criticalExtension(oid: string, value: Buffer): Buffer {
  const critical = writeElement(DER.boolean, Buffer.from([0xff]));
  return writeElement(DER.sequence, writeOid(oid), critical, writeElement(DER.octetString, value));
}

/** Returns what a certificate of version 3 says (RFC 5280, section 4.1.2). */
function contentsOf(fields: {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly from: number;
  readonly to: number;
  readonly extensions: readonly Buffer[];
}): Buffer {
  return writeElement(
    DER.sequence,
    writeElement(DER.context(0), writeInteger(Buffer.from([2]))),
    writeInteger(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithmOf(false, false),
    fields.issuer,
    writeElement(DER.sequence, writeTime(fields.from), writeTime(fields.to)),
    fields.subject,
    fields.publicKey.export({ format: 'der', type: 'spki' }),
    writeElement(DER.context(3), writeElement(DER.sequence, ...fields.extensions)),
  );
}
