import { mkdirSync, readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory, openStateFile } from '@otelier/journal';
import { z } from '../../component/schema.ts';

/** A configuration that ran: when, by whom, and what it changed. */
export interface Revision {
  readonly revision: number;
  /** Time at which it was applied, in milliseconds since the Unix epoch. */
  readonly atMillis: number;
  /** Who applied it: a name that a person gave, or `file` for a change that the page did not make. */
  readonly by: string;
  readonly what: string;
  /** The text, with its secrets. */
  readonly text: string;
}

/** The options of `RevisionFiles`. */
export interface RevisionFilesOptions {
  /** The directory, which is created with the first revision. */
  readonly directory: string;
  readonly onDamage: (message: string) => void;
  /** Number of revisions that are kept. Default 50. */
  readonly maxRevisions?: number;
}

const MAX_REVISIONS = 50;

/**
 * The revisions of a configuration file, one state file each, which only their owner may read: they contain the secrets
 * that the configuration contains. A crash leaves the revisions with or without the one that was written.
 */
export class RevisionFiles {
  readonly #options: RevisionFilesOptions;
  #unlock: (() => void) | undefined;
  /** Without texts, which are read when asked for. The oldest first. */
  #entries: Omit<Revision, 'text'>[] | undefined;

  constructor(options: RevisionFilesOptions) {
    this.#options = options;
  }

  /** The revisions, the newest first. Their directory stays locked. Throws a `DirectoryLockedError`. */
  list(): readonly Omit<Revision, 'text'>[] {
    return this.#all().toReversed();
  }

  read(revision: number): Revision | undefined {
    return this.#all().some((entry) => entry.revision === revision) ? this.#read(revision) : undefined;
  }

  /** Appends a revision, and removes the oldest ones beyond the limit. Resolves once it is durable. */
  async append(revision: Omit<Revision, 'revision'>): Promise<Revision> {
    const entries = this.#all();
    const added = { revision: (entries.at(-1)?.revision ?? 0) + 1, ...revision };
    mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
    this.#unlock ??= lockDirectory(this.#options.directory);
    await openStateFile(this.#path(added.revision), this.#options.onDamage).write(Buffer.from(JSON.stringify(added)));
    const { text: _, ...entry } = added;
    entries.push(entry);
    const { maxRevisions = MAX_REVISIONS } = this.#options;
    for (const { revision: old } of entries.splice(0, Math.max(0, entries.length - maxRevisions))) {
      await unlink(this.#path(old)).catch(() => undefined);
    }
    return added;
  }

  close(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  #all(): Omit<Revision, 'text'>[] {
    if (this.#entries !== undefined) return this.#entries;
    const files = filesIn(this.#options.directory);
    if (files !== undefined) this.#unlock ??= lockDirectory(this.#options.directory);
    const numbers = (files ?? []).flatMap((file) => {
      const [, digits] = FILE.exec(file) ?? [];
      return digits === undefined ? [] : [Number(digits)];
    });
    const entries = numbers
      .toSorted((a, b) => a - b)
      .flatMap((number) => {
        const found = this.#read(number);
        if (found === undefined) return [];
        const { text: _, ...entry } = found;
        return [entry];
      });
    this.#entries = entries;
    return entries;
  }

  /** Reads a revision. A damaged one is set aside and reported. */
  #read(revision: number): Revision | undefined {
    const path = this.#path(revision);
    const { value } = openStateFile(path, this.#options.onDamage);
    if (value === undefined) return undefined;
    const parsed = stored.safeParse(jsonOf(value));
    if (parsed.success && parsed.data.revision === revision) return parsed.data;
    this.#options.onDamage(`${path}: expected revision ${revision}, got something else; it is not listed`);
    return undefined;
  }

  #path(revision: number): string {
    return join(this.#options.directory, `${String(revision).padStart(6, '0')}.state`);
  }
}

const FILE = /^(\d{6,9})\.state$/;

const stored = z.object({
  revision: z.int(),
  atMillis: z.number(),
  by: z.string(),
  what: z.string(),
  text: z.string(),
});

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Returns the names in a directory; `undefined` if there is none. */
function filesIn(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
