import type { PipelineGraph } from '@otelier/query';
import { type ApiClient, ApiClientError } from '@otelier/query/client';
import { type CpuUsage, type TopRow, topRows } from './rows.ts';

/** Sampling interval of the profiles: coarse, so that they cost little. */
const INTERVAL_MICROS = 5_000;

/** A snapshot of the process, with the rates since the one before. */
export interface Sample {
  readonly graph: PipelineGraph;
  readonly rows: readonly TopRow[];
  readonly cpu: CpuUsage | undefined;
}

/** Reads snapshots of a process, and the CPU usage of its components from profiles. */
export class Sampler {
  readonly #client: ApiClient;
  readonly #measuresCpu: boolean;
  #before: PipelineGraph | undefined;
  #cpu: CpuUsage | undefined;

  constructor(client: ApiClient, measuresCpu: boolean) {
    this.#client = client;
    this.#measuresCpu = measuresCpu;
  }

  /** Takes the first snapshot. */
  async start(): Promise<void> {
    this.#before = await this.#client.get('/pipeline');
  }

  /** Waits for some time, then returns a sample over it. While another profile is made, the CPU usage is not known. */
  async next(millis: number, signal: AbortSignal): Promise<Sample> {
    const [cpu] = await Promise.all([this.#profile(millis, signal), sleep(millis, signal)]);
    const graph = await this.#client.get('/pipeline', {}, signal);
    const before = this.#before ?? graph;
    this.#before = graph;
    this.#cpu = cpu;
    return { graph, rows: topRows(before, graph, this.#cpu), cpu: this.#cpu };
  }

  async #profile(millis: number, signal: AbortSignal): Promise<CpuUsage | undefined> {
    if (!this.#measuresCpu) return undefined;
    try {
      const request = { seconds: Math.min(millis / 1000, 25), intervalMicros: INTERVAL_MICROS };
      const { usage, durationMillis } = await this.#client.profile(request, signal);
      const cores = (isComponent: boolean) =>
        new Map(
          usage
            .filter((one) => one.isComponent === isComponent)
            .map(({ name, cpuMillis }) => [name, cpuMillis / durationMillis]),
        );
      return { components: cores(true), shared: cores(false) };
    } catch (error) {
      if (error instanceof ApiClientError && error.status === 503) return undefined;
      throw error;
    }
  }
}

/** Waits for some time, or until the signal aborts. */
export function sleep(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
