import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of test files that are found in directories. */
const TEST_FILE = /(?:\.test\.ya?ml|\.pipeline-tests\.[mc]?[jt]s)$/;

/**
 * Returns test files: the given files, and the test files in the given directories and below. Directories whose names begin
 * with a dot, and `node_modules`, are skipped.
 */
export async function findTestFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (await isDirectory(path)) files.push(...(await filesIn(path)));
    else files.push(path);
  }
  return [...new Set(files)];
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // A missing file is reported when it is read.
    return false;
  }
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') files.push(...(await filesIn(path)));
    } else if (TEST_FILE.test(entry.name)) files.push(path);
  }
  return files;
}
