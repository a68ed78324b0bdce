import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lifetime } from './gateway.ts';

const root = join(import.meta.dirname, '..', '..');

/** Returns the files of the component in its guide, with their names. */
export async function componentFiles(): Promise<readonly (readonly [name: string, code: string])[]> {
  const guide = await readFile(join(root, 'docs', 'guide', 'write-a-component.md'), 'utf8');
  return [...guide.matchAll(/^`([\w.]+)`:\n\n```ts\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]);
}

/** Returns the programs in the guide to typed functions. */
export async function typedFunctionPrograms(): Promise<readonly string[]> {
  const guide = await readFile(join(root, 'docs', 'guide', 'typed-functions.md'), 'utf8');
  return [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program);
}

/**
 * Creates a directory for programs, which is removed at the end: within the repository, so that packages resolve, and
 * ignored by version control.
 */
export async function programDirectory(lifetime: Lifetime, prefix: string): Promise<string> {
  await mkdir(join(root, '.otelier'), { recursive: true });
  const directory = await mkdtemp(join(root, '.otelier', prefix));
  lifetime.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** Writes the component of the guide to `processors` in a directory, where its imports resolve. */
export async function writeComponent(directory: string): Promise<void> {
  await mkdir(join(directory, 'processors'));
  const sources = join(root, 'packages', 'collector', 'src');
  // The interfaces of components refer to types beside them.
  for (const entry of await readdir(sources, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'processors') continue;
    await symlink(join(sources, entry.name), join(directory, entry.name), 'dir');
  }
  for (const [name, code] of await componentFiles()) await writeFile(join(directory, 'processors', name), code);
}
