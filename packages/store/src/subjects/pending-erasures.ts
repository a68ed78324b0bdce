import { join } from 'node:path';
import { readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';
import type { Report } from '../write/files/damaged.ts';
import type { ErasedFile, SubjectErasure } from './contract.ts';

const NAME = 'erasures.json';

interface Pending {
  readonly erasure: SubjectErasure;
  readonly beganMillis: number;
  readonly files: readonly ErasedFile[];
}

/**
 * The erasures that are not finished, in a file of the store's directory, so that they survive a crash. The file has the
 * subjects, and exists only meanwhile.
 */
export class PendingErasures {
  readonly #path: string;
  readonly #pending = new Map<string, Pending>();

  /** Reads the file. Reports one that is damaged, which then counts as empty. */
  constructor(directory: string, report: Report) {
    this.#path = join(directory, NAME);
    const read = readCheckedJson(this.#path);
    if (read.kind === 'damaged' || (read.kind === 'whole' && !read.isChecked))
      report(`${this.#path}: damaged: erasures that were not finished are lost; erase these subjects again`);
    const erasures = read.kind === 'whole' && read.isChecked ? read.value['erasures'] : [];
    for (const one of Array.isArray(erasures) ? (erasures as readonly StoredErasure[]) : []) {
      const { start, end } = one.erasure;
      const bounds = {
        start: start === undefined ? undefined : BigInt(start),
        end: end === undefined ? undefined : BigInt(end),
      };
      this.#pending.set(one.erasure.id, { ...one, erasure: { ...one.erasure, ...bounds } });
    }
  }

  all(): readonly SubjectErasure[] {
    return [...this.#pending.values()].map(({ erasure }) => erasure);
  }

  /** Notes durably that an erasure begins, unless it has begun. Returns when it did. */
  add(erasure: SubjectErasure, nowMillis: number): number {
    const known = this.#pending.get(erasure.id);
    if (known !== undefined) return known.beganMillis;
    this.#pending.set(erasure.id, { erasure, beganMillis: nowMillis, files: [] });
    this.#write();
    return nowMillis;
  }

  /** Notes durably which files were replaced. Returns those of all attempts. */
  done(id: string, files: readonly ErasedFile[]): readonly ErasedFile[] {
    const known = this.#pending.get(id);
    if (known === undefined) return files;
    const all = [...known.files, ...files];
    this.#pending.set(id, { ...known, files: all });
    this.#write();
    return all;
  }

  remove(id: string): void {
    this.#pending.delete(id);
    this.#write();
  }

  #write(): void {
    const erasures = [...this.#pending.values()].map(({ erasure, ...rest }): StoredErasure => {
      return { ...rest, erasure: { ...erasure, start: erasure.start?.toString(), end: erasure.end?.toString() } };
    });
    writeCheckedJson(this.#path, { erasures });
  }
}

type StoredErasure = Omit<Pending, 'erasure'> & {
  readonly erasure: Omit<SubjectErasure, 'start' | 'end'> & {
    readonly start?: string | undefined;
    readonly end?: string | undefined;
  };
};
