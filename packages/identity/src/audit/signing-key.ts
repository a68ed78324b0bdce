import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PUBLIC_KEY_FILE = 'audit-public-key.pem';
const PRIVATE_KEY_FILE = 'audit-signing-key.pem';

/** Returns the key that signs the log of a directory. Creates it, with its public half beside it, if there is no log yet. */
export function openSigningKey(directory: string): KeyObject {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, PRIVATE_KEY_FILE);
  if (existsSync(file)) return createPrivateKey(readFileSync(file));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(directory, PUBLIC_KEY_FILE), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx', flush: true });
  return privateKey;
}

/** Reads a public key. Throws the error of the system or of the parser. */
export function readPublicKey(file: string): KeyObject {
  return createPublicKey(readFileSync(file));
}
