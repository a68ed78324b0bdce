import { readFileSync } from 'node:fs';
import type { SecretSource } from '../config/model.ts';

/** A file with a secret that cannot be read. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/** Returns a secret. Files are read each time, so that a new secret needs no restart. Throws a `SecretFileError`. */
export function readSecret(source: SecretSource): string {
  if ('value' in source) return source.value;
  try {
    return readFileSync(source.file, 'utf8').trim();
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new SecretFileError(`${source.file}: expected a readable file, got ${code}`, { cause: error });
  }
}

/** Shorter texts are no secrets, and would be removed from everywhere. */
const MIN_SECRET_LENGTH = 4;

/** Replaces secrets in a text that is shown. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length)
    .reduce((redacted, secret) => redacted.replaceAll(secret, '<secret>'), text);
}
