import type { SnapshotMessage } from '../protocol.ts';
import type { DataFile } from './files.ts';

/** Tracks which files the read side knows, so that only new ones are described to it (see `SnapshotMessage`). */
export class DescribedFiles {
  /** Paths in the last snapshot of each tenant and signal. */
  readonly #paths = new Map<string, ReadonlySet<string>>();

  /** Returns the message for a snapshot of a tenant and signal (`keyOf`). */
  message(key: string, pin: number, files: readonly DataFile[]): SnapshotMessage {
    const known = this.#paths.get(key);
    const added = files.filter(({ path }) => known?.has(path) !== true);
    const paths = files.map(({ path }) => path);
    this.#paths.set(key, new Set(paths));
    // Only the writer needs footers and checksums, so they are not copied to the reading thread.
    return { pin, paths, added: added.map(({ footer: _, attachmentChecksum: _checksum, ...file }) => file) };
  }
}
