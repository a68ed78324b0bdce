import { MessageChannel, type Worker } from 'node:worker_threads';
import type { Batch, Outcome } from '@otelier/otlp';
import { startThread } from '@otelier/store/thread';
import type { Clock } from '@otelier/transport';
import { errorMessage } from '../../component/error-message.ts';
import type { FailedModule, ModuleSource } from '../../functions/protocol.ts';
import type {
  ComponentRequest,
  ComponentThreadOptions,
  DefinitionDescription,
  FromComponents,
  HostCall,
  HostRequest,
  InstanceCall,
  Target,
  ToComponents,
} from './protocol.ts';
import { SyncCalls } from './sync-calls.ts';

/** How long a module may take to load, which includes its own top-level code. */
const LOAD_TIMEOUT_MILLIS = 30_000;
/** A thread whose event loop has not run for this many checks in a row is blocked. */
const CHECK_MILLIS = 1_000;
const MAX_MISSED_CHECKS = 10;
/** How long this thread, and all that it does, waits for an authenticator of a module. */
const CALL_MILLIS = 1_000;
/** Components can hold more than functions, which keep nothing. */
const HEAP = { maxOldGenerationSizeMb: 512 } as const;

/** What a thread tells about its instances. */
export interface ThreadEvents {
  forward(instance: number, target: Target, batch: Batch): Outcome | Promise<Outcome>;
  dropped(instance: number, itemCount: number, reason: string): void;
  status(instance: number, status: string | undefined): void;
  log(instance: number, line: string): void;
  request(instance: number, request: HostRequest): Promise<unknown>;
  call(instance: number, call: HostCall): unknown;
  /** The thread has ended without `terminate`. Requests without a reply have failed. */
  ended(reason: string): void;
}

/** The options of `ComponentThread`. */
export interface ComponentThreadSettings {
  readonly file: string;
  readonly sources?: ReadonlyMap<string, ModuleSource> | undefined;
  readonly clock: Clock;
  readonly events?: ThreadEvents;
}

/** The result of loading a module with components. */
export type ComponentLoad =
  | {
      readonly ok: true;
      readonly definitions: readonly DefinitionDescription[];
      readonly sources: ReadonlyMap<string, ModuleSource>;
    }
  | ({ readonly ok: false } & FailedModule);

/** Thrown when a component in the thread throws, with its message and position. */
export class ComponentFailure extends Error {
  override readonly name: string = 'ComponentFailure';
}

/** Thrown when the thread ends before it has replied. */
export class ThreadEnded extends Error {
  override readonly name: string = 'ThreadEnded';
}

/** A thread that has imported a module of the user and runs instances of the components that it defines. */
export class ComponentThread {
  /** Resolves when the module has been loaded or has failed to load. */
  readonly load: Promise<ComponentLoad>;
  readonly #load = Promise.withResolvers<ComponentLoad>();
  readonly #worker: Worker;
  readonly #settings: ComponentThreadSettings;
  readonly #beat = new Int32Array(new SharedArrayBuffer(4));
  readonly #replies = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #calls: SyncCalls;
  readonly #cancelLoad: () => void;
  #cancelCheck: (() => void) | undefined;
  #lastBeat = 0;
  #missedChecks = 0;
  #lastCall = 0;
  #isTerminated = false;
  #isLoaded = false;

  constructor(settings: ComponentThreadSettings) {
    const { file, sources, clock } = settings;
    this.#settings = settings;
    this.load = this.#load.promise;
    const { port1, port2 } = new MessageChannel();
    const wake = new Int32Array(new SharedArrayBuffer(8));
    this.#calls = new SyncCalls({ port: port1, wake, side: 0 }, CALL_MILLIS, (request) => {
      const { instance, call } = request as { readonly instance: number; readonly call: HostCall };
      return settings.events?.call(instance, call);
    });
    const syncEnd = { port: port2, wake, side: 1 } as const;
    const workerData: ComponentThreadOptions = { file, sources, beat: this.#beat, syncEnd };
    this.#worker = startThread(import.meta.url, './thread', {
      name: 'otelier-components',
      workerData,
      transferList: [port2],
      resourceLimits: HEAP,
    });
    this.#cancelLoad = clock.setTimeout(() => {
      this.#failLoad(`expected the module to load within ${LOAD_TIMEOUT_MILLIS / 1000} s`);
      void this.terminate();
    }, LOAD_TIMEOUT_MILLIS);
    this.#worker.on('message', (message: FromComponents) => this.#receive(message));
    let failure = 'its thread exited';
    this.#worker.on('error', (error: unknown) => {
      failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    });
    this.#worker.on('exit', () => this.#exited(failure));
  }

  /** Sends a request and returns the reply. `abort` tells the thread that the time is over. */
  request(request: ComponentRequest, abort?: AbortSignal): Promise<unknown> {
    if (this.#isTerminated) return Promise.reject(new ThreadEnded('the thread of the component has ended'));
    this.#lastCall += 1;
    const call = this.#lastCall;
    const reply = Promise.withResolvers<unknown>();
    this.#replies.set(call, reply);
    this.#post({ ...request, call });
    if (abort !== undefined) {
      const onAbort = () => {
        const { reason } = abort;
        this.#post({ kind: 'abort', call, isTimeout: reason instanceof Error && reason.name === 'TimeoutError' });
      };
      if (abort.aborted) onAbort();
      else abort.addEventListener('abort', onAbort, { once: true });
    }
    return reply.promise;
  }

  /** Returns the result of an authenticator at once. Throws if there is none in time. */
  call(call: InstanceCall): unknown {
    if (this.#isTerminated) throw new ThreadEnded('the thread of the component has ended');
    return this.#calls.call(call);
  }

  /** Ends the thread if its event loop stops for 10 s. */
  watch(): void {
    this.#cancelCheck = this.#settings.clock.setTimeout(() => {
      const beat = Atomics.load(this.#beat, 0);
      this.#missedChecks = beat === this.#lastBeat ? this.#missedChecks + 1 : 0;
      this.#lastBeat = beat;
      if (this.#missedChecks < MAX_MISSED_CHECKS) this.watch();
      else this.#end(`it has been blocked for ${(CHECK_MILLIS * MAX_MISSED_CHECKS) / 1000} s`);
    }, CHECK_MILLIS);
  }

  /** Ends the thread, even within an endless loop. */
  async terminate(): Promise<void> {
    this.#isTerminated = true;
    this.#cancelLoad();
    this.#cancelCheck?.();
    this.#calls.close();
    this.#fail('the thread of the component has ended');
    await this.#worker.terminate();
  }

  #receive(message: FromComponents): void {
    switch (message.kind) {
      case 'loaded':
        this.#loaded({ ok: true, ...message });
        break;
      case 'failed':
        this.#loaded({ ok: false, ...message });
        break;
      case 'reply':
        this.#takeReply(message.call)?.resolve(message.value);
        break;
      case 'threw':
        this.#takeReply(message.call)?.reject(new ComponentFailure(message.message));
        break;
      case 'forward':
        void this.#forward(message);
        break;
      case 'host':
        void this.#requestHost(message);
        break;
      default:
        this.#report(message);
    }
  }

  #report(message: Extract<FromComponents, { kind: 'dropped' | 'status' | 'log' }>): void {
    const { events } = this.#settings;
    if (message.kind === 'dropped') events?.dropped(message.instance, message.itemCount, message.reason);
    else if (message.kind === 'status') events?.status(message.instance, message.status);
    else events?.log(message.instance, message.line);
  }

  async #forward({ call, instance, target, batch }: Extract<FromComponents, { kind: 'forward' }>): Promise<void> {
    const outcome = await this.#settings.events?.forward(instance, target, batch);
    if (outcome !== undefined) this.#post({ kind: 'outcome', call, outcome });
  }

  async #requestHost({ call, instance, request }: Extract<FromComponents, { kind: 'host' }>): Promise<void> {
    try {
      const value = await this.#settings.events?.request(instance, request);
      this.#post({ kind: 'hosted', call, value, error: undefined });
    } catch (error) {
      this.#post({ kind: 'hosted', call, value: undefined, error: errorMessage(error) });
    }
  }

  #post(message: ToComponents): void {
    if (!this.#isTerminated) this.#worker.postMessage(message);
  }

  #takeReply(call: number): PromiseWithResolvers<unknown> | undefined {
    const reply = this.#replies.get(call);
    this.#replies.delete(call);
    return reply;
  }

  #loaded(load: ComponentLoad): void {
    this.#isLoaded = true;
    this.#cancelLoad();
    this.#load.resolve(load);
  }

  #exited(reason: string): void {
    if (!this.#isLoaded) this.#failLoad(reason);
    if (!this.#isTerminated) this.#end(reason);
  }

  #end(reason: string): void {
    void this.terminate();
    this.#settings.events?.ended(reason);
  }

  #fail(message: string): void {
    for (const { reject } of this.#replies.values()) reject(new ThreadEnded(message));
    this.#replies.clear();
  }

  #failLoad(message: string): void {
    this.#isLoaded = true;
    const error = { file: this.#settings.file, line: 0, column: 0, message };
    this.#load.resolve({ ok: false, error, sources: new Map() });
  }
}
