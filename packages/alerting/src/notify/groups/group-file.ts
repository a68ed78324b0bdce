import { Buffer } from 'node:buffer';
import { mkdirSync, readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openStateFile, type StateCipher, type StateFile, setAside } from '@otelier/journal';
import type { Delivery } from '../delivery/delivery.ts';
import type { LabelSet } from '../matching/labels.ts';
import { groupIdOf } from './group-id.ts';
import type { LogEntry } from './needs-notification.ts';
import type { StoredAlert } from './stored-alert.ts';

/** What a file keeps of a group. It refers to integrations by name and contains no settings of theirs. */
export interface GroupRecord {
  readonly groupKey: string;
  readonly receiver: string;
  readonly labels: LabelSet;
  readonly alerts: readonly StoredAlert[];
  readonly log: readonly (readonly [integration: string, entry: LogEntry])[];
  readonly deliveries: readonly Delivery[];
}

const VERSION = 1;

/** The file of a group, which is replaced as a whole. It is created by the first write. */
export class GroupFile {
  readonly #path: string;
  readonly #onDamage: (message: string) => void;
  readonly #cipher: StateCipher | undefined;
  #file: StateFile | undefined;
  #isRemoving: Promise<void> = Promise.resolve();

  constructor(path: string, onDamage: (message: string) => void, cipher?: StateCipher, file?: StateFile) {
    this.#path = path;
    this.#cipher = cipher;
    this.#onDamage = onDamage;
    this.#file = file;
  }

  /** Writes the state of a group. Resolves when it is durable. */
  async write(record: GroupRecord): Promise<void> {
    const bytes = Buffer.from(JSON.stringify({ version: VERSION, ...record }));
    await this.#isRemoving;
    this.#file ??= openStateFile(this.#path, this.#onDamage, this.#cipher);
    await this.#file.write(bytes);
  }

  /** Removes the file. A later write creates it again. */
  remove(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return this.#isRemoving;
    this.#file = undefined;
    this.#isRemoving = this.#isRemoving
      .then(() => file.close())
      .then(() => unlink(this.#path))
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') this.#onDamage(`${this.#path}: cannot be removed: ${error.message}`);
      });
    return this.#isRemoving;
  }

  async close(): Promise<void> {
    await this.#isRemoving;
    await this.#file?.close();
  }
}

const SUFFIX = '.group';

/** Returns the file of a group. */
export function groupFile(
  directory: string,
  id: string,
  onDamage: (message: string) => void,
  cipher?: StateCipher,
): GroupFile {
  return new GroupFile(join(directory, id + SUFFIX), onDamage, cipher);
}

/** A group as its file keeps it. */
export interface ReadFile {
  readonly id: string;
  readonly path: string;
  readonly record: GroupRecord;
  readonly file: GroupFile;
}

/**
 * Reads the files of all groups in a directory, which is created. Damaged files, and further files of the same group,
 * are moved aside and reported.
 */
export function readGroupFiles(
  directory: string,
  onDamage: (message: string) => void,
  cipher?: StateCipher,
): readonly ReadFile[] {
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap((name): readonly ReadFile[] => {
      const path = join(directory, name);
      const file = openStateFile(path, onDamage, cipher);
      const record = file.value === undefined ? undefined : parseRecord(path, file.value, onDamage);
      if (record === undefined) return [];
      const id = groupIdOf(record.groupKey, record.receiver);
      return [{ id, path, record, file: new GroupFile(path, onDamage, cipher, file) }];
    });
  return [...Map.groupBy(files, ({ id }) => id)].flatMap(([id, same]) => {
    const [first, ...copies] = same.sort((a, b) => rankOf(a, id) - rankOf(b, id));
    for (const { path } of copies) {
      const moved = setAside(path, join(directory, 'damaged'), basename(path));
      onDamage(`${path}: a copy of ${first?.path}, moved to ${moved}`);
    }
    return first === undefined ? [] : [first];
  });
}

/** The file that is named after its group comes first. */
function rankOf({ path }: ReadFile, id: string): number {
  return basename(path) === id + SUFFIX ? 0 : 1;
}

function parseRecord(path: string, bytes: Uint8Array, onDamage: (message: string) => void): GroupRecord | undefined {
  const { version, ...record } = JSON.parse(Buffer.from(bytes).toString()) as GroupRecord & {
    readonly version: number;
  };
  if (version === VERSION) return record;
  onDamage(`${path}: expected version ${VERSION}, got ${version}; the group is left out`);
  return undefined;
}
