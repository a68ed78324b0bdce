import { availableParallelism } from 'node:os';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Admissions } from '../component/admissions.ts';
import type { ServiceConfig } from '../config/model.ts';
import { type Placement, placeInMain, placeInWorker } from '../graph/placement.ts';
import type { Relay } from '../graph/relay.ts';
import { createDivide, createExchange } from './exchange.ts';
import { createCounterMemory, SharedCounter } from './shared-counter.ts';
import { type MemoryInUse, ThreadMemory } from './thread-memory.ts';
import type { Send } from './transfer.ts';
import type { Deliver } from './worker-channel.ts';
import type { StartThread } from './worker-handle.ts';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

/** A service's worker pool and its shared state. */
interface Workers {
  readonly pool: WorkerPool;
  readonly counter: SharedCounter;
  readonly memory: MemoryInUse;
  /** The main thread's part of what tenants use. */
  readonly tenantThread: { readonly useMemory: SharedArrayBuffer | undefined; readonly index: number };
  /** Prepares a configuration in all workers. */
  prepare(config: ServiceConfig, kept: ReadonlySet<string>): Promise<void>;
  /** Returns the placement of the main thread. */
  place(config: ServiceConfig): Placement;
  /** Returns a relay from the main thread into the workers. */
  relay(admission: Admissions): Relay;
}

/** Options for `createWorkerPool`. */
export interface CreateWorkerPoolOptions extends Pick<WorkerPoolOptions, 'takeSpans' | 'process'> {
  readonly config: ServiceConfig;
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: URL | undefined;
  readonly startThread: StartThread;
  readonly deliver: Deliver;
}

/**
 * Creates the worker pool for a configuration, or returns `undefined` if everything runs in one thread. Does not start
 * any worker.
 */
export function createWorkerPool({
  config,
  limitBytes,
  clock,
  logger,
  registry,
  startThread,
  deliver,
  takeSpans,
  process: processId,
}: CreateWorkerPoolOptions): Workers | undefined {
  const count = workerCount(config.service.workers);
  if (count === 1) return undefined;
  const inWorker = placeInWorker(config);
  if (inWorker.receivers.size === 0) {
    logger.warn('no receiver runs in worker threads, using one thread');
    return undefined;
  }
  // One more than the number of workers: the main thread.
  const inFlight = createCounterMemory(count + 1);
  const memory = new SharedArrayBuffer((count + 1) * Float64Array.BYTES_PER_ELEMENT);
  const tenantUse = config.tenantsModule?.createUseMemory(count + 1);
  const pool = new WorkerPool({
    count,
    clock,
    logger,
    startThread,
    deliver,
    takeSpans,
    process: processId,
    inFlight,
    memory,
    tenantUse,
    origin: originOf(config),
    registry: (registry ?? new URL(OWN_REGISTRY, import.meta.url)).href,
    level: logger.level,
    memoryLimitBytes: limitBytes,
    partition: inWorker.partition.size > 0,
  });
  return {
    pool,
    counter: new SharedCounter(inFlight, count),
    memory: new ThreadMemory(memory, count),
    tenantThread: { useMemory: tenantUse, index: count },
    prepare: (next, kept) =>
      pool.prepare({ origin: originOf(next), kept, partition: placeInWorker(next).partition.size > 0 }),
    place: placeInMain,
    relay: (admission) => ({
      threadCount: count,
      toMain(nodeId) {
        throw new Error(`${nodeId} is in this thread`);
      },
      toPartition: (nodeId, by) =>
        createExchange(
          createDivide(by, count, 0),
          Array.from(
            { length: count },
            (_, worker): Send =>
              (batch) =>
                pool.send(worker, nodeId, batch),
          ),
          admission,
        ),
    }),
  };
}

/** Returns the origin of a configuration in a form that can be sent to a thread. */
export function originOf({ origin }: ServiceConfig): ServiceConfig['origin'] {
  return { ...origin, environment: { ...origin.environment } };
}

const OWN_REGISTRY = import.meta.url.endsWith('.ts') ? '../registry.generated.ts' : '../registry.generated.js';

function workerCount(workers: ServiceConfig['service']['workers']): number {
  if (workers !== 'auto') return workers;
  return SHARES_PORTS.has(process.platform) ? availableParallelism() : 1;
}

/** Platforms that distribute connections across the sockets sharing a port (`reusePort` in Node's `net`). */
const SHARES_PORTS: ReadonlySet<NodeJS.Platform> = new Set(['linux', 'freebsd', 'sunos', 'aix']);
