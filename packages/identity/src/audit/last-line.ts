import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const FIRST_BYTES = 65_536;

/** Returns the last complete line of a file, and the position of its end. Reads a part of the file that doubles until it contains the line. */
export function lastLine(path: string): { readonly line: string | undefined; readonly bytes: number } {
  if (!existsSync(path)) return { line: undefined, bytes: 0 };
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    for (let length = Math.min(FIRST_BYTES, size); ; length = Math.min(length * 2, size)) {
      const part = Buffer.alloc(length);
      const start = size - length;
      const end = part.subarray(0, readSync(file, part, 0, length, start)).lastIndexOf('\n');
      const newline = end < 1 ? -1 : part.lastIndexOf('\n', end - 1);
      if (end >= 0 && (newline >= 0 || start === 0))
        return { line: part.toString('utf8', newline + 1, end), bytes: start + end + 1 };
      if (start === 0) return { line: undefined, bytes: 0 };
    }
  } finally {
    closeSync(file);
  }
}
