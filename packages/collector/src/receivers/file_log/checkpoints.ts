import type { StateFile } from '../../component/storage/contract.ts';
import type { FilePosition } from './log-file.ts';

const VERSION = 1;

interface Stored {
  readonly version: number;
  readonly files: readonly FilePosition[];
}

/** The positions in files, as they are stored. */
export class Checkpoints {
  readonly #state: StateFile;
  #written = '';

  constructor(state: StateFile) {
    this.#state = state;
  }

  /** Returns the stored positions. Throws if a newer version has stored them. */
  load(): readonly FilePosition[] {
    const { value } = this.#state;
    if (value === undefined || value.length === 0) return [];
    this.#written = Buffer.from(value).toString();
    const { version, files } = JSON.parse(this.#written, bigIntOf) as Stored;
    if (version !== VERSION) throw new Error(`storage: expected positions of version ${VERSION}, got ${version}`);
    return files;
  }

  /** Stores positions. Resolves when they are durable. */
  async save(files: readonly FilePosition[]): Promise<void> {
    const text = JSON.stringify({ version: VERSION, files } satisfies Stored, textOf);
    if (text === this.#written) return;
    await this.#state.write(Buffer.from(text));
    this.#written = text;
  }

  close(): Promise<void> {
    return this.#state.close();
  }
}

/** Integers of headers, which JSON cannot contain. */
const INTEGER = /^int64:(-?\d+)$/;

function textOf(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `int64:${value}`;
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function bigIntOf(_: string, value: unknown): unknown {
  const integer = typeof value === 'string' ? INTEGER.exec(value)?.[1] : undefined;
  return integer === undefined ? value : BigInt(integer);
}
