import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BUNDLED, bundleProgram } from '../pack/bundle-program.ts';
import { type Control, type DebianPackage, download, extractLibraries } from './debian.ts';

/** An architecture by its name in images, with npm's name. */
export const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** The user that runs the program. */
export const USER = 65532;

const APP = 'app/node_modules';

/** Pinned packages of Debian: `deploy/image/base.json`. */
export interface Base {
  readonly mirror: string;
  readonly release: string;
  readonly packages: Readonly<Record<Architecture, readonly DebianPackage[]>>;
}

/** Writes the C and C++ libraries and the files that programs expect. Returns the packages that they come from. */
export async function writeBase(
  root: string,
  base: Base,
  architecture: Architecture,
  cache: string,
): Promise<readonly Control[]> {
  for (const path of ['dev', 'proc', 'sys', 'etc/otelier', 'usr/lib', 'usr/lib64', 'usr/local/bin']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  symlinkSync('usr/lib', join(root, 'lib'));
  symlinkSync('usr/lib64', join(root, 'lib64'));
  const mirror = process.env['DEBIAN_MIRROR'] ?? base.mirror;
  const packages: Control[] = [];
  for (const one of base.packages[architecture]) {
    packages.push(extractLibraries(await download(mirror, one, cache), root, join(cache, 'extracted')));
  }
  const files = {
    'etc/passwd': `root:x:0:0:root:/:/sbin/nologin\notelier:x:${USER}:${USER}:otelier:/data:/sbin/nologin\n`,
    'etc/group': `root:x:0:\notelier:x:${USER}:\n`,
    'etc/nsswitch.conf': 'hosts: files dns\n',
    'etc/os-release': `ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="${base.release}"\nPRETTY_NAME="otelier on Debian libraries"\n`,
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return packages;
}

/** Writes the directories that the program's user may write to: its data, and temporary files. */
export function writeState(root: string): void {
  mkdirSync(join(root, 'data'), { recursive: true, mode: 0o750 });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'data'), 0o750);
  chmodSync(join(root, 'tmp'), 0o1777);
}

/**
 * Installs what the program depends on, as `package-lock.json` says, for an architecture into `directory`, and Node with
 * it. npm checks all digests.
 */
export function install(repository: string, directory: string, architecture: Architecture): void {
  rmSync(directory, { recursive: true, force: true });
  for (const path of [
    'package.json',
    'package-lock.json',
    ...globSync('packages/*/package.json', { cwd: repository }),
  ]) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    copyFileSync(join(repository, path), join(directory, path));
  }
  const cpu = ARCHITECTURES[architecture];
  run(
    'npm',
    [
      ...[
        'ci',
        '--workspace=otelier',
        '--include-workspace-root',
        '--omit=dev',
        '--ignore-scripts',
        '--prefer-offline',
      ],
      ...['--os=linux', `--cpu=${cpu}`, '--libc=glibc', '--no-audit', '--no-fund', '--loglevel=error'],
    ],
    directory,
  );
}

/** Writes Node, from what `install` has installed. */
export function writeNode(root: string, installed: string, architecture: Architecture): void {
  const from = join(installed, 'node_modules', `node-linux-${ARCHITECTURES[architecture]}`);
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  copyFileSync(join(from, 'bin/node'), join(root, 'usr/local/bin/node'));
  chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  const doc = join(root, 'usr/share/doc/node');
  mkdirSync(doc, { recursive: true });
  copyFileSync(join(from, 'LICENSE'), join(doc, 'copyright'));
}

/** Writes the program, the page, the packages that they need, and the configuration. */
export async function writeProgram(root: string, repository: string, installed: string): Promise<void> {
  const modules = join(root, APP);
  mkdirSync(modules, { recursive: true });
  cpSync(join(installed, 'node_modules'), modules, { recursive: true, filter: isUsed });
  const collector = join(repository, 'packages/collector');
  const program = join(modules, 'otelier');
  cpSync(join(collector, 'bin'), join(program, 'bin'), { recursive: true });
  await bundleProgram(repository, join(program, 'program'));
  const { name, version, license, type } = JSON.parse(readFileSync(join(collector, 'package.json'), 'utf8'));
  writeFileSync(join(program, 'package.json'), JSON.stringify({ name, version, license, type }));
  copyFileSync(join(repository, 'LICENSE'), join(program, 'LICENSE'));
  const dashboard = join(repository, 'packages/dashboard');
  if (!existsSync(join(dashboard, 'dist/index.html')))
    throw new Error('The page is not built: run "npm run build:page" first.');
  cpSync(join(dashboard, 'dist'), join(modules, '@otelier/dashboard/dist'), { recursive: true });
  copyFileSync(join(dashboard, 'package.json'), join(modules, '@otelier/dashboard/package.json'));
  mkdirSync(join(root, 'etc/otelier'), { recursive: true });
  copyFileSync(join(repository, 'deploy/image/config.yaml'), join(root, 'etc/otelier/config.yaml'));
}

/** Leaves out Node (a layer of its own), links to workspaces, packages in the bundle, and files that are not run. */
function isUsed(path: string): boolean {
  const [, name = ''] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  if (/^(?:\.bin|\.package-lock\.json|node-linux-.*|otelier|@otelier\/.*|@types\/.*)$/.test(name)) return false;
  return !BUNDLED.includes(name) && !/\.(?:d\.[cm]?ts|map|md|markdown|ts|flow)$/.test(path);
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''} failed in ${cwd}`);
}
