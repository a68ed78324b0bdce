import type { Worker } from 'node:worker_threads';
import { takeBytes } from '@otelier/otlp';
import { SMALL_HEAP, startThread } from '@otelier/store/thread';
import type { Clock } from '@otelier/transport';
import type {
  FailedModule,
  FromThread,
  FunctionRequest,
  FunctionResult,
  LoadedModule,
  ModuleSource,
  PartsMessage,
  RequestMessage,
  ResultMessage,
  ThreadOptions,
} from './protocol.ts';
import { type Region, SharedArena } from './shared-arena.ts';

/** How long a module may take to load, which includes its own top-level code. */
const LOAD_TIMEOUT_MILLIS = 30_000;

/** The options of `FunctionThread`. */
export interface FunctionThreadOptions extends Omit<ThreadOptions, 'running' | 'memory' | 'sources'> {
  readonly sources?: ReadonlyMap<string, ModuleSource>;
  /** Memory of a thread that has ended. */
  readonly arena?: SharedArena | undefined;
  readonly clock: Clock;
  /** Receives the result of each request. */
  results?(results: readonly FunctionResult[]): void;
  /** Called when the thread has ended without `terminate`, with the reason. */
  ended?(reason: string): void;
}

/** The result of loading a module in a thread. */
export type Load = ({ readonly ok: true } & LoadedModule) | ({ readonly ok: false } & FailedModule);

/** A thread that has imported a module of the user and applies its functions. */
export class FunctionThread {
  /** Resolves when the module has been loaded or has failed to load. */
  readonly load: Promise<Load>;
  /** Number of requests without a result. */
  inFlight = 0;
  readonly #worker: Worker;
  readonly #running = new Int32Array(new SharedArrayBuffer(4));
  readonly #load = Promise.withResolvers<Load>();
  readonly #options: FunctionThreadOptions;
  readonly #cancelTimeout: () => void;
  readonly #arena: SharedArena;
  readonly #regions = new Map<number, Region>();
  #outbox: RequestMessage[] = [];
  #isTerminated = false;
  #isLoaded = false;

  constructor(options: FunctionThreadOptions) {
    this.#options = options;
    const { file, name, sources, arena = new SharedArena() } = options;
    this.#arena = arena;
    this.load = this.#load.promise;
    const workerData: ThreadOptions = { file, name, sources, running: this.#running, memory: arena.memory };
    this.#worker = startThread(import.meta.url, './thread', {
      name: 'otelier-functions',
      workerData,
      resourceLimits: SMALL_HEAP,
    });
    this.#cancelTimeout = options.clock.setTimeout(() => this.#loadTimedOut(), LOAD_TIMEOUT_MILLIS);
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    let failure = 'its thread exited';
    this.#worker.on('error', (error: unknown) => {
      failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    });
    this.#worker.on('exit', () => this.#exited(failure));
  }

  /** ID of the request that the thread is processing; 0 if there is none. */
  get runningId(): number {
    return Atomics.load(this.#running, 0);
  }

  /** Sends a request. Its result arrives at `results`. */
  send(request: FunctionRequest): void {
    this.inFlight += 1;
    this.#outbox.push({ ...request, parts: this.#put(request) });
    if (this.#outbox.length > 1) return;
    // Messages are expensive, so the requests of one turn of the event loop are one message.
    setImmediate(() => {
      const requests = this.#outbox;
      this.#outbox = [];
      if (!this.#isTerminated) this.#worker.postMessage(requests);
    });
  }

  /** Copies the parts of a batch, which can be in use elsewhere, into the shared memory, or for a message. */
  #put({ id, parts }: FunctionRequest): PartsMessage {
    const region = this.#arena.put(parts);
    if (region === undefined) return parts.map(ownMemory);
    this.#regions.set(id, region);
    return { offset: region.offset, lengths: parts.map(({ length }) => length) };
  }

  #take({ id, parts, ...result }: ResultMessage): FunctionResult {
    const region = this.#regions.get(id);
    let taken: readonly Uint8Array[] | undefined;
    if (parts !== undefined && 'lengths' in parts) {
      let { offset } = parts;
      taken = parts.lengths.map((length) => {
        const part = takeBytes(length);
        this.#arena.read(offset, part);
        offset += length;
        return part;
      });
    } else taken = parts;
    if (region !== undefined) this.#arena.release(region);
    this.#regions.delete(id);
    return { ...result, id, parts: taken };
  }

  /** Ends the thread, even within an endless loop. Returns its memory, for another thread. */
  async terminate(): Promise<SharedArena> {
    this.#isTerminated = true;
    this.#cancelTimeout();
    await this.#worker.terminate();
    this.#arena.clear();
    return this.#arena;
  }

  #receive(message: FromThread): void {
    if (this.#isTerminated) return;
    if (message.kind === 'results') {
      this.inFlight -= message.results.length;
      this.#options.results?.(message.results.map((result) => this.#take(result)));
      return;
    }
    this.#isLoaded = true;
    this.#cancelTimeout();
    this.#load.resolve(message.kind === 'loaded' ? { ok: true, ...message } : { ok: false, ...message });
  }

  #loadTimedOut(): void {
    this.#failLoad(`expected the module to load within ${LOAD_TIMEOUT_MILLIS / 1000} s`);
    void this.terminate();
  }

  #exited(reason: string): void {
    this.#cancelTimeout();
    if (!this.#isLoaded) this.#failLoad(reason);
    if (!this.#isTerminated) this.#options.ended?.(reason);
    this.#isTerminated = true;
  }

  #failLoad(message: string): void {
    const error = { file: this.#options.file, line: 0, column: 0, message };
    this.#load.resolve({ ok: false, error, sources: new Map() });
  }
}

/** Returns the part in its own buffer, because messages copy an array's entire buffer. */
function ownMemory(part: Uint8Array): Uint8Array {
  return part.byteLength === part.buffer.byteLength ? part : part.slice();
}
