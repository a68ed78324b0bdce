import { parentPort, workerData } from 'node:worker_threads';
import { returnMemoryWhenIdle } from '@otelier/store/idle-memory';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ConfigOrigin, ServiceConfig } from '../../config/model.ts';
import type { Registry } from '../../config/registry.ts';
import type { ToWorker, WorkerOptions } from '../../workers/protocol.ts';
import { WorkerService } from './service.ts';

// The entry point of a worker thread: loads the configuration, then handles messages from the main thread.
if (parentPort === null) throw new Error('expected to run in a worker thread of a service');
const port = parentPort;
const options = workerData as WorkerOptions;
const { registry } = (await import(options.registry)) as { readonly registry: Registry };
const load = async (origin: ConfigOrigin, running?: ServiceConfig): Promise<ServiceConfig> => {
  const loaded = await loadConfig({ ...origin, registry, running });
  if (loaded.ok) return loaded.config;
  throw new Error(`the configuration differs in a worker: ${loaded.errors.map(formatConfigError).join('\n')}`);
};
const config = await load(options.origin);
const service = new WorkerService(options, config, load, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => service.handle(message));
returnMemoryWhenIdle();
