import { sep } from 'node:path';
import { type GroupLayout, readLayout } from '../../parquet/read/layout.ts';

/** Maximum number of cached layouts. Each takes about 60 kB. */
const CACHED_LAYOUTS = 64;
/** Part of the paths of snapshots of pending rows, whose names are used again after a restart of the store thread. */
const TAIL = `${sep}tail${sep}`;

/** The layouts of the files that were used last. */
export class Layouts {
  readonly #layouts = new Map<string, readonly GroupLayout[]>();

  /** Returns the row groups of an open file. */
  of(file: number, path: string): readonly GroupLayout[] {
    const known = this.#layouts.get(path);
    const layout = known ?? readLayout(file, path);
    if (path.includes(TAIL)) return layout;
    this.#layouts.delete(path);
    this.#layouts.set(path, layout);
    const [oldest] = this.#layouts.keys();
    if (this.#layouts.size > CACHED_LAYOUTS && oldest !== undefined) this.#layouts.delete(oldest);
    return layout;
  }
}
