import { relative } from 'node:path';

/** Returns a path relative to the working directory if it is below it. */
export function displayPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
