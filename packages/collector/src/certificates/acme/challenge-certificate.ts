import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { DER, toPem, writeElement, writeInteger, writeOid, writeTime } from '@otelier/transport/der';
import { addressBytes, algorithmOf, alternativeNames, signed } from './certificate-request.ts';

/** A certificate and its key in PEM. */
export interface ChallengeCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Creates the self-signed certificate that proves control of a name in the challenge `tls-alpn-01` (RFC 8737, section 3). */
export function createChallengeCertificate(
  name: string,
  authorization: string,
  nowMillis: number,
): ChallengeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const issuer = writeElement(
    DER.sequence,
    writeElement(
      DER.set,
      writeElement(DER.sequence, writeOid('2.5.4.3'), writeElement(DER.utf8String, Buffer.from('ACME challenge'))),
    ),
  );
  const digest = createHash('sha256').update(authorization).digest();
  const proof = writeElement(
    DER.sequence,
    writeOid(ACME_IDENTIFIER),
    writeElement(DER.boolean, Buffer.from([0xff])),
    writeElement(DER.octetString, writeElement(DER.octetString, digest)),
  );
  const contents = writeElement(
    DER.sequence,
    writeElement(DER.context(0), writeInteger(Buffer.from([2]))),
    writeInteger(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithmOf(false, false),
    issuer,
    writeElement(DER.sequence, writeTime(nowMillis - HOUR_MILLIS), writeTime(nowMillis + LIFETIME_MILLIS)),
    issuer,
    publicKey.export({ format: 'der', type: 'spki' }),
    writeElement(DER.context(3), writeElement(DER.sequence, alternativeNames([name]), proof)),
  );
  return {
    cert: toPem('CERTIFICATE', signed(contents, privateKey)),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
const HOUR_MILLIS = 3_600_000;
const LIFETIME_MILLIS = 7 * 24 * HOUR_MILLIS;

/** Returns the server name with which a validator asks for a name, that of reverse lookups for an address (RFC 8738, section 6). */
export function challengeServerName(name: string): string {
  const version = isIP(name);
  if (version === 0) return name;
  const bytes = [...addressBytes(name)];
  if (version === 4) return `${bytes.reverse().join('.')}.in-addr.arpa`;
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
