import { parentPort, workerData } from 'node:worker_threads';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { Registry } from '../../config/registry.ts';
import type { ToWorker, WorkerOptions } from '../../workers/protocol.ts';
import { WorkerService } from './service.ts';

// The entry of a worker thread: reads the configuration, then does what the main thread says.
if (parentPort === null) throw new Error('worker threads are started by a service, not by themselves');
const port = parentPort;
const options = workerData as WorkerOptions;
const { registry } = (await import(options.registry)) as { readonly registry: Registry };
const loaded = await loadConfig({ ...options.origin, registry });
if (!loaded.ok)
  throw new Error(`a worker reads another configuration: ${loaded.errors.map(formatConfigError).join('\n')}`);
const service = new WorkerService(options, loaded.config, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => service.handle(message));
