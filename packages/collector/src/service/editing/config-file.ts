import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Why a file cannot be replaced, or its path with links resolved. */
export type ReplaceableFile =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'read-only'; readonly reason: string };

/** Reports whether a file, or the one that a link leads to, can be replaced. */
export function replaceableFile(name: string): ReplaceableFile {
  try {
    const path = realpathSync(name);
    if (!statSync(path).isFile()) return { kind: 'read-only', reason: `${name} is not a regular file` };
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return { kind: 'file', path };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return { kind: 'read-only', reason: `otelier may not write ${name} and its directory (${code})` };
  }
}

/** A new content of a file, which is on disk but not yet in its place. */
export interface StagedFile {
  /** Puts the content in its place. After a crash, the file has the old or the new content. */
  commit(): Promise<void>;
  /** Removes the content. */
  discard(): Promise<void>;
}

/** Writes the new content of a file beside it. Only one content can be staged at a time. */
export async function stageFile(path: string, text: string): Promise<StagedFile> {
  const temporary = `${path}.new`;
  const discard = () => unlink(temporary).catch(() => undefined);
  const mode = statSync(path).mode & 0o777;
  const file = await open(temporary, 'w', mode);
  try {
    // The mode of a new file lacks what the process masks.
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await file.close();
    await discard();
    throw error;
  }
  await file.close();
  return {
    discard,
    async commit() {
      await rename(temporary, path);
      const directory = await open(dirname(path), 'r');
      await directory.sync().finally(() => directory.close());
    },
  };
}

/** Reports whether a file has a content. */
export async function hasContent(path: string, text: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => undefined)) === text;
}
