import { open, realpath } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';

/** Maximum size of a source, in bytes. Configurations of thousands of lines have less than one MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Thrown for a file that cannot be read. The message is for the user. */
export class SourceFileError extends Error {
  override readonly name = 'SourceFileError';
}

/** Reads a source: a file, or standard input for `-`. Throws a `SourceFileError`. */
export async function readSource(path: string): Promise<string> {
  if (path === '-') return decode('standard input', await readStream('standard input'));
  return decode(path, await readBounded(path));
}

/** Returns the function that reads files that a source includes: only those in its directory or below it. */
export function createInclude(source: string): (path: string) => Promise<string> {
  return async (path) => {
    if (source === '-') throw new SourceFileError(`expected a file as source, because it includes "${path}"`);
    const directory = await realpath(dirname(resolve(source)));
    const target = await realpath(resolve(directory, path)).catch(() => {
      throw new SourceFileError(`expected a file, found none at "${path}"`);
    });
    const inside = relative(directory, target);
    if (inside.startsWith(`..${sep}`) || inside === '..' || resolve(inside) === inside)
      throw new SourceFileError(`expected a file in the directory of the source, got "${path}"`);
    return decode(path, await readBounded(target));
  };
}

async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new SourceFileError(`${path}: expected a file, got ${error.code ?? error.message}`);
  });
  try {
    if ((await file.stat()).isDirectory()) throw new SourceFileError(`${path}: expected a file, got a directory`);
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > MAX_BYTES) throw tooLarge(path);
      if (bytesRead === 0) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

async function readStream(name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += chunk.length;
    if (length > MAX_BYTES) throw tooLarge(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(name: string): SourceFileError {
  return new SourceFileError(`${name}: expected at most ${MAX_BYTES / 1024 / 1024} MiB, got more`);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SourceFileError(`${name}: expected text in UTF-8, got other bytes`);
  }
}
