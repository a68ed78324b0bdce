import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { type DataKey, EncryptionError, KEY_BYTES, type KeyProvider } from './contract.ts';
import { DataKeys } from './data-keys.ts';
import { readKeyFiles, removeKeyFile, type StoredKey, writeKeyFile } from './key-files.ts';

/** Name of the file that asks the process which has the keys to rotate them. */
export const ROTATION_REQUEST = 'rotate';

/** Options for `KeyRing.open`. */
export interface KeyRingOptions {
  /** Directory of the wrapped data keys, of which the caller is the only writer. */
  readonly directory: string;
  readonly provider: KeyProvider;
  readonly nowMillis: () => number;
  /** Called for damage that was repaired, and when a requested rotation fails. */
  readonly report: (message: string) => void;
  /** Called when keys were added or removed. */
  readonly onChange?: (keys: readonly DataKey[]) => void;
  /** Whether nothing may be written: requests for a rotation are left to the process that writes. */
  readonly readOnly?: boolean;
}

/** What a rotation did. */
export interface Rotation {
  readonly tenants: number;
  /** ID of the key-encryption key that now encrypts all data keys. */
  readonly keyId: string | undefined;
}

/**
 * The data keys of a directory's tenants. Each tenant has keys of its own, wrapped by the key-encryption key of a provider:
 * removing a tenant's file makes everything unreadable that they encrypted.
 */
export class KeyRing {
  readonly keys = new DataKeys();
  readonly #options: KeyRingOptions;
  readonly #stored = new Map<string, readonly StoredKey[]>();
  readonly #creating = new Map<string, Promise<DataKey>>();
  #changes: Promise<unknown> = Promise.resolve();
  #stopWatching: () => void = () => undefined;

  /** Unwraps all keys. Rejects with `EncryptionError`, without changing anything, if one cannot be unwrapped. */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    const keys: DataKey[] = [];
    for (const { tenant, keys: stored } of readKeyFiles(options.directory, options.report, options.readOnly)) {
      ring.#stored.set(tenant, stored);
      for (const one of stored) keys.push(await ring.#unwrap(tenant, one));
    }
    ring.keys.replace(keys);
    if (options.readOnly !== true) ring.#watch();
    return ring;
  }

  private constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** Returns the key for what is written next of a tenant. The first call for a tenant creates one. */
  async current(tenant: string): Promise<DataKey> {
    const known = this.keys.current(tenant);
    if (known !== undefined) return known;
    let creating = this.#creating.get(tenant);
    if (creating === undefined) {
      creating = this.#inTurn(() => this.#add(tenant)).finally(() => this.#creating.delete(tenant));
      this.#creating.set(tenant, creating);
    }
    return creating;
  }

  /** Creates a data key for each tenant, and encrypts the older ones with the current key-encryption key. */
  rotate(): Promise<Rotation> {
    return this.#inTurn(async () => {
      const tenants = [...this.#stored.keys()];
      for (const tenant of tenants) {
        await this.#rewrap(tenant);
        await this.#add(tenant);
      }
      const [tenant] = tenants;
      return { tenants: tenants.length, keyId: tenant && this.#stored.get(tenant)?.at(-1)?.keyId };
    });
  }

  /** Destroys the keys of a tenant. Returns their IDs. */
  destroy(tenant: string): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      removeKeyFile(this.#options.directory, tenant);
      const ids = (this.#stored.get(tenant) ?? []).map(({ id }) => id);
      this.#stored.delete(tenant);
      this.#replace(this.keys.all.filter((key) => key.tenant !== tenant));
      return ids;
    });
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.#changes;
  }

  /** Runs one change after the other. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  async #add(tenant: string): Promise<DataKey> {
    const { directory, provider, nowMillis } = this.#options;
    const id = randomBytes(16).toString('hex');
    const bytes = randomBytes(KEY_BYTES);
    const createdMillis = nowMillis();
    try {
      const wrapped = await provider.wrap(bytes, contextOf(tenant, id));
      const secret = createSecretKey(bytes);
      // A provider whose keys cannot be decrypted again would lose everything that is encrypted from now on.
      await this.#check(tenant, { id, createdMillis, ...wrapped }, secret);
      const keys = [...(this.#stored.get(tenant) ?? []), { id, createdMillis, ...wrapped }];
      writeKeyFile(directory, { tenant, keys });
      this.#stored.set(tenant, keys);
      const key = { id, tenant, createdMillis, secret };
      this.#replace([...this.keys.all, key]);
      return key;
    } finally {
      bytes.fill(0);
    }
  }

  async #check(tenant: string, stored: StoredKey, secret: KeyObject): Promise<void> {
    const { secret: unwrapped } = await this.#unwrap(tenant, stored);
    if (unwrapped.equals(secret)) return;
    throw new EncryptionError(
      `${this.#options.provider.description}: expected to decrypt what it encrypted, got another key`,
    );
  }

  async #rewrap(tenant: string): Promise<void> {
    const { directory, provider } = this.#options;
    const keys: StoredKey[] = [];
    for (const stored of this.#stored.get(tenant) ?? []) {
      const bytes = this.keys.get(stored.id, tenant).secret.export();
      try {
        const wrapped = { ...stored, ...(await provider.wrap(bytes, contextOf(tenant, stored.id))) };
        await this.#check(tenant, wrapped, this.keys.get(stored.id, tenant).secret);
        keys.push(wrapped);
      } finally {
        bytes.fill(0);
      }
    }
    writeKeyFile(directory, { tenant, keys });
    this.#stored.set(tenant, keys);
  }

  async #unwrap(tenant: string, stored: StoredKey): Promise<DataKey> {
    const { id, createdMillis, keyId } = stored;
    const { provider, directory } = this.#options;
    let bytes: Uint8Array;
    try {
      bytes = await provider.unwrap(stored, contextOf(tenant, id));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EncryptionError(
        `${directory}: the data key ${id} of tenant ${tenant} cannot be decrypted with the key "${keyId}" of ${provider.description}: ${reason}; nothing was changed`,
        { cause },
      );
    }
    if (bytes.length !== KEY_BYTES) {
      throw new EncryptionError(
        `${directory}: expected a data key of ${KEY_BYTES} bytes from ${provider.description}, got ${bytes.length}`,
      );
    }
    const secret = createSecretKey(bytes);
    bytes.fill(0);
    return { id, tenant, createdMillis, secret };
  }

  #replace(keys: readonly DataKey[]): void {
    this.keys.replace(keys);
    this.#options.onChange?.(keys);
  }

  /** Rotates when a command asks for it by creating a file, which is removed afterwards. */
  #watch(): void {
    const { directory, report } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const request = join(directory, ROTATION_REQUEST);
    const check = () => {
      if (!existsSync(request)) return;
      this.rotate()
        .catch((error: Error) => report(`keys not rotated: ${error.message}`))
        .finally(() => rmSync(request, { force: true }));
    };
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name === ROTATION_REQUEST) check();
    });
    watcher.on('error', (error) => report(`${directory}: rotations are not noticed: ${error.message}`));
    this.#stopWatching = () => watcher.close();
    check();
  }
}

function contextOf(tenant: string, id: string): string {
  return `otelier data key ${id} of ${tenant}`;
}
