import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { QueryBusyError, QueryError, QueryLimitError } from '../../../contract.ts';
import { type LaunchOptions, launch } from './launch.ts';
import {
  type ChildFailureKind,
  type ExaminedStatement,
  type FromChild,
  RESULT_PIPE,
  type ResultLimits,
  type ToChild,
} from './protocol.ts';
import { residentBytes } from './resident-memory.ts';

/**
 * Interval at which a working child's memory is checked, in milliseconds. The kernel limit bounds growth between
 * checks.
 */
const WATCH_MILLIS = 20;
/** Fraction of the memory limit that a child may still use after a statement. A child that uses more is replaced. */
const KEPT_SHARE = 0.4;
/**
 * Total working time after which a child is replaced, in milliseconds, so that the kernel's CPU limit never stops a
 * regular statement.
 */
const MAX_WORK_MILLIS = 300_000;

/** A complete result that is read from a child. */
export interface RunningResult {
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Whether rows were dropped. */
  readonly truncated: boolean;
}

interface PendingReply {
  readonly resolve: (message: FromChild) => void;
  readonly reject: (error: Error) => void;
}

/** A child process that runs user SQL, one statement at a time, and is killed when it exceeds its limits. */
export class SqlProcess {
  /** Resolves when the process has exited. */
  readonly exited: Promise<void>;
  readonly #options: LaunchOptions;
  readonly #child: ChildProcess;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #ready: Promise<FromChild>;
  #pending: PendingReply | undefined;
  /** Why the process must not be reused. */
  #ended: Error | undefined;
  #isReady = false;
  #workedMillis = 0;
  /** Memory of the current work, if it has a limit of its own, and the resident memory at which the process is killed. */
  #workBytes: number | undefined;
  #maxResidentBytes: number;

  /** Starts a process. Throws `QueryBusyError` if the system cannot create one. */
  constructor(options: LaunchOptions, kernelLimits: boolean) {
    this.#options = options;
    this.#maxResidentBytes = options.memoryLimitBytes;
    this.#child = launch(options, kernelLimits);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#end(this.#exitError(signal ?? `exit code ${code}`));
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#end(notStarted(error.message));
        if (this.#child.pid === undefined) resolve();
      });
    });
    // If the process could not be created, its streams do not exist either.
    if (this.#child.pid === undefined) throw notStarted('the system has no capacity for another process');
    const pipe = this.#child.stdio[RESULT_PIPE] as Readable;
    pipe.on('error', () => undefined);
    this.#chunks = pipe.iterator({ destroyOnReturn: false });
    this.#child.on('message', (message: FromChild) => this.#settle(message));
    this.#ready = this.#reply();
    this.#ready.then(
      () => {
        this.#isReady = true;
      },
      () => undefined,
    );
    this.#unref(pipe);
  }

  /** Whether the process can run another statement. */
  get isUsable(): boolean {
    return this.#ended === undefined;
  }

  /** Whether the process became ready to run statements. */
  get hasStarted(): boolean {
    return this.#isReady;
  }

  /** Whether the process exited before it could run a statement. */
  get failedToStart(): boolean {
    return this.#ended instanceof StartError;
  }

  async examine(tenant: string, statement: string): Promise<ExaminedStatement> {
    await this.#ready;
    const reply = await this.#ask({ kind: 'examine', tenant, statement });
    if (reply.kind === 'examined') return reply;
    throw new Error(`expected what the statement reads, got ${reply.kind}`);
  }

  /**
   * Runs the examined statement. Resolves when the result is complete, with an iterator that reads its text from the
   * child. A caller that does not read all of it must kill the process.
   */
  async run(views: readonly string[], limits: ResultLimits, files: readonly string[] = []): Promise<RunningResult> {
    const reply = await this.#ask({ kind: 'run', views, limits, files });
    if (reply.kind === 'result') return { pieces: this.#read(reply.sizeBytes), truncated: reply.truncated };
    throw new Error(`expected a result, got ${reply.kind}`);
  }

  /** Kills the process. The running statement fails with `reason`. Safe to call more than once. */
  kill(reason: Error): void {
    this.#end(reason);
    this.#child.kill('SIGKILL');
  }

  /**
   * Marks the process as working: it is killed at its memory limit and keeps this process alive. Returns a function
   * that ends the work and also the child, if it did not free its memory or has worked long enough.
   */
  work(): () => void {
    const began = performance.now();
    const timer = setInterval(() => {
      if (this.#residentBytes() > this.#maxResidentBytes) this.kill(this.#memoryError());
    }, WATCH_MILLIS);
    return () => {
      clearInterval(timer);
      this.#workBytes = undefined;
      this.#maxResidentBytes = this.#options.memoryLimitBytes;
      this.#workedMillis += performance.now() - began;
      const isSpent = this.#workedMillis > MAX_WORK_MILLIS;
      const isLarge = this.#residentBytes() > this.#options.memoryLimitBytes * KEPT_SHARE;
      if (this.isUsable && (isSpent || isLarge)) this.kill(new QueryError('the process for SQL is replaced'));
    };
  }

  /** Limits the memory that the process may use in addition to what it uses now, until the end of the work. */
  limitMemory(bytes: number): void {
    this.#workBytes = Math.min(bytes, this.#options.memoryLimitBytes);
    this.#maxResidentBytes = Math.min(this.#options.memoryLimitBytes, this.#residentBytes() + bytes);
  }

  #residentBytes(): number {
    return residentBytes(this.#child.pid ?? 0) ?? 0;
  }

  async *#read(sizeBytes: number): AsyncGenerator<Uint8Array> {
    let missing = sizeBytes;
    while (missing > 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) throw this.#ended ?? new Error('the process for SQL ended during a result');
      missing -= value.length;
      yield value;
    }
  }

  async #ask(message: ToChild): Promise<FromChild> {
    if (this.#ended !== undefined) throw this.#ended;
    const reply = this.#reply();
    this.#child.send(message, (error) => {
      if (error !== null) this.kill(this.#exitError('its channel is closed'));
    });
    return await reply;
  }

  #reply(): Promise<FromChild> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  }

  #settle(message: FromChild): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (message.kind !== 'failure') pending?.resolve(message);
    else {
      const error = this.#failure(message.failure, message.message);
      if (message.failure === 'broken') this.kill(error);
      pending?.reject(error);
    }
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#pending?.reject(this.#ended);
    this.#pending = undefined;
  }

  #failure(kind: ChildFailureKind, message: string): Error {
    switch (kind) {
      case 'memory':
        return this.#memoryError();
      case 'size':
        return new QueryLimitError(`SQL: ${message}; select fewer columns or rows`);
      case 'user':
      case 'broken':
        return new QueryError(message);
      case 'internal':
        return new Error(message);
    }
  }

  #memoryError(): Error {
    return new QueryLimitError(
      `SQL: stopped at the memory limit of ${megabytes(this.#workBytes ?? this.#options.memoryLimitBytes)}; a shorter time range, more conditions or fewer groups need less`,
    );
  }

  /** Returns the error for a process that exited by itself: it failed to allocate memory, or the engine crashed. */
  #exitError(how: string): Error {
    if (!this.#isReady) return new StartError(`SQL: the process for statements does not start (${how})`);
    if (how === 'SIGXCPU') return new QueryLimitError('SQL: stopped at the limit of CPU time');
    return new QueryLimitError(
      `SQL: the statement ended its process (${how}), most likely at the memory limit of ${megabytes(this.#options.memoryLimitBytes)}`,
    );
  }

  /** Unrefs the process, so that a child that is idle or has no caller does not keep this process alive. */
  #unref(pipe: Readable): void {
    this.#child.unref();
    this.#child.channel?.unref();
    (pipe as Readable & { unref?: () => void }).unref?.();
  }
}

/** The error of a process that exited before it could run a statement. */
class StartError extends Error {}

function notStarted(reason: string): Error {
  return new QueryBusyError(`SQL: the process for statements cannot be started: ${reason}`);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MB`;
}
