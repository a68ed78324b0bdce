import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RemovalProof } from '@otelier/query';

const KEY = 'key.pem';

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
  // A crash leaves the whole statement, or none.
  const path = join(removals, `${name}.json`);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(proof)}\n`, { mode: 0o640, flush: true });
  renameSync(`${path}.tmp`, path);
  return proof;
}

/** Returns the key of the store, which the first removal creates. A damaged one is set aside: each statement has its own. */
function keyIn(directory: string): KeyObject {
  const path = join(directory, KEY);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return createKey(path);
  }
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Not a key any more.
  }
  renameSync(path, `${path}.damaged`);
  return createKey(path);
}

function createKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(`${path}.tmp`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
  renameSync(`${path}.tmp`, path);
  return privateKey;
}
