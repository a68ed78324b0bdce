import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RemovalProof } from '@otelier/query';

/** Signs a statement of what was removed, and keeps it beside the store, without any telemetry. */
export function proveRemoval(
  directory: string,
  name: string,
  statement: Readonly<Record<string, unknown>>,
): RemovalProof {
  const removals = join(directory, 'removals');
  mkdirSync(removals, { recursive: true, mode: 0o750 });
  const key = keyIn(removals);
  const text = JSON.stringify(statement);
  const proof: RemovalProof = {
    statement: text,
    signature: sign(null, Buffer.from(text), key).toString('base64'),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
  };
  writeFileSync(join(removals, `${name}.json`), `${JSON.stringify(proof)}\n`, { mode: 0o640, flush: true });
  return proof;
}

/** Returns the key of the store, which the first removal creates. */
function keyIn(directory: string): KeyObject {
  const path = join(directory, 'key.pem');
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx', flush: true });
    return privateKey;
  }
}
