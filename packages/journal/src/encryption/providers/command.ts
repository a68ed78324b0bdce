import { spawn } from 'node:child_process';
import { EncryptionError, type KeyProvider, type WrappedKey } from '../contract.ts';

/** Time after which a command is killed, in milliseconds. */
const TIMEOUT_MILLIS = 30_000;
/** Maximum size of the output of a command. */
const MAX_OUTPUT_BYTES = 64 << 10;

/**
 * Returns a provider that runs a program for each operation, such as a client of a hardware security module (PKCS #11). The
 * program reads `{"operation": "wrap", "key", "context"}` or `{"operation": "unwrap", "keyId", "wrapped", "context"}` from
 * its standard input, and writes `{"keyId", "wrapped"}` or `{"key"}` to its standard output, as JSON with the key in base64.
 */
export function commandProvider(command: readonly [program: string, ...args: string[]]): KeyProvider {
  const description = `command ${command[0]}`;
  const run = (request: Readonly<Record<string, unknown>>) => runCommand(description, command, request);
  return {
    description,
    async wrap(secret, context): Promise<WrappedKey> {
      const { keyId, wrapped } = await run({ operation: 'wrap', key: Buffer.from(secret).toString('base64'), context });
      if (typeof keyId === 'string' && typeof wrapped === 'string') return { keyId, wrapped };
      throw new EncryptionError(`${description}: expected {"keyId", "wrapped"} of type string`);
    },
    async unwrap({ keyId, wrapped }, context) {
      const { key } = await run({ operation: 'unwrap', keyId, wrapped, context });
      if (typeof key === 'string') return Buffer.from(key, 'base64');
      throw new EncryptionError(`${description}: expected {"key"} of type string`);
    },
  };
}

/** Runs a program. Neither its input nor its output is part of a message. */
async function runCommand(
  description: string,
  [program, ...args]: readonly [string, ...string[]],
  request: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MILLIS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === null ? String(signal) : `exit code ${code}`));
  });
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(request));
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  let how: string;
  try {
    how = await ended;
  } catch (cause) {
    throw new EncryptionError(`${description}: cannot be run: ${(cause as Error).message}`, { cause });
  }
  if (how !== 'exit code 0') throw new EncryptionError(`${description}: expected exit code 0, got ${how}`);
  try {
    const response: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof response === 'object' && response !== null) return response as Record<string, unknown>;
  } catch {
    // Not even JSON.
  }
  throw new EncryptionError(`${description}: expected a JSON object on its standard output`);
}
