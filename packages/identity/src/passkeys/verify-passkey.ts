import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { IdentityChangeError } from '../accounts/errors.ts';

/** Where a page is, as a browser signs it. */
export interface PasskeySite {
  /** Origin of the page: `https://otel.example.com`. */
  readonly origin: string;
  /** Host name to which passkeys belong. */
  readonly rpId: string;
}

/** What a browser signs with a passkey. */
export interface PasskeyRequestOptions {
  readonly challenge: string;
  /** Host name to which the passkeys belong. */
  readonly rpId: string;
  readonly timeoutMillis: number;
}

/** What a browser sends about a new passkey. Binary values are in base64url. */
export interface NewPasskey {
  readonly id: string;
  readonly clientData: string;
  readonly authenticatorData: string;
  /** The public key as `getPublicKey()` returns it: SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/** What a browser sends to sign in. Binary values are in base64url. */
export interface PasskeySignature {
  readonly id: string;
  readonly clientData: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

/** A passkey that was verified. */
export interface VerifiedPasskey {
  readonly publicKey: Buffer;
  readonly signCount: number;
}

const RP_HASH_BYTES = 32;
const FLAGS_AT = 32;
const COUNT_AT = 33;
const CREDENTIAL_AT = 37;
const [USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL] = [0x01, 0x04, 0x40];
const MIN_RSA_BITS = 2048;

/** Verifies a new passkey (WebAuthn, section 7.1, without attestation). Throws an `IdentityChangeError`. */
export function verifyNewPasskey(
  { id, clientData, authenticatorData, publicKey }: NewPasskey,
  challenge: string,
  site: PasskeySite,
): VerifiedPasskey {
  checkClientData(clientData, 'webauthn.create', challenge, site);
  const data = bytesOf(authenticatorData, 'authenticatorData');
  const { flags, signCount } = checkAuthenticatorData(data, site);
  if ((flags & HAS_CREDENTIAL) === 0 || data.length < CREDENTIAL_AT + 18) throw wrong('expected a new credential');
  const idLength = data.readUInt16BE(CREDENTIAL_AT + 16);
  const end = CREDENTIAL_AT + 18 + idLength;
  if (!data.subarray(CREDENTIAL_AT + 18, end).equals(bytesOf(id, 'id')))
    throw wrong('id: expected that of the credential');
  const spki = bytesOf(publicKey, 'publicKey');
  const key = keyOf(spki);
  // The browser repeats the key in a form that needs no CBOR; it must be the one that the authenticator made.
  const { x, y, n } = key.export({ format: 'jwk' });
  for (const part of [x, y, n])
    if (part !== undefined && !data.subarray(end).includes(Buffer.from(part, 'base64url')))
      throw wrong('publicKey: expected that of the credential');
  return { publicKey: spki, signCount };
}

/** Verifies the signature of a passkey (WebAuthn, section 7.2), and returns its counter. Throws an `IdentityChangeError`. */
export function verifyPasskey(
  { clientData, authenticatorData, signature }: PasskeySignature,
  { publicKey, signCount: before }: VerifiedPasskey,
  challenge: string,
  site: PasskeySite,
): number {
  checkClientData(clientData, 'webauthn.get', challenge, site);
  const data = bytesOf(authenticatorData, 'authenticatorData');
  const { signCount } = checkAuthenticatorData(data, site);
  const signed = Buffer.concat([data, sha256(bytesOf(clientData, 'clientData'))]);
  const key = keyOf(publicKey);
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  if (!verify(digest, signed, key, bytesOf(signature, 'signature'))) throw wrong('the signature does not match');
  // An authenticator that counts and falls back is a copy.
  if ((signCount > 0 || before > 0) && signCount <= before) throw wrong('the passkey was copied; remove it');
  return signCount;
}

function checkClientData(text: string, type: string, challenge: string, { origin }: PasskeySite): void {
  let data: Readonly<Record<string, unknown>>;
  try {
    data = { ...JSON.parse(bytesOf(text, 'clientData').toString('utf8')) };
  } catch {
    throw wrong('clientData: expected JSON');
  }
  if (data['type'] !== type) throw wrong(`type: expected ${type}`);
  if (data['challenge'] !== challenge) throw wrong('challenge: expected that of this sign-in');
  if (data['origin'] !== origin || data['crossOrigin'] === true)
    throw wrong(`origin: expected ${origin}, got ${JSON.stringify(data['origin'])}`);
}

function checkAuthenticatorData(
  data: Buffer,
  { rpId }: PasskeySite,
): { readonly flags: number; readonly signCount: number } {
  if (data.length < CREDENTIAL_AT) throw wrong('authenticatorData: expected at least 37 bytes');
  if (!data.subarray(0, RP_HASH_BYTES).equals(sha256(Buffer.from(rpId))))
    throw wrong(`rpId: expected a passkey of ${rpId}`);
  const flags = data[FLAGS_AT] ?? 0;
  if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0)
    throw wrong('expected that the device has verified the person, by a PIN or a fingerprint');
  return { flags, signCount: data.readUInt32BE(COUNT_AT) };
}

function keyOf(spki: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    throw wrong('publicKey: expected a key');
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isKnown =
    type === 'ed25519' ||
    (type === 'ec' && details?.namedCurve === 'prime256v1') ||
    (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS);
  if (!isKnown) throw wrong('publicKey: expected P-256, Ed25519 or RSA of 2,048 bits');
  return key;
}

function bytesOf(text: string, name: string): Buffer {
  if (!/^[\w-]{1,8192}$/.test(text)) throw wrong(`${name}: expected base64url`);
  return Buffer.from(text, 'base64url');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function wrong(reason: string): IdentityChangeError {
  return new IdentityChangeError(`passkey: ${reason}`);
}
