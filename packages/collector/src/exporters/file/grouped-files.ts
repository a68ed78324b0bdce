import type { SignalContext } from '../../component/contract.ts';
import type { Lease } from '../../component/host.ts';
import type { FileConfig } from './config.ts';
import { GroupedPath } from './grouped-path.ts';
import { type OpenFile, openFile, settingsOf } from './open-file.ts';

/** A file that is open or being opened. */
interface UsedFile {
  readonly lease: Promise<Lease<OpenFile>>;
  writes: number;
  isEvicted: boolean;
}

/** Files by a value of telemetry, of which the most recently used ones are open. */
export class GroupedFiles {
  readonly settings: string;
  readonly #config: FileConfig;
  readonly #context: SignalContext;
  readonly #path: GroupedPath;
  /** By path, the least recently used one first. */
  readonly #files = new Map<string, UsedFile>();

  constructor(config: FileConfig, context: SignalContext) {
    this.settings = settingsOf(config);
    this.#config = config;
    this.#context = context;
    this.#path = new GroupedPath(config.path);
  }

  /** Writes records to the file of a value. */
  async write(records: readonly Uint8Array[], value: string): Promise<void> {
    const path = this.#path.of(value);
    const used = this.#use(path);
    try {
      const { file } = (await used.lease).value;
      await file.write(records);
    } catch (error) {
      // The next write tries to open it again.
      if (this.#files.get(path) === used && used.writes === 1) this.#evict(path, used);
      throw error;
    } finally {
      used.writes--;
      if (used.isEvicted && used.writes === 0) await release(used);
    }
  }

  /** Closes the files. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map(release));
  }

  #use(path: string): UsedFile {
    const known = this.#files.get(path);
    const used = known ?? { lease: openFile(path, this.#config, this.#context), writes: 0, isEvicted: false };
    used.writes++;
    this.#files.delete(path);
    this.#files.set(path, used);
    const [oldest] = this.#files;
    if (oldest !== undefined && this.#files.size > this.#config.groupBy.maxOpenFiles) this.#evict(...oldest);
    return used;
  }

  /** Closes a file after its last write. */
  #evict(path: string, used: UsedFile): void {
    this.#files.delete(path);
    used.isEvicted = true;
    if (used.writes === 0) void release(used);
  }
}

async function release({ lease }: UsedFile): Promise<void> {
  // A file that could not be opened needs no closing. Errors of the last sync were reported.
  await lease.then((file) => file.release()).catch(() => {});
}
