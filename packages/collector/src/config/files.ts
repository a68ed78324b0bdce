import { createReadStream } from 'node:fs';
import { type Diagnostic, wholeSource } from './config-error.ts';
import type { ConfigSource } from './model.ts';

/** Reads files for `loadConfig`. A file that cannot be read is reported as an error, not thrown. */
export async function readConfigFiles(
  files: readonly string[],
): Promise<{ readonly sources: readonly ConfigSource[]; readonly errors: readonly Diagnostic[] }> {
  const sources: ConfigSource[] = [];
  const errors: Diagnostic[] = [];
  const error = (name: string, message: string) =>
    errors.push({ severity: 'error', position: wholeSource(name), path: '', message });
  for (const name of files) {
    try {
      const text = await readText(name);
      if (text === undefined) error(name, 'expected at most 1 MiB, got more');
      else sources.push({ name, text });
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const reason = code === 'ENOENT' ? 'no such file' : cause instanceof Error ? cause.message : String(cause);
      error(name, `expected a readable file: ${reason}`);
    }
  }
  return { sources, errors };
}

/** Far above any configuration written by hand or generated. */
const MAX_FILE_BYTES = 1 << 20;

/** Reads a file or a pipe; `undefined` as soon as it exceeds the limit, since a device never ends. */
async function readText(name: string): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(name)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
