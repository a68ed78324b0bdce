import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyJournal } from '@otelier/journal';
import { KEYS } from '../encryption/open-encryption.ts';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { checkedJson } from '../write/files/checked-json.ts';
import { makeDirectory, syncDirectory, TEMPORARY, writeFileDurably } from '../write/files/durable.ts';
import { FileNumbers } from '../write/files/file-numbers.ts';
import { type DataFile, readDataFile } from '../write/files/files.ts';
import { type PositionsFile, readPositionsFile } from '../write/files/positions.ts';
import type { Positions } from '../write/protocol.ts';
import { BackupError } from './contract.ts';
import { copyVerified, digestFile } from './copy.ts';
import type { BackupFile } from './manifest.ts';

/** What the program that has the store keeps in its directory besides: documents of the page, alerts and silences, and its own past. */
const BESIDE = {
  directories: [KEYS, 'rejected', 'documents', 'documents-of-tenants', 'removals', 'alerting'],
  files: ['process-history.json', 'removed-tenants.json'],
} as const;

/** Name of the directories with files that were set aside. */
const DAMAGED = 'damaged';

/** Number of attempts to copy the journals before the process has discarded one of the segments. */
const ATTEMPTS = 20;

/** A data file of a store. `file` is missing if its footer cannot be read. */
export interface Found {
  /** Path relative to the store's directory. */
  readonly path: string;
  readonly file: DataFile | undefined;
}

/** The state of a store at a moment: the copied journals, and the data files that were written until then. */
export interface State {
  readonly found: readonly Found[];
  readonly files: readonly BackupFile[];
}

/**
 * Copies the changing files of a store to a directory `name` of `target`, and lists the data files that belong to them.
 * A process may write to the store at the same time.
 *
 * The journals are copied first: they contain every acknowledged row that was not in a file then. A data file that was
 * written afterwards states positions beyond the copied end, and is left out, because its older rows are in the
 * copied journals and its newer ones are from after the beginning. The rest is the state after a crash at that moment.
 */
export async function copyState(store: string, target: string, name: string, opener: FileOpener): Promise<State> {
  const positions = readPositionsFile(join(store, 'positions.json'));
  const directory = join(target, name);
  await rm(directory, { recursive: true, force: true });
  makeDirectory(directory);
  const ends = await copyJournals(store, directory);
  const found = listData(store, opener).filter(
    ({ file }) => file === undefined || isWithin(file.footer.positions, ends),
  );
  await copyVerified(join(store, 'store.json'), join(directory, 'store.json'));
  const kept = { ...positionsOf(positions, found) };
  writeFileDurably(join(directory, 'positions.json'), [Buffer.from(checkedJson(kept))]);
  for (const beside of BESIDE.directories) await copyDirectory(join(store, beside), join(directory, beside));
  for (const file of BESIDE.files) await copyIfPresent(join(store, file), join(directory, file));
  return { found, files: await digests(directory, name) };
}

/** Copies the journals until none of their segments is discarded meanwhile. Returns the end position of each copy. */
async function copyJournals(store: string, directory: string): Promise<Positions> {
  const parent = join(store, 'journal');
  const copy = join(directory, 'journal');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    try {
      for (const journal of directoriesIn(parent)) await copyJournal(join(parent, journal), join(copy, journal));
      const ends: Record<string, number> = {};
      for (const journal of directoriesIn(copy)) ends[journal] = (await verifyJournal(join(copy, journal))).endPosition;
      syncDirectory(copy);
      return ends;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new BackupError(`${parent}: expected to copy the journals, but segments were discarded ${ATTEMPTS} times`);
}

async function copyJournal(journal: string, copy: string): Promise<void> {
  makeDirectory(copy);
  const names = readdirSync(journal).sort();
  const segments = names.filter((name) => name.endsWith('.journal'));
  // The mark must not be ahead of the copied segments, so it is copied first.
  for (const name of names) if (!segments.includes(name)) await copyVerified(join(journal, name), join(copy, name));
  for (const name of segments) await copyVerified(join(journal, name), join(copy, name));
  // Older segments are discarded first: if the first is still there, all are.
  const [first] = segments;
  if (first !== undefined && !existsSync(join(journal, first))) {
    throw Object.assign(new Error(`${first}: discarded`), { code: 'ENOENT' });
  }
  syncDirectory(copy);
}

/** Lists the data files of a store. */
function listData(store: string, opener: FileOpener): readonly Found[] {
  const data = join(store, 'data');
  if (!existsSync(data)) return [];
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  return names.sort().flatMap((name): readonly Found[] => {
    const path = join(data, name);
    const relative = `data/${name.replaceAll('\\', '/')}`;
    try {
      return [{ path: relative, file: readDataFile(path, opener) }];
    } catch {
      // Retention removed it, or it is damaged, which its copy reports.
      return existsSync(path) ? [{ path: relative, file: undefined }] : [];
    }
  });
}

function isWithin(positions: Positions, ends: Positions): boolean {
  return Object.entries(positions).every(([journal, position]) => position <= (ends[journal] ?? position));
}

/** Returns the positions for a backup with these data files, in which the numbers of all other files are absent. */
function positionsOf(kept: PositionsFile | undefined, found: readonly Found[]): PositionsFile {
  const numbers = new FileNumbers();
  for (const { path } of found) numbers.add(path);
  numbers.restore(kept?.absent ?? [], kept?.lastNumber ?? 0);
  numbers.takeMissing();
  const { written = {}, partial = {}, resume = {} } = kept ?? {};
  return { written, partial, resume, absent: numbers.absent, lastNumber: numbers.last };
}

async function copyDirectory(source: string, target: string): Promise<void> {
  if (!existsSync(source)) return;
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory() && entry.name !== DAMAGED) await copyDirectory(from, to);
    else if (entry.isFile() && !entry.name.endsWith(TEMPORARY)) await copyIfPresent(from, to);
  }
  if (existsSync(target)) syncDirectory(target);
}

/** Copies a file that may be removed meanwhile. A replaced one is copied as it was before or after. */
async function copyIfPresent(source: string, target: string): Promise<void> {
  try {
    await copyVerified(source, target);
  } catch (error) {
    if (!isMissing(error) || existsSync(source)) throw error;
  }
}

async function digests(directory: string, name: string): Promise<readonly BackupFile[]> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: BackupFile[] = [];
  for (const path of paths.sort()) {
    const relative = path.slice(directory.length + 1).replaceAll('\\', '/');
    files.push({ path: `${name}/${relative}`, ...(await digestFile(path)) });
  }
  return files;
}

function directoriesIn(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** Reports whether an error is about a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
