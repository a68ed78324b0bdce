import type { ComponentContext } from '../../component/contract.ts';
import { EndpointSet } from '../../component/discovery/endpoint-set.ts';
import { errorMessage } from '../../component/error-message.ts';
import { Backoff } from '../../component/timing/backoff.ts';
import { pause } from '../../component/timing/pause.ts';
import { createDaemonReader, type DaemonOptions, type ReadDaemon } from '../../receivers/docker_stats/daemon.ts';
import { compileImageFilter } from '../../receivers/docker_stats/image-filter.ts';
import type { ObserverConfig } from './config.ts';
import { type Container, containerEndpoints } from './endpoints.ts';
import { readChanges } from './events.ts';

/** A container in the list of the Docker API. */
interface Listed {
  readonly Id: string;
  readonly Image?: string;
}

/** After a connection of this time, the next failure is not one of a series. */
const LONG_MILLIS = 30_000;

/** Makes endpoints of the containers of a Docker daemon, and follows its events. While it fails, they stay. */
export class DockerObserver {
  readonly endpoints = new EndpointSet();
  readonly #config: ObserverConfig;
  readonly #context: ComponentContext;
  readonly #open: () => DaemonOptions;
  readonly #isExcluded: (image: string) => boolean;
  readonly #stopped = new AbortController();
  /** IDs of the containers that have been read. */
  readonly #known = new Set<string>();
  /** Why containers could not be read, by ID. */
  readonly #failed = new Map<string, string>();
  #daemon: DaemonOptions | undefined;
  #running: Promise<void> = Promise.resolve();

  /** `open` is called before a connection, until it does not throw because of a file that it cannot read. */
  constructor(config: ObserverConfig, open: () => DaemonOptions, context: ComponentContext) {
    this.#config = config;
    this.#open = open;
    this.#context = context;
    this.#isExcluded = compileImageFilter(config.excludedImages);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#context;
    const stopped = this.#stopped.signal;
    const backoff = new Backoff(this.#context);
    while (!stopped.aborted) {
      const connection = new AbortController();
      const begin = clock.monotonic();
      try {
        await this.#follow(AbortSignal.any([stopped, connection.signal]));
      } catch (error) {
        if (!stopped.aborted) this.#context.reportStatus(errorMessage(error));
      } finally {
        connection.abort();
      }
      if (clock.monotonic() - begin > LONG_MILLIS) backoff.reset();
      await backoff.wait(stopped);
    }
  }

  /** Reads all containers, then those that change, and all again at an interval. Rejects if the daemon fails. */
  async #follow(signal: AbortSignal): Promise<never> {
    const { clock } = this.#context;
    this.#daemon ??= this.#open();
    const daemon = this.#daemon;
    const read = createDaemonReader(daemon);
    // Requested before the list, so that no change is missed in between.
    const changes = readChanges(daemon, clock.now(), signal);
    let change = changes.next();
    change.catch(() => {});
    await this.#readAll(read, signal);
    this.#reportFailed();
    const nextSync = () => pause(clock, this.#config.cacheSyncInterval, signal).then(() => undefined);
    let sync = nextSync();
    for (;;) {
      const changed = await Promise.race([change, sync]);
      if (changed === undefined) {
        await this.#readAll(read, signal);
        this.#reportFailed();
        sync = nextSync();
        continue;
      }
      if (changed.done) throw new Error('expected a stream of events, got its end');
      await this.#within(signal, (timed) => this.#readOne(changed.value, read, timed));
      this.#reportFailed();
      change = changes.next();
      change.catch(() => {});
    }
  }

  async #readAll(read: ReadDaemon, signal: AbortSignal): Promise<void> {
    await this.#within(signal, async (timed) => {
      const listed: unknown = JSON.parse((await read('/containers/json', timed)) ?? 'null');
      if (!Array.isArray(listed)) throw new Error('expected a list from /containers/json');
      const containers = (listed as readonly Listed[]).filter(({ Image = '' }) => !this.#isExcluded(Image));
      const present = new Set(containers.map(({ Id }) => Id));
      for (const id of [...this.#known, ...this.#failed.keys()]) if (!present.has(id)) this.#forget(id);
      for (const id of present) await this.#readOne(id, read, timed);
    });
  }

  /** Reads a container. One that cannot be read keeps its endpoints, and does not keep others from being read. */
  async #readOne(id: string, read: ReadDaemon, signal: AbortSignal): Promise<void> {
    try {
      await this.#update(id, read, signal);
      this.#failed.delete(id);
    } catch (error) {
      signal.throwIfAborted();
      this.#failed.set(id, errorMessage(error));
    }
  }

  async #update(id: string, read: ReadDaemon, signal: AbortSignal): Promise<void> {
    const text = await read(`/containers/${encodeURIComponent(id)}/json`, signal);
    const container = text === undefined ? undefined : (JSON.parse(text) as Container);
    if (container === undefined || this.#isExcluded(container.Config?.Image ?? '')) {
      this.#forget(id);
      return;
    }
    this.#known.add(id);
    this.endpoints.replace(id, containerEndpoints(container, this.#config));
  }

  #forget(id: string): void {
    this.#known.delete(id);
    this.#failed.delete(id);
    this.endpoints.replace(id, []);
  }

  #reportFailed(): void {
    const [first] = this.#failed.values();
    const others = this.#failed.size - 1;
    this.#context.reportStatus(first !== undefined && others > 0 ? `${first} (${others} more)` : first);
  }

  /** Does something with a signal that aborts after the timeout too. */
  async #within(signal: AbortSignal, work: (timed: AbortSignal) => Promise<void>): Promise<void> {
    const timeout = new AbortController();
    const cancel = this.#context.clock.setTimeout(() => timeout.abort(new Error('timed out')), this.#config.timeout);
    try {
      await work(AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  }
}
