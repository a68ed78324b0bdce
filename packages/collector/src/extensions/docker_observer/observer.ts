import type { ComponentContext } from '../../component/contract.ts';
import { EndpointSet } from '../../component/discovery/endpoint-set.ts';
import { errorMessage } from '../../component/error-message.ts';
import { pause } from '../../component/timing/pause.ts';
import type { ReadDaemon } from '../../receivers/docker_stats/daemon.ts';
import { compileImageFilter } from '../../receivers/docker_stats/image-filter.ts';
import type { ObserverConfig } from './config.ts';
import { type Container, containerEndpoints } from './endpoints.ts';

/** A container in the list of the Docker API. */
interface Listed {
  readonly Id: string;
  readonly Image?: string;
  /** Its state and for how long it has it, such as `Up 5 minutes`. */
  readonly Status?: string;
}

/** Reads the containers of a Docker daemon at an interval, and makes endpoints of them. While it fails, they stay. */
export class DockerObserver {
  readonly endpoints = new EndpointSet();
  readonly #config: ObserverConfig;
  readonly #context: ComponentContext;
  readonly #read: ReadDaemon;
  readonly #isExcluded: (image: string) => boolean;
  readonly #stopped = new AbortController();
  /** What the list had of the containers when they were read, by ID. */
  #known = new Map<string, string>();
  #running: Promise<void> = Promise.resolve();

  constructor(config: ObserverConfig, read: ReadDaemon, context: ComponentContext) {
    this.#config = config;
    this.#read = read;
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
    const { signal } = this.#stopped;
    const { clock } = this.#context;
    while (!signal.aborted) {
      const timeout = new AbortController();
      const cancel = clock.setTimeout(() => timeout.abort(new Error('timed out')), this.#config.timeout);
      try {
        await this.#update(AbortSignal.any([signal, timeout.signal]));
        this.#context.reportStatus(undefined);
      } catch (error) {
        if (!signal.aborted) this.#context.reportStatus(errorMessage(error));
      } finally {
        cancel();
      }
      await pause(clock, this.#config.pollInterval, signal);
    }
  }

  async #update(signal: AbortSignal): Promise<void> {
    const listed: unknown = JSON.parse((await this.#read('/containers/json', signal)) ?? 'null');
    if (!Array.isArray(listed)) throw new Error('expected a list from /containers/json');
    const containers = (listed as readonly Listed[]).filter(({ Image = '' }) => !this.#isExcluded(Image));
    const present = new Set(containers.map(({ Id }) => Id));
    for (const id of this.#known.keys()) {
      if (present.has(id)) continue;
      this.#known.delete(id);
      this.endpoints.replace(id, []);
    }
    for (const { Id, ...rest } of containers) {
      // The uptime changes all the time.
      const row = JSON.stringify({ ...rest, Status: undefined });
      if (this.#known.get(Id) === row) continue;
      const text = await this.#read(`/containers/${encodeURIComponent(Id)}/json`, signal);
      const container = text === undefined ? undefined : (JSON.parse(text) as Container);
      this.endpoints.replace(Id, container === undefined ? [] : containerEndpoints(container, this.#config));
      this.#known.set(Id, row);
    }
  }
}
