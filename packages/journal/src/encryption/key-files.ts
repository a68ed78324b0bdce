import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { setAside, syncDirectory } from '../set-aside.ts';
import { EncryptionError, type WrappedKey } from './contract.ts';

/** A data key in the file of its tenant. */
export interface StoredKey extends WrappedKey {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly createdMillis: number;
}

/** The wrapped data keys of a tenant, oldest first. */
export interface TenantKeys {
  readonly tenant: string;
  readonly keys: readonly StoredKey[];
}

/**
 * Two copies, because everything of a tenant depends on this file: a damaged copy is replaced by the other one.
 */
const SUFFIXES = ['.keys', '.keys.copy'] as const;
const VERSION = 1;

/** Returns the files in which the keys of a tenant are kept. */
export function keyFilesOf(directory: string, tenant: string): readonly string[] {
  const name = /^[a-z0-9][a-z0-9_-]{0,62}$/.test(tenant) ? tenant : `=${hash('sha256', tenant)}`;
  return SUFFIXES.map((suffix) => join(directory, name + suffix));
}

/**
 * Reads the wrapped keys of all tenants. A damaged copy is replaced, unless nothing may be written. Throws `EncryptionError` if both copies of one
 * are damaged.
 */
export function readKeyFiles(directory: string, report: (message: string) => void, isReadOnly = false): TenantKeys[] {
  if (!existsSync(directory)) return [];
  const names = new Set<string>();
  for (const name of readdirSync(directory)) {
    const suffix = SUFFIXES.find((one) => name.endsWith(one));
    if (suffix !== undefined) names.add(name.slice(0, -suffix.length));
  }
  const pathsOf = (name: string) => SUFFIXES.map((suffix) => join(directory, name + suffix));
  return [...names].sort().flatMap((name) => readCopies(pathsOf(name), report, isReadOnly));
}

/** Writes the wrapped keys of a tenant durably. */
export function writeKeyFile(directory: string, { tenant, keys }: TenantKeys): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const path of keyFilesOf(directory, tenant)) replaceFile(path, encode({ tenant, keys }));
}

/** Removes the keys of a tenant: nothing that they encrypted can be read again. */
export function removeKeyFile(directory: string, tenant: string): void {
  for (const path of keyFilesOf(directory, tenant)) rmSync(path, { force: true });
  if (existsSync(directory)) syncDirectory(directory);
}

function readCopies(
  paths: readonly string[],
  report: (message: string) => void,
  isReadOnly: boolean,
): readonly TenantKeys[] {
  const copies = paths.map((path) => ({ path, read: readCopy(path) }));
  const whole = copies.find(({ read }) => typeof read !== 'string');
  if (whole === undefined || typeof whole.read === 'string') {
    const reasons = copies.map(({ path, read }) => `${path}: ${read}`).join('; ');
    if (copies.every(({ read }) => read === MISSING || read === MISPLACED)) {
      report(`${reasons}; ignored`);
      return [];
    }
    throw new EncryptionError(
      `expected the data keys of a tenant, both copies are damaged: ${reasons}; restore one of them`,
    );
  }
  for (const { path, read } of copies) {
    if (typeof read !== 'string') continue;
    if (isReadOnly) {
      report(`${path}: ${read}`);
      continue;
    }
    const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isDirectory) setAside(path, join(dirname(path), 'damaged'), basename(path));
    replaceFile(path, encode(whole.read));
    report(`${path}: ${read}, replaced by its copy`);
  }
  return [whole.read];
}

const MISSING = 'missing';
const MISPLACED = 'it contains the keys of another tenant';

/** Returns the keys, or why they cannot be read. */
function readCopy(path: string): TenantKeys | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING : String(error);
  }
  const [content = '', sum = ''] = text.split('\n');
  if (sumOf(content) !== sum) return 'checksum mismatch';
  const { version, tenant, keys } = JSON.parse(content) as TenantKeys & { readonly version: number };
  if (version !== VERSION)
    throw new EncryptionError(`${path}: expected key files of version ${VERSION}, got ${version}`);
  return keyFilesOf(dirname(path), tenant).includes(path) ? { tenant, keys } : MISPLACED;
}

function encode({ tenant, keys }: TenantKeys): string {
  const content = JSON.stringify({ version: VERSION, tenant, keys });
  return `${content}\n${sumOf(content)}\n`;
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}
