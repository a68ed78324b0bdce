import { type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { DER, writeBitString, writeElement, writeInteger, writeOid } from '@otelier/transport/der';

/** Creates a request for a certificate (PKCS #10, RFC 2986) in DER, for names and addresses, signed with their key. */
export function createCertificateRequest(names: readonly string[], key: KeyObject, publicKey: KeyObject): Buffer {
  const info = writeElement(
    DER.sequence,
    writeInteger(Buffer.from([0])),
    // The names are in the extension only: a common name may have 64 characters at most.
    writeElement(DER.sequence),
    publicKey.export({ format: 'der', type: 'spki' }),
    writeElement(
      DER.context(0),
      writeElement(
        DER.sequence,
        writeOid(EXTENSION_REQUEST),
        writeElement(DER.set, writeElement(DER.sequence, alternativeNames(names))),
      ),
    ),
  );
  return signed(info, key);
}

/** Returns the extension with the names of a certificate (RFC 5280, section 4.2.1.6). */
export function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    isIP(name) === 0 ? writeElement(DER.value(2), Buffer.from(name)) : writeElement(DER.value(7), addressBytes(name)),
  );
  const value = writeElement(DER.sequence, ...entries);
  return writeElement(DER.sequence, writeOid(ALTERNATIVE_NAMES), writeElement(DER.octetString, value));
}

/** Signs what a request or a certificate contains, with the SHA-2 of its key. */
export function signed(contents: Buffer, key: KeyObject): Buffer {
  const isRsa = key.asymmetricKeyType === 'rsa';
  const is384 = key.asymmetricKeyDetails?.namedCurve === 'secp384r1';
  const signature = sign(is384 ? 'sha384' : 'sha256', contents, key);
  return writeElement(DER.sequence, contents, algorithmOf(isRsa, is384), writeBitString(signature));
}

/** Returns the identifier of the algorithm with which `signed` signs. */
export function algorithmOf(isRsa: boolean, is384: boolean): Buffer {
  if (isRsa) return writeElement(DER.sequence, writeOid('1.2.840.113549.1.1.11'), writeElement(DER.null));
  return writeElement(DER.sequence, writeOid(is384 ? '1.2.840.10045.4.3.3' : '1.2.840.10045.4.3.2'));
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const ALTERNATIVE_NAMES = '2.5.29.17';

/** Returns the 4 or 16 bytes of an IP address. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The parser of URLs writes the part with dots, if there is one, as two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  });
  return bytes;
}
