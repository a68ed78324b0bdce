import type { SignalContext } from '../../component/contract.ts';
import type { StateFile } from '../../component/storage/contract.ts';
import { storageOf } from '../../component/storage/storage-of.ts';

/**
 * The endpoints whose queues on disk can have batches, which a process that starts with other endpoints delivers too. Without
 * storage, nothing is stored.
 */
export class MemberList {
  readonly #storage: string | undefined;
  readonly #context: SignalContext;
  #file: StateFile | undefined;

  constructor(storage: string | undefined, context: SignalContext) {
    this.#storage = storage;
    this.#context = context;
  }

  /** Opens the list and returns the endpoints of the process before. */
  async open(): Promise<readonly string[]> {
    if (this.#storage === undefined) return [];
    const { host, kind, id, signal } = this.#context;
    this.#file = await storageOf(this.#storage, host).openState({ kind, id }, `members_${signal}`);
    const { value } = this.#file;
    return value === undefined ? [] : (JSON.parse(Buffer.from(value).toString('utf8')) as string[]);
  }

  /** Stores the endpoints. Resolves when they are durable. */
  async write(endpoints: Iterable<string>): Promise<void> {
    await this.#file?.write(Buffer.from(JSON.stringify([...endpoints])));
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
