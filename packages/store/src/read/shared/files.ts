import { hasAllKeys, mayBeInMap } from '../../scan/block.ts';
import type { AttributeType } from '../../schema.ts';
import { attributeColumn, parseAttributeColumn } from '../../schema.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { isPlainText, quoteText } from './quote.ts';

/** The files that a query reads, and their columns. */
export class Files {
  readonly all: readonly StoredFile[];
  #promoted: ReadonlyMap<string, readonly AttributeType[]> | undefined;

  constructor(all: readonly StoredFile[]) {
    this.all = all;
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  get rows(): number {
    return this.all.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Returns the files that may have rows with `start <= time < end`. */
  overlapping(start: bigint, end: bigint): Files {
    return new Files(this.all.filter((file) => file.rows > 0 && file.minTime < end && file.maxTime >= start));
  }

  /** Returns the files as if some of them had no summary. */
  withoutSummaries(paths: readonly string[]): Files {
    return new Files(this.all.map((file) => (paths.includes(file.path) ? { ...file, summary: undefined } : file)));
  }

  /** Reports whether all rows are in the range, so that no time condition is needed. */
  lieWithin(start: bigint, end: bigint): boolean {
    return this.all.every((file) => file.minTime >= start && file.maxTime < end);
  }

  /** The table function that reads the files. There must be at least one. */
  get relation(): string {
    const paths = this.all.map((file) => quoteText(file.path)).join(', ');
    return this.all.length === 1 ? `read_parquet(${paths})` : `read_parquet([${paths}], union_by_name = true)`;
  }

  /**
   * Attribute keys that have their own column in some file, and the types of these columns. Excludes columns of files
   * written by older versions whose names cannot be written in SQL.
   */
  get promoted(): ReadonlyMap<string, readonly AttributeType[]> {
    this.#promoted ??= this.#collectPromoted();
    return this.#promoted;
  }

  /** Reports whether any file may have this key in its attribute map. */
  mayBeInMap(key: string): boolean {
    return this.all.some((file) => mayBeInMap(file, key));
  }

  /** Whether any file may have entries in its attribute map. */
  get mayUseMap(): boolean {
    return this.all.some((file) => {
      const promoted = new Set(file.promoted);
      const isPromoted = (name: string): boolean => {
        // `w`, the type for values that only wire bytes preserve, is never promoted.
        return promoted.has(attributeColumn(name.slice(0, -2), name.slice(-1) as AttributeType));
      };
      return !hasAllKeys(file) || !Object.keys(file.keys).every(isPromoted);
    });
  }

  #collectPromoted(): ReadonlyMap<string, readonly AttributeType[]> {
    const found = new Map<string, AttributeType[]>();
    for (const column of new Set(this.all.flatMap((file) => file.promoted))) {
      const parsed = parseAttributeColumn(column);
      if (parsed !== undefined && isPlainText(column))
        found.set(parsed.key, [...(found.get(parsed.key) ?? []), parsed.type]);
    }
    return found;
  }
}
