import { join } from 'node:path';
import { hasOnly, isRecord, readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';
import { BackupError } from './contract.ts';

/** Name of the file that lists the contents of a backup. Replacing it commits a backup. */
export const MANIFEST = 'backup.json';

/** Version of the layout of backups. */
const FORMAT = 1;

/** A file of a backup. */
export interface BackupFile {
  /** Path relative to the directory of the backup. */
  readonly path: string;
  readonly bytes: number;
  /** Checksum of the contents, in hexadecimal digits. */
  readonly sha256: string;
  /** Checksum of the footer, which identifies a data file. */
  readonly footer?: string | undefined;
}

/**
 * The contents of a backup. Data files have the same path as in the store. The other files, which change, are in
 * `state-<generation>/`, so that an interrupted backup leaves those of the earlier backup unchanged.
 */
export interface Manifest {
  readonly generation: number;
  /** Time at which the backup began, in milliseconds since the epoch. */
  readonly createdMillis: number;
  readonly files: readonly BackupFile[];
}

/** Returns the name of the directory for the changing files of a backup. */
export function stateDirectory(generation: number): string {
  return `state-${generation}`;
}

/** Durably writes the manifest of a backup. */
export function writeManifest(directory: string, manifest: Manifest): void {
  writeCheckedJson(join(directory, MANIFEST), { format: FORMAT, ...manifest });
}

/** Reads the manifest of a backup. Returns `undefined` if there is none. Throws `BackupError` if it is damaged. */
export function readManifest(directory: string): Manifest | undefined {
  const path = join(directory, MANIFEST);
  const read = readCheckedJson(path);
  if (read.kind === 'missing') return undefined;
  if (read.kind === 'damaged') throw new BackupError(`${path}: expected the manifest of a backup: ${read.reason}`);
  const { format, ...manifest } = read.value;
  if (typeof format === 'number' && format > FORMAT) {
    throw new BackupError(
      `${path}: expected a backup of format ${FORMAT} or older, got format ${format}, written by a newer otelier. Upgrade otelier.`,
    );
  }
  if (!read.isChecked || format !== FORMAT || !isManifest(manifest)) {
    throw new BackupError(`${path}: expected the manifest of a backup, got other contents or no checksum`);
  }
  return manifest;
}

function isManifest(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & Manifest {
  const { generation, createdMillis, files } = value;
  return (
    hasOnly(value, ['generation', 'createdMillis', 'files']) &&
    isCount(generation) &&
    isCount(createdMillis) &&
    Array.isArray(files) &&
    files.every((file) => isBackupFile(file, stateDirectory(Number(generation))))
  );
}

function isBackupFile(value: unknown, state: string): boolean {
  if (!isRecord(value)) return false;
  const { path, bytes, sha256, footer } = value;
  return (
    isPath(path, state) &&
    isCount(bytes) &&
    isSha256(sha256) &&
    (footer === undefined || isSha256(footer)) &&
    hasOnly(value, ['path', 'bytes', 'sha256', 'footer'])
  );
}

/** Reports whether a path stays within the backup: a manifest may have been written by anyone. */
function isPath(path: unknown, state: string): boolean {
  if (typeof path !== 'string' || /[\\\0]/.test(path)) return false;
  const [first, ...rest] = path.split('/');
  const isPlain = rest.length > 0 && rest.every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain && (first === 'data' || first === state);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
