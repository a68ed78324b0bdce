import { type FileBytes, type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { type GroupLayout, readLayout } from '../../parquet/read/layout.ts';
import { RecentCache } from '../shared/recent-cache.ts';
import { isTail } from '../shared/tail.ts';

/** Maximum number of cached layouts. Each takes about 60 kB. */
const CACHED_LAYOUTS = 64;

/** The layouts of the files that were used last. */
export class Layouts {
  readonly #layouts = new RecentCache<readonly GroupLayout[]>(CACHED_LAYOUTS);
  readonly #files: FileOpener;

  constructor(files: FileOpener = PLAIN_FILES) {
    this.#files = files;
  }

  /** Opens a file. */
  open(path: string): FileBytes {
    return this.#files.open(path);
  }

  /** Returns the row groups of an open file. */
  of(file: FileBytes, path: string): readonly GroupLayout[] {
    const known = this.#layouts.get(path);
    if (known !== undefined) return known;
    const layout = readLayout(file, path);
    if (!isTail(path)) this.#layouts.set(path, layout, 1);
    return layout;
  }
}
