import { hash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openStateFile } from '@otelier/journal';
import { DEFAULT_TENANT, isTenantName } from '@otelier/otlp';
import type { DocumentEntry, DocumentKey, DocumentResponse, Documents, JsonValue, SavedDocument } from '@otelier/query';

/** Largest size of a document, encoded as JSON. */
const MAX_BYTES = 200_000;
/** Largest size of all documents together, which one listing reads. */
const MAX_TOTAL_BYTES = 20_000_000;
const MAX_DOCUMENTS = 500;
const MAX_TENANTS = 10_000;

/** A change that contradicts one made by someone else. */
export class DocumentConflictError extends Error {
  override readonly name = 'DocumentConflictError';
}

/** A document that is too large, or one too many. */
export class DocumentLimitError extends Error {
  override readonly name = 'DocumentLimitError';
}

/** The options of `DocumentFiles`. */
export interface DocumentFilesOptions {
  /** The directory. It is created with the first document. */
  readonly directory: string;
  readonly nowMillis: () => number;
  readonly onDamage: (message: string) => void;
  /** Maximum number of documents of a kind. Default 500. */
  readonly maxDocuments?: number;
}

interface Stored extends Omit<SavedDocument, 'kind' | 'id'> {
  readonly content: JsonValue;
}

/**
 * Documents of the page, one state file each, so that a crash leaves the old or the new revision. The owner of the
 * directory's lock is the only one who writes.
 */
export class DocumentFiles implements Documents {
  readonly #options: DocumentFilesOptions;
  /** Entries by file name, read by the first request. */
  #entries: Map<string, DocumentEntry> | undefined;
  readonly #tenants = new Map<string, DocumentFiles>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: DocumentFilesOptions) {
    this.#options = options;
  }

  of(tenant: string): Documents {
    if (tenant === DEFAULT_TENANT) return this;
    let documents = this.#tenants.get(tenant);
    if (documents === undefined) {
      if (this.#tenants.size >= MAX_TENANTS)
        throw new DocumentLimitError(`tenant: expected at most ${MAX_TENANTS} tenants with documents`);
      const name = isTenantName(tenant) ? tenant : `=${hash('sha256', tenant)}`;
      const directory = join(`${this.#options.directory}-of-tenants`, name);
      documents = new DocumentFiles({ ...this.#options, directory });
      this.#tenants.set(tenant, documents);
    }
    return documents;
  }

  async removeTenant(tenant: string): Promise<number> {
    if (tenant === DEFAULT_TENANT) return 0;
    const documents = this.of(tenant) as DocumentFiles;
    this.#tenants.delete(tenant);
    return documents.#removeAll();
  }

  #removeAll(): Promise<number> {
    return this.#inTurn(async () => {
      const count = this.#all().size;
      await rm(this.#options.directory, { recursive: true, force: true });
      this.#entries = undefined;
      return count;
    });
  }

  list(kind: DocumentEntry['kind']): readonly DocumentEntry[] {
    return [...this.#all().values()]
      .filter((entry) => entry.kind === kind)
      .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }

  read(kind: DocumentEntry['kind'], id: string): DocumentResponse | undefined {
    if (!this.#all().has(fileName(kind, id))) return undefined;
    const found = this.#read(fileName(kind, id));
    return found === undefined ? undefined : { kind, id, ...found };
  }

  save({ kind, id, name, content, revision }: DocumentKey & Pick<DocumentResponse, 'name' | 'content'>) {
    return this.#inTurn(async (): Promise<SavedDocument> => {
      const entries = this.#all();
      const file = fileName(kind, id);
      const existing = entries.get(file);
      checkRevision(existing, revision);
      const updatedMillis = this.#options.nowMillis();
      const stored: Stored = { name, revision: revision + 1, updatedMillis, content };
      const bytes = Buffer.from(JSON.stringify(stored));
      this.#checkLimits(kind, existing, bytes.length);
      mkdirSync(this.#options.directory, { recursive: true, mode: 0o750 });
      await openStateFile(this.#path(file), this.#options.onDamage).write(bytes);
      entries.set(file, { kind, id, name, revision: revision + 1, updatedMillis, sizeBytes: bytes.length });
      return { kind, id, name, revision: revision + 1, updatedMillis };
    });
  }

  remove({ kind, id, revision }: DocumentKey): Promise<boolean> {
    return this.#inTurn(async () => {
      const file = fileName(kind, id);
      const existing = this.#all().get(file);
      if (existing === undefined) return false;
      checkRevision(existing, revision);
      await unlink(this.#path(file));
      this.#all().delete(file);
      return true;
    });
  }

  /** Waits for pending changes. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    for (const documents of this.#tenants.values()) await documents.close();
  }

  /** Runs one change after the other, so that each sees the revision of the one before. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(change, change);
    this.#writing = done;
    return done;
  }

  #checkLimits(kind: DocumentEntry['kind'], existing: DocumentEntry | undefined, sizeBytes: number): void {
    if (sizeBytes > MAX_BYTES) {
      throw new DocumentLimitError(`content: expected at most ${MAX_BYTES} bytes of JSON, got ${sizeBytes}`);
    }
    const entries = [...this.#all().values()];
    const { maxDocuments = MAX_DOCUMENTS } = this.#options;
    if (existing === undefined && entries.filter((entry) => entry.kind === kind).length >= maxDocuments) {
      throw new DocumentLimitError(`id: expected at most ${maxDocuments} documents of this kind; remove one first`);
    }
    const total = entries.reduce((sum, entry) => sum + entry.sizeBytes, sizeBytes - (existing?.sizeBytes ?? 0));
    if (total > MAX_TOTAL_BYTES) {
      throw new DocumentLimitError(`content: expected at most ${MAX_TOTAL_BYTES} bytes in all documents, got ${total}`);
    }
  }

  #all(): Map<string, DocumentEntry> {
    if (this.#entries !== undefined) return this.#entries;
    const entries = new Map<string, DocumentEntry>();
    for (const file of filesIn(this.#options.directory)) {
      const [, kind, id] = FILE.exec(file) ?? [];
      if (!isKind(kind) || id === undefined) continue;
      const stored = this.#read(file);
      if (stored === undefined) continue;
      const { content: _, ...entry } = stored;
      entries.set(file, { kind, id, ...entry, sizeBytes: Buffer.byteLength(JSON.stringify(stored)) });
    }
    this.#entries = entries;
    return entries;
  }

  /** Reads a file. A damaged one is set aside and reported. */
  #read(file: string): Stored | undefined {
    const { value } = openStateFile(this.#path(file), this.#options.onDamage);
    if (value === undefined) return undefined;
    const stored: unknown = JSON.parse(Buffer.from(value).toString());
    return stored as Stored;
  }

  #path(file: string): string {
    return join(this.#options.directory, file);
  }
}

const KINDS = { board: true, query: true, search: true, triage: true } satisfies Record<DocumentEntry['kind'], true>;

function isKind(text: string | undefined): text is DocumentEntry['kind'] {
  return text !== undefined && Object.hasOwn(KINDS, text);
}

/** The names of files. IDs have no character that is special in a path. */
const FILE = new RegExp(`^(${Object.keys(KINDS).join('|')})-([a-z0-9][a-z0-9-]{0,63})\\.state$`);

function fileName(kind: DocumentEntry['kind'], id: string): string {
  const file = `${kind}-${id}.state`;
  if (!FILE.test(file))
    throw new Error(`id: expected up to 64 lowercase letters, digits and hyphens, got ${JSON.stringify(id)}`);
  return file;
}

function checkRevision(existing: DocumentEntry | undefined, revision: number): void {
  const current = existing?.revision ?? 0;
  if (current === revision) return;
  throw new DocumentConflictError(
    current === 0
      ? `revision: expected 0, because there is no such document, got ${revision}`
      : `revision: expected ${current}, which has been saved since, got ${revision}`,
  );
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
