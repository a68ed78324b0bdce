import type { AttributeType } from '../schema.ts';
import { parseAttributeColumn } from '../schema.ts';
import type { StoredFile } from '../write/protocol.ts';
import { quoteText } from './quote.ts';

/** A footer lists the most frequent keys, at most this many; with fewer the list is complete. */
const LISTED_KEYS = 1000;

/** The files that a query reads, and what columns they have. */
export class Files {
  readonly all: readonly StoredFile[];
  #promoted: ReadonlyMap<string, readonly AttributeType[]> | undefined;

  constructor(all: readonly StoredFile[]) {
    this.all = all;
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** Those that may have rows with `start <= time < end`. */
  overlapping(start: bigint, end: bigint): Files {
    return new Files(this.all.filter((file) => file.rows > 0 && file.minTime < end && file.maxTime >= start));
  }

  /** Whether no row lies outside of the range, which makes a condition on time needless. */
  lieWithin(start: bigint, end: bigint): boolean {
    return this.all.every((file) => file.minTime >= start && file.maxTime < end);
  }

  /** The table function that reads them; not to be called without files. */
  get relation(): string {
    const paths = this.all.map((file) => quoteText(file.path)).join(', ');
    return this.all.length === 1 ? `read_parquet(${paths})` : `read_parquet([${paths}], union_by_name = true)`;
  }

  /** Attribute keys that have columns of their own in some file, with the types of these columns. */
  get promoted(): ReadonlyMap<string, readonly AttributeType[]> {
    this.#promoted ??= this.#collectPromoted();
    return this.#promoted;
  }

  /** Whether some file may have this key in its map of attributes. */
  mayBeInMap(key: string): boolean {
    return this.all.some((file) => {
      const listed = [...KEY_TYPES].some((type) => {
        const name = `${key}#${type}`;
        return file.keys[name] !== undefined && !file.promoted.includes(`a.${name}`);
      });
      return listed || !isComplete(file);
    });
  }

  /** Whether some file may have anything in its map of attributes. */
  get mayUseMap(): boolean {
    return this.all.some((file) => {
      const promoted = new Set(file.promoted);
      return !isComplete(file) || Object.keys(file.keys).some((key) => !promoted.has(`a.${key}`));
    });
  }

  #collectPromoted(): ReadonlyMap<string, readonly AttributeType[]> {
    const found = new Map<string, AttributeType[]>();
    for (const column of new Set(this.all.flatMap((file) => file.promoted))) {
      const parsed = parseAttributeColumn(column);
      if (parsed !== undefined) found.set(parsed.key, [...(found.get(parsed.key) ?? []), parsed.type]);
    }
    return found;
  }
}

/** Types of attributes as footers list them: those that can be promoted, and `w` for what only wire bytes keep whole. */
const KEY_TYPES = 'sidbw';

function isComplete(file: StoredFile): boolean {
  return Object.keys(file.keys).length < LISTED_KEYS;
}
