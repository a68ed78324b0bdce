import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EncryptionError, KEY_BYTES, type KeyProvider, type WrappedKey } from '../contract.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A provider whose key-encryption keys are lines of a text, `ID:KEY` with 32 bytes in base64. The last line is the current
 * key, the others decrypt what they encrypted before. `read` returns the text, which may change.
 */
export class KeyListProvider implements KeyProvider {
  readonly description: string;
  readonly #read: () => string;

  constructor(description: string, read: () => string) {
    this.description = description;
    this.#read = read;
  }

  async wrap(secret: Uint8Array, context: string): Promise<WrappedKey> {
    const [keyId, key] = this.#keys().at(-1) ?? fail(`${this.description}: expected a line ID:KEY, found none`);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
    const wrapped = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return { keyId, wrapped: wrapped.toString('base64') };
  }

  async unwrap({ keyId, wrapped }: WrappedKey, context: string): Promise<Uint8Array> {
    const keys = this.#keys();
    const key = keys.find(([id]) => id === keyId)?.[1];
    if (key === undefined) {
      const known = keys.map(([id]) => `"${id}"`).join(', ') || 'none';
      throw new EncryptionError(`${this.description}: expected a key "${keyId}", it has ${known}`);
    }
    const bytes = Buffer.from(wrapped, 'base64');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const tag = bytes.subarray(bytes.length - TAG_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
      const clear = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
      decipher.final();
      return clear;
    } catch (cause) {
      throw new EncryptionError(`${this.description}: the key "${keyId}" is not the one that encrypted it`, { cause });
    }
  }

  #keys(): (readonly [id: string, key: Uint8Array])[] {
    const lines = this.#read()
      .split(/[\n,]/)
      .map((line) => line.trim());
    return lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line, index) => {
        const at = line.indexOf(':');
        const key = Buffer.from(line.slice(at + 1), 'base64');
        // The line may be a key: messages do not contain it.
        if (at < 1 || key.length !== KEY_BYTES) {
          throw new EncryptionError(
            `${this.description}: expected ID:KEY with ${KEY_BYTES} bytes in base64 in entry ${index + 1}`,
          );
        }
        return [line.slice(0, at), key] as const;
      });
  }
}

/** Returns a new line for a list of keys. */
export function createKeyLine(id: string): string {
  return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

function fail(message: string): never {
  throw new EncryptionError(message);
}
