import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Resource limits for a thread with few requests. By default, a thread fills 96 MB with garbage before its first
 * collection, and an idle thread never frees it.
 */
export const SMALL_HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

/**
 * Starts a thread whose module is next to `caller` (an `import.meta.url`): `./worker` is `worker.ts` in the sources and
 * `worker.js` in the published package. The thread uses the process's compile cache, which threads do not inherit;
 * otherwise it would load the type stripper, which takes 17 MB.
 */
export function startThread(
  caller: string,
  path: string,
  options: Pick<WorkerOptions, 'name' | 'workerData' | 'transferList' | 'resourceLimits'>,
): Worker {
  const extension = caller.endsWith('.ts') ? 'ts' : 'js';
  const cache = getCompileCacheDir();
  return new Worker(new URL(`${path}.${extension}`, caller), {
    ...options,
    // Not all options of the process apply to threads: with `--input-type`, the thread would not start.
    execArgv: [],
    ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: dirname(cache) } }),
  });
}
