import { encodeHeader, encodeSealed, MAX_RECIPIENTS, nonceOf, type WrappedKey } from './format.ts';
import { parsePublicKey, type RecipientKey, SUITE } from './keys.ts';
import { SealError } from './seal-error.ts';

/** What HPKE binds the content key to. */
export const INFO: Uint8Array<ArrayBuffer> = new TextEncoder().encode('otelier sealed value 1');

/** The context under which HPKE exports the content key for a single recipient. */
export const EXPORT_CONTEXT: Uint8Array<ArrayBuffer> = new TextEncoder().encode('content key');

const MAX_COUNTER = 0xffff_ffff;

/** A content key and its header, for the values of one request. */
export interface ContentKey {
  /** Seals bytes: returns the text of a sealed value. */
  seal(plain: Uint8Array): Promise<string>;
}

/** Seals values to public keys, so that only the holders of the private keys can read them. */
export class Sealer {
  readonly #recipients: readonly RecipientKey[];

  private constructor(recipients: readonly RecipientKey[]) {
    this.#recipients = recipients;
  }

  /** Creates a sealer for one to eight public keys. Each of their owners can open the values. Throws a `SealError`. */
  static async create(publicKeys: readonly string[]): Promise<Sealer> {
    if (publicKeys.length === 0 || publicKeys.length > MAX_RECIPIENTS)
      throw new SealError('invalid_key', `expected 1 to ${MAX_RECIPIENTS} public keys, got ${publicKeys.length}`);
    return new Sealer(await Promise.all(publicKeys.map(parsePublicKey)));
  }

  /** Makes a content key for the recipients. Values under one key can be told to belong together. */
  async contentKey(): Promise<ContentKey> {
    const { bytes, recipients } = await this.#keyFor();
    const header = encodeHeader(recipients);
    const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt']);
    bytes.fill(0);
    let next = 0;
    return {
      async seal(plain) {
        const counter = next++;
        if (counter > MAX_COUNTER) throw new SealError('invalid_key', 'the content key has sealed too many values');
        const algorithm = { name: 'AES-GCM', iv: nonceOf(counter), additionalData: header };
        const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, Uint8Array.from(plain)));
        return encodeSealed({ header, counter, ciphertext });
      },
    };
  }

  /** HPKE exports the key for a single recipient, and seals a random one to each of several. */
  async #keyFor(): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly recipients: readonly WrappedKey[] }> {
    const [only] = this.#recipients;
    if (only !== undefined && this.#recipients.length === 1) {
      const sender = await SUITE.createSenderContext({ recipientPublicKey: only.key, info: INFO });
      const bytes = new Uint8Array(await sender.export(EXPORT_CONTEXT, 32));
      return { bytes, recipients: [{ id: only.id, enc: new Uint8Array(sender.enc), wrapped: new Uint8Array() }] };
    }
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const recipients = await Promise.all(
      this.#recipients.map(async ({ id, key }) => {
        const { enc, ct } = await SUITE.seal({ recipientPublicKey: key, info: INFO }, bytes);
        return { id, enc: new Uint8Array(enc), wrapped: new Uint8Array(ct) };
      }),
    );
    return { bytes, recipients };
  }
}
