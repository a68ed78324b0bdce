import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** The origin of the page with which the device makes passkeys. */
export const ORIGIN = 'https://otel.example.com';

/** What a device or a page does differently from correct ones. */
export interface Change {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly rpId?: string;
  readonly flags?: number;
  readonly count?: number;
  readonly key?: KeyObject;
  readonly id?: string;
  readonly signature?: (signature: Buffer) => Buffer;
  readonly raw?: Record<string, string>;
}

/** An authenticator, as far as a server sees it. */
export class Device {
  readonly id = randomBytes(32).toString('base64url');
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  #count = 0;

  constructor(type: 'ec' | 'ed25519' | 'rsa' = 'ec') {
    if (type === 'ec') this.#keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    else if (type === 'rsa') this.#keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    else this.#keys = generateKeyPairSync('ed25519');
  }

  create(challenge: string, change: Change) {
    const { publicKey } = this.#keys;
    const { x = '', y = '', n = '' } = publicKey.export({ format: 'jwk' });
    const id = Buffer.from(this.id, 'base64url');
    const credential = Buffer.concat([
      ...[Buffer.alloc(16), Buffer.from([0, id.length]), id],
      // The parts of a COSE key that the server compares.
      ...[x, y, n].map((part) => Buffer.from(part, 'base64url')),
    ]);
    const key = change.key ?? publicKey;
    return {
      id: change.id ?? this.id,
      clientData: clientDataOf('webauthn.create', challenge, change),
      authenticatorData: Buffer.concat([this.#data(0x45, change), credential]).toString('base64url'),
      publicKey: key.export({ type: 'spki', format: 'der' }).toString('base64url'),
      ...change.raw,
    };
  }

  get(challenge: string, change: Change) {
    const clientData = clientDataOf('webauthn.get', challenge, change);
    const data = this.#data(0x05, change);
    const signed = Buffer.concat([data, createHash('sha256').update(Buffer.from(clientData, 'base64url')).digest()]);
    const key = change.key ?? this.#keys.privateKey;
    const signature = sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key);
    return {
      ...{ id: change.id ?? this.id, clientData, authenticatorData: data.toString('base64url') },
      signature: (change.signature?.(signature) ?? signature).toString('base64url'),
      ...change.raw,
    };
  }

  #data(flags: number, change: Change): Buffer {
    this.#count += 1;
    const data = Buffer.alloc(37);
    createHash('sha256')
      .update(change.rpId ?? 'otel.example.com')
      .digest()
      .copy(data);
    data[32] = change.flags ?? flags;
    data.writeUInt32BE(change.count ?? this.#count, 33);
    return data;
  }
}

function clientDataOf(type: string, challenge: string, change: Change): string {
  const data = {
    ...{ type: change.type ?? type, challenge: change.challenge ?? challenge, origin: change.origin ?? ORIGIN },
    crossOrigin: change.crossOrigin ?? false,
  };
  return Buffer.from(JSON.stringify(data)).toString('base64url');
}
