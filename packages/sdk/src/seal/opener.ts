import { decodeSealed, nonceOf, type WrappedKey } from './format.ts';
import { keyIdText, parsePrivateKey, type RecipientKey, SUITE } from './keys.ts';
import { SealError } from './seal-error.ts';
import { EXPORT_CONTEXT, INFO } from './sealer.ts';

/** Number of content keys that are remembered, because the values of a request share one. */
const MAX_REMEMBERED = 256;

/** Opens values that were sealed to the public keys of its private keys. */
export class Opener {
  readonly #keys: ReadonlyMap<string, RecipientKey>;
  readonly #contentKeys = new Map<string, Promise<CryptoKey>>();

  private constructor(keys: readonly RecipientKey[]) {
    this.#keys = new Map(keys.map((key) => [keyIdText(key.id), key]));
  }

  /** Creates an opener for private keys: the current one and earlier ones. Throws a `SealError`. */
  static async create(privateKeys: readonly string[]): Promise<Opener> {
    return new Opener(await Promise.all(privateKeys.map(parsePrivateKey)));
  }

  /** The IDs of the keys, in hexadecimal. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Opens a sealed value. Rejects with a `SealError`. */
  async open(text: string): Promise<Uint8Array> {
    const { recipients, header, counter, ciphertext } = decodeSealed(text);
    const own = recipients.find(({ id }) => this.#keys.has(keyIdText(id)));
    if (own === undefined) {
      const wanted = recipients.map(({ id }) => keyIdText(id)).join(', ');
      throw new SealError(
        'wrong_key',
        `the value is sealed to ${wanted}, not to ${this.keyIds.join(', ') || 'any key'}`,
      );
    }
    try {
      const key = await this.#contentKey(own);
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonceOf(counter), additionalData: header }, key, ciphertext),
      );
    } catch (cause) {
      throw new SealError('damaged', `the value sealed to ${keyIdText(own.id)} was changed`, { cause });
    }
  }

  #contentKey(wrapped: WrappedKey): Promise<CryptoKey> {
    const name = `${keyIdText(wrapped.id)}${keyIdText(wrapped.enc)}${keyIdText(wrapped.wrapped)}`;
    let key = this.#contentKeys.get(name);
    if (key === undefined) {
      if (this.#contentKeys.size >= MAX_REMEMBERED) this.#contentKeys.clear();
      key = this.#unwrap(wrapped);
      this.#contentKeys.set(name, key);
    }
    return key;
  }

  async #unwrap({ id, enc, wrapped }: WrappedKey): Promise<CryptoKey> {
    const { key } = this.#keys.get(keyIdText(id)) as RecipientKey;
    const parameters = { recipientKey: key, enc, info: INFO };
    const bytes =
      wrapped.length === 0
        ? await (await SUITE.createRecipientContext(parameters)).export(EXPORT_CONTEXT, 32)
        : await SUITE.open(parameters, wrapped);
    return await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['decrypt']);
  }
}
