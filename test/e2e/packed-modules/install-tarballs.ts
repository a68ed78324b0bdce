import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Installs tarballs in a new directory `app`, with the packages that their manifests declare and no others. Those are
 * linked from the project in `root`, because npm takes half a minute of CPU time to write them.
 */
export async function installTarballs(root: string, tarballs: readonly string[], app: string): Promise<void> {
  const modules = join(app, 'node_modules');
  await mkdir(modules, { recursive: true });
  await writeFile(join(app, 'package.json'), '{"private":true}');
  const installed = new Map<string, Manifest>();
  for (const tarball of tarballs) {
    const manifest = await extract(tarball, modules);
    installed.set(manifest.name, manifest);
  }
  // The loop visits the packages that it adds.
  for (const [dependent, manifest] of installed) {
    for (const { name, isOptional } of dependenciesOf(manifest)) {
      const source = join(root, 'node_modules', name);
      const isNested = existsSync(join(root, 'node_modules', dependent, 'node_modules', name));
      if (installed.has(name) || isNested || (isOptional && !existsSync(source))) continue;
      assert.ok(existsSync(source), `${dependent} declares ${name}, which is not installed`);
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await run('cp', ['-rlL', source, join(modules, name)]);
      installed.set(name, await manifestOf(source));
    }
  }
}

/** Extracts a package to its directory in `modules`, and returns its manifest. */
export async function extract(tarball: string, modules: string): Promise<Manifest> {
  const temporary = join(modules, '.extracted');
  await mkdir(temporary, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', temporary]);
  const [directory = ''] = await readdir(temporary);
  const manifest = await manifestOf(join(temporary, directory));
  const target = join(modules, manifest.name);
  await mkdir(dirname(target), { recursive: true });
  await rename(join(temporary, directory), target);
  return manifest;
}

/** Returns what npm installs with a package. It installs peers too, unless they are optional. */
function dependenciesOf({
  dependencies = {},
  optionalDependencies = {},
  peerDependencies = {},
  peerDependenciesMeta = {},
}: Manifest): readonly { readonly name: string; readonly isOptional: boolean }[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])].map((name) => ({
    name,
    isOptional: name in optionalDependencies,
  }));
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
}
