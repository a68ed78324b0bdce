import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedStatement } from '../subjects/contract.ts';

const DIRECTORY = 'removals';
const KEY = 'key.pem';

/** Signs a statement of what was removed, and keeps it in the directory of the store, without any telemetry. */
export function signStatement(
  directory: string,
  name: string,
  statement: Readonly<Record<string, unknown>>,
): SignedStatement {
  const removals = join(directory, DIRECTORY);
  mkdirSync(removals, { recursive: true, mode: 0o750 });
  const key = keyIn(removals);
  const text = JSON.stringify(statement);
  const proof: SignedStatement = {
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

/** Returns the statements in the directory of a store, newest first, whose names begin with a text. */
export function signedStatements(directory: string, beginning = ''): readonly SignedStatement[] {
  let names: readonly string[];
  try {
    names = readdirSync(join(directory, DIRECTORY)).filter(
      (name) => name.endsWith('.json') && name.startsWith(beginning),
    );
  } catch {
    return [];
  }
  const statements = names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(directory, DIRECTORY, name), 'utf8')) as SignedStatement];
    } catch {
      // Damaged, or not a statement.
      return [];
    }
  });
  return statements.sort((a, b) => (endOf(a) < endOf(b) ? 1 : -1));
}

/** Reports why a signature does not prove a statement of a store; `undefined` if it does. */
export function signatureError(directory: string, proof: SignedStatement): string | undefined {
  try {
    const isSigned = verify(
      null,
      Buffer.from(proof.statement),
      proof.publicKey,
      Buffer.from(proof.signature, 'base64'),
    );
    if (!isSigned) return 'the signature does not match the statement';
  } catch {
    return 'the public key or the signature cannot be read';
  }
  try {
    const own = createPublicKey(readFileSync(join(directory, DIRECTORY, KEY)));
    if (own.export({ type: 'spki', format: 'pem' }).toString() === proof.publicKey) return undefined;
  } catch {
    // The store has no key, and so did not sign it.
  }
  return 'the public key is not the one of this store';
}

function endOf({ statement }: SignedStatement): string {
  return String((JSON.parse(statement) as { readonly ended?: unknown }).ended ?? '');
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
