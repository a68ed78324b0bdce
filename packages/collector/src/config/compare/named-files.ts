import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { innerSchema, metaOf, schemaOfKey } from '../names.ts';
import type { Tree } from '../tree.ts';

/** A larger file, such as a database, is compared by its size and time. */
const MAX_HASHED_BYTES = 1 << 20;

/**
 * Returns fingerprints of the files that a configuration names in fields for files to read (`inputFile`), by path. A file
 * that cannot be read has the reason as its fingerprint: its component reports it.
 */
export async function fingerprintFiles(schema: z.core.$ZodType, written: Tree): Promise<ReadonlyMap<string, string>> {
  const paths = new Set<string>();
  collect(schema, written, paths);
  return new Map(await Promise.all([...paths].map(async (path) => [path, await fingerprint(path)] as const)));
}

function collect(schema: z.core.$ZodType | undefined, tree: Tree, paths: Set<string>): void {
  if (schema === undefined) return;
  if (tree.kind === 'scalar') {
    if (typeof tree.value === 'string' && metaOf(schema, 'inputFile') === true) paths.add(tree.value);
    return;
  }
  const inner = innerSchema(schema);
  if (tree.kind === 'list') {
    const element = inner._zod.def.type === 'array' ? (inner as z.core.$ZodArray)._zod.def.element : undefined;
    for (const item of tree.items) collect(element, item, paths);
    return;
  }
  for (const [key, value] of tree.entries) collect(schemaOfKey(inner, key), value, paths);
}

async function fingerprint(path: string): Promise<string> {
  try {
    const file = await stat(path);
    if (!file.isFile() || file.size > MAX_HASHED_BYTES) return `${file.ino} ${file.size} ${file.mtimeMs}`;
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
