import { glob } from 'node:fs/promises';

/** Returns the files that match a pattern, in order. A path without a pattern is returned as it is. */
export async function matchingFiles(pattern: string): Promise<readonly string[]> {
  if (!/[*?[\]{}]/.test(pattern)) return [pattern];
  const files: string[] = [];
  for await (const file of glob(pattern)) files.push(file);
  return files.sort();
}
