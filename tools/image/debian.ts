import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A package of Debian, pinned by its digest. */
export interface DebianPackage {
  /** Path below the mirror. */
  readonly path: string;
  readonly sha256: string;
}

/** Name, version and description of a package, as in its control file. */
export interface Control {
  readonly name: string;
  readonly version: string;
  readonly text: string;
}

/** Downloads a package from `mirror` into the directory `cache`, unless it is there. Throws if its digest is another. */
export async function download(mirror: string, { path, sha256 }: DebianPackage, cache: string): Promise<string> {
  const file = join(cache, `${sha256}.deb`);
  if (existsSync(file)) return file;
  const url = `${mirror.replace(/\/$/, '')}/${path}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: expected status 200, got ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) throw new Error(`${url}: expected SHA-256 ${sha256}, got ${digest}`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/**
 * Extracts the shared libraries and the copyright file of a package into the root file system `root`, and records the
 * package where scanners look for it (`/var/lib/dpkg/status.d`). Needs `tar` with xz.
 */
export function extractLibraries(file: string, root: string, scratch: string): Control {
  const members = readArchive(readFileSync(file));
  const extract = (prefix: string) => {
    const [name, bytes] = [...members].find(([member]) => member.startsWith(prefix)) ?? [];
    if (name === undefined || bytes === undefined) throw new Error(`${basename(file)}: expected a member ${prefix}*`);
    const directory = join(scratch, prefix);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const { status, stderr } = spawnSync('tar', ['-x', '-J', '-C', directory], { input: bytes });
    if (status !== 0) throw new Error(`tar failed for ${name} of ${basename(file)}: ${stderr}`);
    return directory;
  };
  const text = readFileSync(join(extract('control.tar'), 'control'), 'utf8');
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const control = { name: field('Package'), version: field('Version'), text };
  const data = extract('data.tar');
  for (const path of ['usr/lib', 'usr/lib64', `usr/share/doc/${control.name}/copyright`]) {
    if (!existsSync(join(data, path))) continue;
    cpSync(join(data, path), join(root, path), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  }
  const status = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(status, { recursive: true });
  writeFileSync(join(status, control.name), text);
  return control;
}

/** Converters of `iconv` and the data of other programs are not needed. */
function isNeeded(path: string): boolean {
  return !/\/(?:gconv|audit|locale|systemd|tmpfiles\.d)(?:\/|$)/.test(path);
}

/** Reads the members of an archive in the format of `ar`. */
function readArchive(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const members = new Map<string, Buffer>();
  if (bytes.toString('latin1', 0, 8) !== '!<arch>\n') throw new Error('expected a Debian package');
  for (let pos = 8; pos + 60 <= bytes.length; ) {
    const size = Number(bytes.toString('latin1', pos + 48, pos + 58));
    members.set(bytes.toString('latin1', pos, pos + 16).trim(), bytes.subarray(pos + 60, pos + 60 + size));
    pos += 60 + size + (size % 2);
  }
  return members;
}
