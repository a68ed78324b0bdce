import { resolve } from 'node:path';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Shared } from '../component/host.ts';
import { FunctionThread, type Load } from './function-thread.ts';
import { compileInline } from './inline/inline-functions.ts';
import type { FunctionSignal, FunctionUseKind } from './kinds/function-options.ts';
import type { Runner } from './kinds/runner.ts';
import { formatModuleError } from './module/format-module-error.ts';
import { ModuleWatch } from './module/module-watch.ts';
import type { FunctionRequest, FunctionResult, LoadedModule } from './protocol.ts';
import type { SharedArena } from './shared-arena.ts';

/** Number of threads that may end in a row, without a result, before requests fail without a thread. */
const MAX_RESTARTS = 3;
const MIN_BACKOFF_MILLIS = 1_000;
const MAX_BACKOFF_MILLIS = 30_000;

/** The result of a function for a batch. */
export type FunctionOutcome =
  | ({ readonly kind: 'finished' } & FunctionResult)
  /** The function has not finished: it took too long, ended its thread, or has no thread. */
  | { readonly kind: 'interrupted'; readonly failure: string }
  /** The file was closed before. */
  | { readonly kind: 'closed' };

/** A function that a component uses. */
export interface FunctionUse {
  readonly use: FunctionUseKind;
  readonly functionName: string;
  readonly signal: FunctionSignal;
  /** Receives why a changed file was not loaded, and `undefined` when one was. */
  reportLoad(error: string | undefined): void;
}

/** The options of `FunctionFile`. */
export interface FunctionFileOptions {
  /** The module as written in the configuration. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The functions of a module, in a thread that is replaced when the file changes and when a function does not return.
 * Requests that the replaced thread has started stay with it; requests that were interrupted by another function are
 * sent to the new one, so that none is lost and none is processed twice.
 */
export class FunctionFile implements Shared {
  readonly #name: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #watch: ModuleWatch;
  readonly #uses = new Set<FunctionUse>();
  readonly #pending = new Map<number, Pending>();
  readonly #threads = new Set<FunctionThread>();
  /**
   * Memory of a replaced thread for the next one. Without it, the memory of each version would stay until the garbage
   * collector runs, whose heap it does not fill.
   */
  #spareArena: SharedArena | undefined;
  #module: LoadedModule | undefined;
  /** The functions of the current module that run in this thread. */
  #inline = new Map<string, Runner>();
  #current: FunctionThread | undefined;
  #cancelCheck: (() => void) | undefined;
  /** The running request at the last check of each thread, and since when it has been seen. */
  readonly #seen = new Map<FunctionThread, { readonly id: number; readonly sinceMillis: number }>();
  #isReloading = false;
  #restarts = 0;
  #retryMillis = 0;
  #lastId = 0;
  #isClosed = false;
  /** The error that has been reported for the current contents of the files. */
  #reported: string | undefined;

  constructor({ file, clock, logger }: FunctionFileOptions) {
    this.#name = file;
    this.#path = resolve(file);
    this.#clock = clock;
    this.#logger = logger;
    this.#watch = new ModuleWatch(this.#path, clock, () => void this.#reload());
  }

  /** Loads the module. Throws an error with its position if that fails. */
  async open(): Promise<this> {
    const thread = this.#start();
    const load = await thread.load;
    if (!load.ok) {
      await this.close();
      throw new Error(formatModuleError(load.error));
    }
    this.#current = thread;
    this.#module = load;
    this.#inline = compileInline(load.functions);
    this.#watch.loaded(load.sources);
    return this;
  }

  /** Registers a function, which must exist, as it must in each later version. Returns a function that releases it. */
  use(use: FunctionUse): () => void {
    const missing = this.#module === undefined ? 'the module is not loaded' : missingUse(use, this.#module);
    if (missing !== undefined) throw new Error(`${this.#name}: ${missing}`);
    this.#uses.add(use);
    return () => void this.#uses.delete(use);
  }

  /** Returns the function that created a function, such as `filterSpans`. */
  creatorOf(functionName: string): string | undefined {
    return this.#module?.functions.get(functionName)?.creator;
  }

  /**
   * Applies a function that needs no thread of its own: its source is a simple expression, which always returns. Returns
   * `undefined` for other functions, and for a batch for which it fails, because its thread knows the position of the failure.
   */
  runHere(request: Omit<FunctionRequest, 'id'>): FunctionResult | undefined {
    const runner = this.#inline.get(request.functionName);
    if (runner === undefined || this.#isClosed) return undefined;
    const result = runner.run({ ...request, id: 0 });
    if (result.failure === undefined) return result;
    this.#inline.delete(request.functionName);
    return undefined;
  }

  /** Applies a function to the parts of a batch. `timeoutMillis` limits the time that it takes, without waiting. */
  run(request: Omit<FunctionRequest, 'id'>, timeoutMillis: number): Promise<FunctionOutcome> {
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    const id = this.#lastId;
    return new Promise((settle) => {
      this.#pending.set(id, { request: { ...request, id }, timeoutMillis, settle, thread: undefined });
      this.#send(id);
      this.#scheduleCheck();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch.close();
    this.#cancelCheck?.();
    for (const { settle } of this.#pending.values()) settle({ kind: 'closed' });
    this.#pending.clear();
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
    this.#threads.clear();
  }

  #start(sources?: LoadedModule['sources']): FunctionThread {
    const arena = this.#spareArena;
    this.#spareArena = undefined;
    const thread: FunctionThread = new FunctionThread({
      arena,
      file: this.#path,
      name: this.#name,
      clock: this.#clock,
      ...(sources !== undefined && { sources }),
      results: (results) => this.#settle(thread, results),
      ended: (reason) => this.#ended(thread, reason),
    });
    this.#threads.add(thread);
    return thread;
  }

  #send(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const thread = this.#current ?? this.#restart();
    if (thread === undefined) {
      this.#pending.delete(id);
      pending.settle({ kind: 'interrupted', failure: this.#reported ?? 'the function has no thread' });
      return;
    }
    pending.thread = thread;
    thread.send(pending.request);
  }

  /** Starts a thread with the sources of the last version that was loaded, unless threads end again and again. */
  #restart(): FunctionThread | undefined {
    if (this.#isClosed || this.#clock.monotonic() < this.#retryMillis) return undefined;
    const thread = this.#start(this.#module?.sources);
    this.#current = thread;
    void thread.load.then((load) => {
      if (!load.ok) this.#endedBecause(thread, formatModuleError(load.error));
    });
    return thread;
  }

  #settle(thread: FunctionThread, results: readonly FunctionResult[]): void {
    this.#restarts = 0;
    for (const result of results) {
      const pending = this.#pending.get(result.id);
      this.#pending.delete(result.id);
      pending?.settle({ kind: 'finished', ...result });
    }
    if (thread !== this.#current && thread.inFlight === 0) void this.#retire(thread);
  }

  async #retire(thread: FunctionThread): Promise<void> {
    // A thread can both end and fail to load; its memory must not have two users.
    if (!this.#threads.delete(thread)) return;
    this.#seen.delete(thread);
    this.#spareArena = await thread.terminate();
  }

  #ended(thread: FunctionThread, reason: string): void {
    this.#endedBecause(thread, `the function's thread ended: ${reason}`);
  }

  /** Settles the request that ended the thread, and sends its other requests to a new thread. */
  #endedBecause(thread: FunctionThread, failure: string): void {
    const running = thread.runningId;
    void this.#retire(thread);
    if (this.#isClosed) return;
    if (thread === this.#current) {
      this.#current = undefined;
      this.#restarts += 1;
      if (this.#restarts >= MAX_RESTARTS) {
        const backoff = MIN_BACKOFF_MILLIS * 2 ** (this.#restarts - MAX_RESTARTS);
        this.#retryMillis = this.#clock.monotonic() + Math.min(MAX_BACKOFF_MILLIS, backoff);
      }
      this.#reported = failure;
    }
    const waiting = [...this.#pending].filter(([, pending]) => pending.thread === thread);
    for (const [id, { settle }] of waiting) {
      if (id !== running) continue;
      this.#pending.delete(id);
      settle({ kind: 'interrupted', failure });
    }
    for (const [id] of waiting) this.#send(id);
  }

  /** Checks, several times within the shortest limit, whether a thread is still processing the same request. */
  #scheduleCheck(): void {
    if (this.#cancelCheck !== undefined || this.#pending.size === 0) return;
    let millis = Number.POSITIVE_INFINITY;
    for (const { timeoutMillis } of this.#pending.values())
      millis = Math.min(millis, timeoutMillis / CHECKS_PER_TIMEOUT);
    this.#cancelCheck = this.#clock.setTimeout(() => {
      this.#cancelCheck = undefined;
      const now = this.#clock.monotonic();
      for (const thread of this.#threads) this.#check(thread, now);
      this.#scheduleCheck();
    }, millis);
  }

  #check(thread: FunctionThread, now: number): void {
    const id = thread.runningId;
    const seen = this.#seen.get(thread);
    if (id === 0 || seen?.id !== id) {
      this.#seen.set(thread, { id, sinceMillis: now });
      return;
    }
    const timeoutMillis = this.#pending.get(id)?.timeoutMillis;
    if (timeoutMillis === undefined || now - seen.sinceMillis < timeoutMillis) return;
    this.#endedBecause(thread, `the function took longer than ${timeoutMillis} ms for a batch`);
  }

  /** Loads the changed files in a new thread, which takes over unless they have errors. */
  async #reload(): Promise<void> {
    if (this.#isReloading || this.#isClosed) return;
    this.#isReloading = true;
    const thread = this.#start();
    const load = await thread.load;
    this.#isReloading = false;
    if (this.#isClosed) return;
    const error = this.#errorOf(load);
    if (!load.ok || error !== undefined) {
      this.#logger.error({ file: this.#name, reason: error }, 'functions not replaced, using the previous ones');
      for (const use of this.#uses) use.reportLoad(error);
      await this.#retire(thread);
    } else {
      this.#swap(thread, load);
    }
    const previous = this.#module?.sources ?? new Map();
    this.#watch.loaded(load.ok ? load.sources : new Map([...previous, ...load.sources]));
  }

  #errorOf(load: Load): string | undefined {
    if (!load.ok) return formatModuleError(load.error);
    for (const use of this.#uses) {
      const missing = missingUse(use, load);
      if (missing !== undefined) return `${this.#name}: ${missing}`;
    }
    return undefined;
  }

  #swap(thread: FunctionThread, module: LoadedModule): void {
    const previous = this.#current;
    const before = this.#module?.config;
    this.#current = thread;
    this.#module = module;
    this.#inline = compileInline(module.functions);
    this.#restarts = 0;
    this.#retryMillis = 0;
    for (const use of this.#uses) use.reportLoad(undefined);
    this.#logger.info({ file: this.#name }, 'functions replaced');
    if (before?.kind === 'config' && module.config.kind === 'config' && before.json !== module.config.json)
      this.#logger.warn({ file: this.#name }, 'configuration changed: only functions are replaced without a reload');
    if (previous !== undefined && previous.inFlight === 0) void this.#retire(previous);
  }
}

/** Checks per limit: a function is stopped at most this fraction of the limit too late. */
const CHECKS_PER_TIMEOUT = 4;

interface Pending {
  readonly request: FunctionRequest;
  readonly timeoutMillis: number;
  readonly settle: (outcome: FunctionOutcome) => void;
  thread: FunctionThread | undefined;
}

const DESCRIPTIONS: Readonly<Record<FunctionUseKind, string>> = {
  process: 'a function that filters or changes items',
  route: 'a function created by route',
  aggregate: 'a function created by aggregate',
  tail_sampling: 'a function created by tailSample',
};

function missingUse(
  { use, functionName, signal }: Omit<FunctionUse, 'reportLoad'>,
  { functions }: LoadedModule,
): string | undefined {
  const found = functions.get(functionName);
  if (found === undefined) {
    const names = [...functions.keys()].join(', ');
    return `expected a function "${functionName}", got ${names === '' ? 'no functions' : names}`;
  }
  const got = `got "${functionName}", which ${found.creator} created`;
  if (found.use !== use) return `expected ${DESCRIPTIONS[use]}, ${got}`;
  if (found.signals.includes(signal)) return undefined;
  return `expected a function for ${signal}, ${got}`;
}
