import type { FileBytes } from '../../parquet/file-bytes.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { ScanSource } from './protocol.ts';

/** A row group of an open file. */
export interface ScanGroup {
  readonly file: FileBytes;
  readonly source: ScanSource;
  readonly layout: GroupLayout;
  /** Range of the times of its rows, both ends inclusive. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
}

/** The row groups of files, which are opened when they are needed. */
export class ScanGroups {
  readonly #layouts: Layouts;
  readonly #timeColumn: string;
  /** Files that have not been opened, the newest last. */
  readonly #closed: ScanSource[];
  readonly #open: FileBytes[] = [];
  /** Row groups that have not been read, the newest last. */
  readonly #groups: ScanGroup[] = [];

  constructor(layouts: Layouts, sources: readonly ScanSource[], timeColumn: string) {
    this.#layouts = layouts;
    this.#timeColumn = timeColumn;
    this.#closed = [...sources].sort(byMaxTime);
  }

  /** Returns the row group with the newest row among those that have not been returned. */
  next(): ScanGroup | undefined {
    for (let file = this.#closed.at(-1); file !== undefined; file = this.#closed.at(-1)) {
      const newest = this.#groups.at(-1);
      if (newest !== undefined && newest.maxTime >= file.maxTime) break;
      this.#closed.pop();
      this.#groups.push(...this.#read(file));
      this.#groups.sort(byMaxTime);
    }
    return this.#groups.pop();
  }

  /** Returns a time that no unread row exceeds; `undefined` if there are none. */
  get bound(): bigint | undefined {
    const newest = [this.#closed.at(-1), this.#groups.at(-1)].filter((one) => one !== undefined).sort(byMaxTime);
    return newest.at(-1)?.maxTime;
  }

  close(): void {
    for (const file of this.#open) file.close();
    this.#open.length = 0;
  }

  #read(source: ScanSource): readonly ScanGroup[] {
    const file = this.#layouts.open(source.path);
    this.#open.push(file);
    return this.#layouts.of(file, source.path).map((layout) => {
      const bounds = layout.chunks.get(this.#timeColumn)?.bounds;
      return {
        file,
        source,
        layout,
        minTime: bounds === undefined ? source.minTime : timeOf(bounds.min),
        maxTime: bounds === undefined ? source.maxTime : timeOf(bounds.max),
      };
    });
  }
}

function timeOf(bytes: Uint8Array): bigint {
  return Buffer.from(bytes).readBigInt64LE();
}

function byMaxTime(a: { readonly maxTime: bigint }, b: { readonly maxTime: bigint }): number {
  return a.maxTime < b.maxTime ? -1 : a.maxTime > b.maxTime ? 1 : 0;
}
