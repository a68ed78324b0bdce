import type { Batch, Outcome } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Shared } from '../../component/host.ts';
import { formatModuleError } from '../../functions/module/format-module-error.ts';
import type { ModuleSource } from '../../functions/protocol.ts';
import { ComponentThread, ThreadEnded } from './component-thread.ts';
import type {
  AuthenticatorDescription,
  ComponentRequest,
  HostCall,
  HostRequest,
  InstanceCall,
  InstanceSpec,
  Target,
} from './protocol.ts';

const MIN_BACKOFF_MILLIS = 500;
const MAX_BACKOFF_MILLIS = 30_000;

/** What an instance of a component in a module needs from the thread that uses it. */
export interface InstanceUse {
  readonly spec: InstanceSpec;
  forward(target: Target, batch: Batch): Outcome | Promise<Outcome>;
  dropped(itemCount: number, reason: string): void;
  status(status: string | undefined): void;
  log(line: string): void;
  request(request: HostRequest): Promise<unknown>;
  call(call: HostCall): unknown;
  /** The thread has ended, with all that the instance holds in it. */
  ended(): Promise<void>;
}

/** A started instance. */
export interface StartedInstance {
  readonly instance: number;
  readonly authenticator: AuthenticatorDescription | undefined;
}

/** The options of `ComponentModule`. */
export interface ComponentModuleOptions {
  readonly file: string;
  readonly sources: ReadonlyMap<string, ModuleSource>;
  readonly clock: Clock;
}

/** A version of a module with components, in a thread that is started again when it ends. */
export class ComponentModule implements Shared {
  readonly #options: ComponentModuleOptions;
  readonly #instances = new Map<number, InstanceUse>();
  #thread: ComponentThread | undefined;
  /** Resolves when the thread runs all instances; replaced while it is started again. */
  #ready: Promise<void> = Promise.resolve();
  #lastInstance = 0;
  #failures = 0;
  #isClosed = false;
  #cancelRestart: (() => void) | undefined;

  constructor(options: ComponentModuleOptions) {
    this.#options = options;
  }

  /** Loads the module. Throws an error with its position if that fails. */
  async open(): Promise<this> {
    this.#thread = await this.#startThread();
    return this;
  }

  /** Creates and starts an instance. */
  async start(use: InstanceUse): Promise<StartedInstance> {
    await this.#ready;
    this.#lastInstance += 1;
    const instance = this.#lastInstance;
    this.#instances.set(instance, use);
    try {
      return { instance, authenticator: await this.#run(this.#thread, instance, use.spec) };
    } catch (error) {
      this.#instances.delete(instance);
      throw error;
    }
  }

  /** Sends a request about an instance. Rejects with `ThreadEnded` if the thread ends meanwhile or is started again. */
  request(request: ComponentRequest, abort?: AbortSignal): Promise<unknown> {
    const thread = this.#thread;
    if (thread === undefined) return Promise.reject(new ThreadEnded('the thread of the component is started again'));
    return thread.request(request, abort);
  }

  /** Returns the result of an authenticator at once. Throws if there is none in time. */
  call(call: InstanceCall): unknown {
    if (this.#thread === undefined) throw new ThreadEnded('the thread of the component is started again');
    return this.#thread.call(call);
  }

  async shutdown(instance: number): Promise<void> {
    if (!this.#instances.has(instance)) return;
    // Until it has ended, the instance can still use the host.
    await this.#thread?.request({ kind: 'shutdown', instance }).catch(ignoreEnd);
    this.#instances.delete(instance);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRestart?.();
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  async #startThread(): Promise<ComponentThread> {
    const { file, sources, clock } = this.#options;
    const thread: ComponentThread = new ComponentThread({
      ...{ file, sources, clock },
      events: {
        forward: (instance, target, batch) =>
          this.#instances.get(instance)?.forward(target, batch) ?? {
            kind: 'refused',
            reason: 'the component has ended',
          },
        dropped: (instance, itemCount, reason) => this.#instances.get(instance)?.dropped(itemCount, reason),
        status: (instance, status) => this.#instances.get(instance)?.status(status),
        log: (instance, line) => this.#instances.get(instance)?.log(line),
        request: async (instance, request) => await this.#instances.get(instance)?.request(request),
        call: (instance, call) => this.#instances.get(instance)?.call(call),
        ended: (reason) => this.#ended(thread, reason),
      },
    });
    const load = await thread.load;
    if (!load.ok) {
      await thread.terminate();
      throw new Error(formatModuleError(load.error));
    }
    thread.watch();
    return thread;
  }

  async #run(
    thread: ComponentThread | undefined,
    instance: number,
    spec: InstanceSpec,
  ): Promise<AuthenticatorDescription | undefined> {
    if (thread === undefined) throw new ThreadEnded('the thread of the component is started again');
    await thread.request({ kind: 'create', instance, spec });
    return (await thread.request({ kind: 'start', instance })) as AuthenticatorDescription | undefined;
  }

  #ended(thread: ComponentThread, reason: string): void {
    if (this.#isClosed || thread !== this.#thread) return;
    this.#thread = undefined;
    this.#restartLater(reason);
  }

  #restartLater(reason: string): void {
    const delayMillis = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS * 2 ** this.#failures);
    this.#failures += 1;
    for (const use of this.#instances.values()) use.status(`the thread of the component ended: ${reason}`);
    this.#ready = new Promise((resolve) => {
      this.#cancelRestart = this.#options.clock.setTimeout(() => {
        this.#restart().then(resolve, (error: unknown) => {
          resolve();
          if (!this.#isClosed) this.#restartLater(error instanceof Error ? error.message : String(error));
        });
      }, delayMillis);
    });
  }

  /** Starts the thread again with all instances. */
  async #restart(): Promise<void> {
    for (const use of this.#instances.values()) await use.ended();
    const thread = await this.#startThread();
    try {
      for (const [instance, { spec }] of this.#instances) await this.#run(thread, instance, spec);
    } catch (error) {
      await thread.terminate();
      throw error;
    }
    if (this.#isClosed) return await thread.terminate();
    this.#thread = thread;
    for (const use of this.#instances.values()) use.status(undefined);
  }
}

function ignoreEnd(error: unknown): void {
  if (!(error instanceof ThreadEnded)) throw error;
}
