import { readFileSync, statSync } from 'node:fs';

/** Reads a small file that a configuration refers to. Returns its contents, or an error. */
export function readReferencedFile(path: string): { readonly text: string } | { readonly failure: string } {
  try {
    // A pipe or device would block the process.
    const file = statSync(path);
    if (!file.isFile()) return { failure: 'expected a readable file: not a regular file' };
    return file.size > MAX_FILE_BYTES ? { failure: TOO_LARGE } : { text: readFileSync(path, 'utf8') };
  } catch (cause) {
    return { failure: unreadable(cause) };
  }
}

/** Returns the error for a file that cannot be read. */
export function unreadable(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  return `expected a readable file: ${code === 'ENOENT' ? 'no such file' : cause instanceof Error ? cause.message : String(cause)}`;
}

/** Far larger than any configuration, whether generated or written by hand. */
export const MAX_FILE_BYTES = 1 << 20;
/** The error for a file that exceeds the limit. */
export const TOO_LARGE = 'expected at most 1 MiB, got more';
