import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { EncryptionError, type KeyProvider } from '../contract.ts';

const TIMEOUT_MILLIS = 10_000;
const MAX_RESPONSE_BYTES = 1 << 20;
/** Attempts of a request that fails with status 429 or 5xx, or without a response. */
const ATTEMPTS = 3;
const RETRY_MILLIS = 500;

/** Options for `vaultProvider`. */
export interface VaultOptions {
  /** URL of the server, such as `https://vault.example.com:8200`. */
  readonly address: string;
  /** Name of the key of the transit secrets engine. */
  readonly key: string;
  /** Path at which the engine is mounted. Default `transit`. */
  readonly mount?: string | undefined;
  /** Returns the token, which may be renewed. */
  readonly token: () => string;
  readonly namespace?: string | undefined;
  /** File with the certificates of authorities that the server's certificate is checked with. */
  readonly caFile?: string | undefined;
}

/**
 * Returns a provider that uses the transit secrets engine of HashiCorp Vault or OpenBao, whose key-encryption keys never
 * leave the server. The context of a data key is its associated data, so that the key must be of type `aes256-gcm96`,
 * `aes128-gcm96` or `chacha20-poly1305`.
 */
export function vaultProvider(options: VaultOptions): KeyProvider {
  const { address, key, mount = 'transit' } = options;
  const description = `Vault ${address}`;
  const call = async (operation: string, body: Readonly<Record<string, string>>): Promise<Record<string, unknown>> => {
    const url = new URL(`/v1/${mount}/${operation}/${encodeURIComponent(key)}`, address);
    for (let attempt = 1; ; attempt++) {
      const { status, text } = await send(url, options, JSON.stringify(body)).catch((cause: Error) => {
        if (attempt < ATTEMPTS) return { status: 503, text: '' };
        throw new EncryptionError(`${description}: ${cause.message}`, { cause });
      });
      if (status === 200) return dataOf(text, description);
      if (attempt < ATTEMPTS && (status === 429 || status >= 500)) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS * attempt));
        continue;
      }
      throw new EncryptionError(
        `${description}: ${operation} with key ${key}: expected status 200, got ${status}${errorsIn(text)}`,
      );
    }
  };
  return {
    description,
    async wrap(secret, context) {
      const plaintext = Buffer.from(secret).toString('base64');
      const { ciphertext } = await call('encrypt', { plaintext, associated_data: encoded(context) });
      if (typeof ciphertext !== 'string')
        throw new EncryptionError(`${description}: expected data.ciphertext, got none`);
      // vault:v3:…: the version of the key.
      const version = /^vault:(v\d+):/.exec(ciphertext)?.[1] ?? '';
      return { keyId: `${key}:${version}`, wrapped: ciphertext };
    },
    async unwrap({ wrapped }, context) {
      const { plaintext } = await call('decrypt', { ciphertext: wrapped, associated_data: encoded(context) });
      if (typeof plaintext !== 'string') throw new EncryptionError(`${description}: expected data.plaintext, got none`);
      return Buffer.from(plaintext, 'base64');
    },
  };
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function send(url: URL, { token, namespace, caFile }: VaultOptions, body: string) {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const request = start(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-vault-request': 'true',
        'x-vault-token': token(),
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
      },
      timeout: TIMEOUT_MILLIS,
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    });
    request.on('timeout', () => request.destroy(new Error(`no response within ${TIMEOUT_MILLIS} ms`)));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_RESPONSE_BYTES) request.destroy(new Error(`expected at most ${MAX_RESPONSE_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.end(body);
  });
}

function dataOf(text: string, description: string): Record<string, unknown> {
  try {
    const { data } = JSON.parse(text) as { readonly data?: unknown };
    if (typeof data === 'object' && data !== null) return data as Record<string, unknown>;
  } catch {
    // Not even JSON.
  }
  throw new EncryptionError(`${description}: expected {"data": …}, got another response`);
}

/** Returns the errors of a response, which contain no keys. */
function errorsIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown };
    return Array.isArray(errors) && errors.length > 0 ? `: ${errors.join('; ').trim().slice(0, 300)}` : '';
  } catch {
    return '';
  }
}
