import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Limits of a thread that few requests pass through. By default a thread fills 96 MB with garbage before it collects any,
 * and an idle one keeps them.
 */
export const SMALL_HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

/**
 * Starts a thread whose code lies beside `caller` (an `import.meta.url`): `./worker` is `worker.ts` in the sources and
 * `worker.js` in what is published. The thread uses the process's compile cache, without which it would load the whole
 * machinery that strips types, 17 MB of it; threads do not inherit the cache by themselves.
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
    // Not all of the process's options suit a thread: with `--input-type` it would not start.
    execArgv: [],
    ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: dirname(cache) } }),
  });
}
