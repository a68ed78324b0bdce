import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Limits for a thread with few requests. By default a thread fills 96 MB with garbage before it collects any, and an
 * idle one keeps it.
 */
export const SMALL_HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

/**
 * Starts a thread whose module is beside `caller` (an `import.meta.url`): `./worker` is `worker.ts` in the sources and
 * `worker.js` in the published package. The thread uses the process's compile cache, which threads do not inherit.
 * Without it, it would load the type stripper, 17 MB.
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
    // Some options of the process do not suit a thread: it would not start with `--input-type`.
    execArgv: [],
    ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: dirname(cache) } }),
  });
}
