import {
  type Batch,
  countItems,
  forEachItem,
  localContext,
  type Outcome,
  partitionItems,
  type Signal,
} from '@otelier/otlp';
import type { SamplingDecision } from '../../component/contract.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { createLogger } from '../../service/logging.ts';
import { createService, type Service } from '../../service/service.ts';
import { DESCRIPTIONS } from './describe-item.ts';
import { type PipelineEnds, type SampledPipeline, simulatedConfig } from './samplers.ts';
import { Tally, type Volume } from './tally.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A policy's decisions by kind. */
export type PolicyVolumes = Record<SamplingDecision['kind'], Volume>;

/** A simulated pipeline with its counts. */
export interface SimulatedPipeline {
  readonly pipeline: SampledPipeline;
  readonly stored: Tally;
  readonly kept: Tally;
}

/** Number of attempts to pass a request that a sampler rejects for lack of memory. */
const MAX_ATTEMPTS = 60;

/** Runs a configuration's samplers on a virtual clock that follows the telemetry's timestamps. */
export class Simulation {
  readonly pipelines: readonly SimulatedPipeline[];
  /** Decisions by component and policy. */
  readonly policies: Map<string, Map<string, PolicyVolumes>> = new Map();
  /** Warnings from log lines. */
  readonly warnings: Set<string> = new Set();
  readonly #signal: Signal;
  readonly #clock: VirtualClock;
  readonly #endMillis: number;
  readonly #service: Service;
  /** Functions of the user that are running, during which the clock stands still. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #ends = new Map<SampledPipeline, PipelineEnds>();

  /** All pipelines must be of the same signal. */
  constructor(
    config: ServiceConfig,
    signal: Signal,
    pipelines: readonly SampledPipeline[],
    range: { readonly startMillis: number; readonly endMillis: number },
  ) {
    this.#signal = signal;
    this.#clock = new VirtualClock(range.startMillis);
    this.#endMillis = range.endMillis;
    this.pipelines = pipelines.map((pipeline) => {
      const simulated = { pipeline, stored: new Tally(signal), kept: new Tally(signal) };
      const keep = ({ parts }: Batch) => {
        for (const part of parts) simulated.kept.add(part);
      };
      this.#ends.set(pipeline, { entrance: undefined, keep });
      return simulated;
    });
    const logger = createLogger({ level: 'warn', encoding: 'json' }, { write: (line) => this.#warn(line) });
    this.#service = createService({
      config: simulatedConfig(config, pipelines, (pipeline) => this.#endsOf(pipeline)),
      clock: this.#clock,
      logger,
      observeSampling: (decision) => this.#count(decision),
      pauseClock: (work) => this.#pause(work),
    });
  }

  start(): Promise<void> {
    return this.#service.start();
  }

  /** Passes a stored request to the pipelines, at the times at which its items were complete. */
  async add(request: Uint8Array): Promise<void> {
    for (const { stored } of this.pipelines) stored.add(request);
    for (const { millis, part } of this.#inTime(request)) {
      await this.#advanceTo(millis);
      for (const { pipeline } of this.pipelines) await this.#send(pipeline, part);
    }
  }

  /** Lets the samplers finish all pending decisions, and returns the number of dropped items by component and reason. */
  async finish(): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
    await this.#settled(this.#service.drain());
    const { nodes } = this.#service.graph();
    await this.#settled(this.#service.shutdown());
    return new Map(nodes.map(({ id, dropped }) => [id, dropped]));
  }

  #endsOf(pipeline: SampledPipeline): PipelineEnds {
    return this.#ends.get(pipeline) as PipelineEnds;
  }

  /** Splits a request by the second in which its items were complete, within the remaining time. */
  #inTime(request: Uint8Array): readonly { readonly millis: number; readonly part: Uint8Array }[] {
    const signal = this.#signal;
    const now = this.#clock.now();
    const seconds: number[] = [];
    forEachItem(signal, request, (item) => {
      const millis = DESCRIPTIONS[signal]?.completedMillis(item) ?? 0;
      seconds.push(Math.ceil(Math.min(Math.max(millis, now), this.#endMillis) / 1000));
    });
    const distinct = [...new Set(seconds)].toSorted((a, b) => a - b);
    const buckets = new Map(distinct.map((second, index) => [second, index]));
    let item = 0;
    const parts = partitionItems(signal, request, distinct.length, () => buckets.get(seconds[item++] ?? 0) ?? 0);
    return parts.flatMap((part, index) =>
      part === undefined ? [] : [{ millis: (distinct[index] ?? 0) * 1000, part: part.bytes }],
    );
  }

  async #send(pipeline: SampledPipeline, part: Uint8Array): Promise<void> {
    const { entrance } = this.#endsOf(pipeline);
    const signal = this.#signal;
    const batch: Batch = {
      signal,
      parts: [part],
      itemCount: countItems(signal, part),
      sizeBytes: part.length,
      context: localContext(this.#clock.now()),
    };
    for (let attempt = 0; attempt < MAX_ATTEMPTS && entrance !== undefined; attempt++) {
      const outcome = await this.#settled<Outcome>(entrance.consume(batch));
      if (outcome.kind !== 'retry') return;
      await this.#advanceTo(this.#clock.now() + Math.max(outcome.afterMillis ?? 0, 1000));
    }
  }

  /** Waits for a result that may require the clock to advance. */
  async #settled<T>(result: T | Promise<T>): Promise<T> {
    if (!(result instanceof Promise)) return result;
    let isSettled = false;
    const done = result.finally(() => {
      isSettled = true;
    });
    for (let turn = 0; !isSettled; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#functionsDone();
      if (turn >= TURNS && !isSettled) await this.#advanceTo(this.#clock.now() + 1000);
    }
    return await done;
  }

  #advanceTo(millis: number): Promise<void> {
    return this.#clock.advanceTo(millis, () => this.#functionsDone());
  }

  async #pause<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  /** Waits until no function runs, and until what depends on their results has been done. */
  async #functionsDone(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.allSettled(this.#running);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #count({ component, policy, kind, itemCount, sizeBytes, traceCount }: SamplingDecision): void {
    const policies = this.policies.get(component) ?? new Map<string, PolicyVolumes>();
    this.policies.set(component, policies);
    const volumes = policies.get(policy) ?? { ...NOTHING };
    policies.set(policy, volumes);
    const { items, bytes, traces } = volumes[kind];
    volumes[kind] = { items: items + itemCount, bytes: bytes + sizeBytes, traces: traces + traceCount };
  }

  #warn(line: string): void {
    const { component = 'service', msg = '', reason } = JSON.parse(line) as Partial<Record<string, unknown>>;
    this.warnings.add(`${component}: ${msg}${typeof reason === 'string' ? `: ${reason}` : ''}`);
  }
}

/** Number of event loop turns before the clock advances for a result. */
const TURNS = 8;

const NONE: Volume = { items: 0, bytes: 0, traces: 0 };
const NOTHING: PolicyVolumes = { sampled: NONE, notSampled: NONE, dropped: NONE, decisive: NONE, failed: NONE };
