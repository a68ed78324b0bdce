import type { DataFile } from './files.ts';
import type { SnapshotMessage } from './protocol.ts';

/** Remembers which files the reading side knows, and describes only the others to it (see `SnapshotMessage`). */
export class DescribedFiles {
  /** Paths of the last snapshot of each tenant and signal. */
  readonly #paths = new Map<string, ReadonlySet<string>>();

  /** The message of a snapshot of a tenant and signal (`keyOf`). */
  message(key: string, pin: number, files: readonly DataFile[]): SnapshotMessage {
    const known = this.#paths.get(key);
    const added = files.filter(({ path }) => known?.has(path) !== true);
    const paths = files.map(({ path }) => path);
    this.#paths.set(key, new Set(paths));
    // Footers are the writer's; copying them to the reader's thread would be for nothing.
    return { pin, paths, added: added.map(({ footer: _, ...file }) => file) };
  }
}
